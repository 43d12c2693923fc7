"""Join the market: choose a name and take on the roles of requester, worker, or both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from marketplace import auditlog
from marketplace.countries import COUNTRIES
from marketplace.errors import Problem, Refused
from marketplace.languages import LANGUAGES
from marketplace.models import User


@transaction.atomic
def join(
    *,
    person: User,
    name: str,
    requester: bool,
    worker: bool,
    now: datetime,
    country: str | None = None,
    languages: Sequence[str] | None = None,
) -> User:
    """Give `person` a name and the roles asked for, and note a new role in the audit log.

    `country`, `languages`: where they say they live and what they speak, as codes, empty for nothing said; None leaves
    them as they are. Nobody checks it; jobs may ask for it when somebody enrols. Raises Refused for what is no code.

    Roles are only ever added here: whoever dropped one would lose sight of jobs and money that are still running.
    Admins are made by admins. Returns the person as they are now.
    """
    current = User.objects.select_for_update().get(pk=person.pk)
    before = {"is_requester": current.is_requester, "is_worker": current.is_worker}
    current.name = " ".join(name.split())
    current.is_requester = current.is_requester or requester
    current.is_worker = current.is_worker or worker
    current.country = current.country if country is None else country
    current.languages = current.languages if languages is None else sorted(set(languages))
    _demand_known(current.country, current.languages)
    current.save(update_fields=["name", "is_requester", "is_worker", "country", "languages"])
    after = {"is_requester": current.is_requester, "is_worker": current.is_worker}
    if after != before:
        auditlog.record(actor=current, action="role.taken", subject=current, now=now, before=before, after=after)
    return current


def _demand_known(country: str, languages: Sequence[str]) -> None:
    problems = []
    if country and country not in COUNTRIES:
        problems.append(Problem("country", "known", "Choose a country from the list."))
    if any(code not in LANGUAGES for code in languages):
        problems.append(Problem("languages", "known", "Choose languages from the list."))
    Refused.when(problems)
