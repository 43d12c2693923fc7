"""All that Tally keeps of a person, as one JSON document they can take with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder

from billing.models import Account, Deposit, Payout
from billing.money import format_amount
from billing.wallets import earnings_of, movements, wallet_of
from marketplace.models import (
    ApiToken,
    Appeal,
    Assignment,
    AuditEntry,
    Device,
    Draft,
    Enrolment,
    Exercise,
    Flag,
    Job,
    Qualification,
    User,
)
from marketplace.movements import explained
from marketplace.skills import own_skills

CHUNK = 500
Row = Mapping[str, Any]


def document(*, person: User, now: datetime) -> Iterator[str]:
    """The document in pieces, each section read as it is sent: nobody's data is held in memory whole.

    What a worker is told nowhere else is not told here: nothing of other people, nor of what an image was.
    """
    yield f'{{"profile": {_text(_profile(person))}'
    sections = {name: rows(person) for name, rows in SECTIONS.items()} | {"skills": _skills(person, now)}
    for name, rows in sections.items():
        yield f',\n"{name}": ['
        for number, row in enumerate(rows):
            yield f"{',' if number else ''}\n{_text(row)}"
        yield "]"
    yield "}\n"


def _text(row: Row) -> str:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)


def _profile(person: User) -> Row:
    return {
        "email": person.email,
        "name": person.name,
        "pseudonym": person.pseudonym,
        "country": person.country,
        "languages": person.languages,
        "requester": person.is_requester,
        "worker": person.is_worker,
        "admin": person.is_staff,
        "here_since": person.date_joined,
        "last_login": person.last_login,
    }


def _addresses(person: User) -> Iterable[Row]:
    return EmailAddress.objects.filter(user=person).values("email", "verified", "primary")


def _second_factors(person: User) -> Iterable[Row]:
    return Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at")


def _keys(person: User) -> Iterable[Row]:
    return ApiToken.objects.filter(user=person).values("name", "created_at", "last_used_at", "expires_at")


def _devices(person: User) -> Iterable[Row]:
    return Device.objects.filter(person=person).values("first_seen_at", "seen_at")


def _consents(person: User) -> Iterator[Row]:
    """Roles taken, and jobs entered after their instructions were read."""
    roles = AuditEntry.objects.filter(actor=person, action="role.taken").order_by("pk")
    for when, after in roles.values_list("created_at", "after"):
        yield {"what": "role", "when": when, "roles": after}
    entered = Enrolment.objects.filter(worker=person).select_related("job").order_by("pk")
    for one in entered.iterator(CHUNK):
        yield {
            "what": "job", "when": one.created_at, "job": one.job.public_id, "title": one.job.title,
            "state": one.state,
        }  # fmt: skip


def _answers(person: User) -> Iterator[Row]:
    given = Assignment.objects.filter(worker=person, submitted_at__isnull=False, annotation__isnull=False)
    for one in given.select_related("job", "annotation", "verdict").order_by("-submitted_at", "pk").iterator(CHUNK):
        verdict = one.verdict
        yield {
            "assignment": one.pk,
            "job": one.job.public_id,
            "title": one.job.title,
            "state": one.state,
            "submitted_at": one.submitted_at,
            "earned": format_amount(one.earned),
            "verdict": verdict.explanation if verdict else None,
            "agreement": verdict.agreement if verdict else None,
            "instructions_version": one.instructions_version,
            "answer": one.annotation.body if one.annotation else None,
        }


def _drafts(person: User) -> Iterable[Row]:
    return Draft.objects.filter(assignment__worker=person).values("assignment", "updated_at", "body").iterator(CHUNK)


def _exercises(person: User) -> Iterable[Row]:
    done = Exercise.objects.filter(enrolment__worker=person, answered_at__isnull=False).order_by("answered_at", "pk")
    return done.values("enrolment__job__public_id", "attempt", "answered_at", "body", "explanation").iterator(CHUNK)


def _exams(person: User) -> Iterable[Row]:
    return Qualification.objects.filter(worker=person).values("job__public_id", "score", "passed_at")


def _skills(person: User, now: datetime) -> Iterator[Row]:
    """As the page tells them, rounded: exact sums would show what each single answer counted for."""
    for each in own_skills(worker=person, now=now):
        found = [each.overall] if each.overall else []
        for one in [*found, *each.labels]:
            percent = None if one.early else one.estimate.percent
            yield {"labels": each.name, "label": one.label, "percent": percent, "answers": one.estimate.answers}


def _appeals(person: User) -> Iterable[Row]:
    own = Appeal.objects.filter(worker=person).order_by("opened_at")
    return own.values("assignment", "reason", "state", "opened_at", "decided_at", "answer")


def _flags(person: User) -> Iterable[Row]:
    """What somebody was told about: a suspicion that an admin found true."""
    told = Flag.objects.filter(worker=person, state=Flag.State.CONFIRMED)
    return told.values("job__public_id", "kind", "note", "decided_at")


def _movements(account: Account) -> Iterator[Row]:
    found = movements(account=account)
    for start in range(0, found.count(), CHUNK):
        for moved in explained(lines=list(found[start : start + CHUNK])):
            line = moved.line
            yield {
                "when": line.created_at,
                "what": moved.words,
                "about": moved.about,
                "reference": moved.reference,
                "amount": format_amount(line.signed),  # type: ignore[attr-defined]
            }


def _payouts(person: User) -> Iterator[Row]:
    for one in Payout.objects.filter(worker=person).order_by("-created_at", "pk"):
        yield {
            "payout": one.pk, "amount": format_amount(one.amount), "state": one.state, "reason": one.reason,
            "asked_at": one.created_at, "sent_at": one.sent_at,
        }  # fmt: skip


def _deposits(person: User) -> Iterator[Row]:
    for one in Deposit.objects.filter(owner=person).order_by("-created_at", "pk"):
        yield {
            "deposit": one.pk, "amount": format_amount(one.amount), "state": one.state, "started_at": one.created_at,
            "paid_at": one.paid_at, "payment": one.provider_payment,
        }  # fmt: skip


def _jobs(person: User) -> Iterator[Row]:
    for job in Job.objects.filter(owner=person).prefetch_related("instructions").order_by("-created_at"):
        yield {
            "job": job.public_id, "title": job.title, "state": job.state, "reward": format_amount(job.reward),
            "written_at": job.created_at, "published_at": job.published_at, "closed_at": job.closed_at,
            "instructions": [each.text for each in job.instructions.all()],
        }  # fmt: skip


def _log(person: User) -> Iterable[Row]:
    own = AuditEntry.objects.filter(actor=person).order_by("-pk")
    return own.values("created_at", "action", "object_type", "address").iterator(CHUNK)


# By name, in the order of the document; each tells its rows.
SECTIONS: Mapping[str, Callable[[User], Iterable[Row]]] = {
    "addresses": _addresses,
    "second_factors": _second_factors,
    "api_keys": _keys,
    "devices": _devices,
    "consents": _consents,
    "answers": _answers,
    "drafts": _drafts,
    "practice_and_exams": _exercises,
    "exams_passed": _exams,
    "appeals": _appeals,
    "flags": _flags,
    "earnings": lambda person: _movements(earnings_of(worker=person)),
    "payouts": _payouts,
    "wallet": lambda person: _movements(wallet_of(owner=person)),
    "deposits": _deposits,
    "jobs": _jobs,
    "log": _log,
}
