"""Lifting the verdict that two people are one: an admin says that they are two, whatever device or account they share.

It is a word about that pair alone: whoever else shares something with either of them is still taken for one with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from marketplace import adjusting, auditlog, flags, inviting, second_factor, sharing
from marketplace.blocking import is_blocked
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Enrolment, Job, KnownApart, User
from marketplace.readmitting import readmit

LONGEST_REASON = 500
MOST_PAIRS = 200
APART, WITHDRAWN = "people.known_apart", "people.known_apart_withdrawn"

_PAIRS = """
    SELECT a, b, bool_or(what = 'device') AS device, bool_or(what = 'account') AS account, max(seen) AS seen FROM (
        SELECT mine.person_id AS a, theirs.person_id AS b, 'device' AS what,
               least(mine.seen_at, theirs.seen_at) AS seen
        FROM marketplace_device mine
        JOIN marketplace_device theirs ON theirs.digest = mine.digest AND theirs.person_id > mine.person_id
        UNION ALL
        SELECT mine.worker_id, theirs.worker_id, 'account', least(mine.updated_at, theirs.updated_at)
        FROM billing_payoutaccount mine
        JOIN billing_payoutaccount theirs
            ON theirs.bank_fingerprint = mine.bank_fingerprint AND theirs.worker_id > mine.worker_id
        WHERE mine.bank_fingerprint <> '') AS shared
    WHERE (%(person)s IS NULL OR %(person)s IN (a, b)) AND NOT EXISTS (
        SELECT FROM marketplace_knownapart k WHERE k.first_id = a AND k.second_id = b)
    GROUP BY a, b ORDER BY seen DESC, a, b LIMIT %(most)s
"""


@dataclass(frozen=True)
class Pair:
    """Two people who share something and are taken for one; `shut_out` counts the jobs that cost either of them."""

    first: User
    second: User
    device: bool
    account: bool
    seen_at: datetime
    shut_out: int


def pairs(*, whose: str = "") -> list[Pair]:
    """Who is taken for one person with whom, the latest seen first, at most MOST_PAIRS; all, or those of one person by
    e-mail address or pseudonym. Empty where the rule is off."""
    person = adjusting.named(typed=whose)
    if not settings.SHARING_PARTS or (whose.strip() and person is None):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"person": person.pk if person else None, "most": MOST_PAIRS})
        found = cursor.fetchall()
    people = User.objects.in_bulk({pk for row in found for pk in row[:2]})
    shut = list(_shut_out().values_list("worker_id", flat=True).filter(worker_id__in=people))
    return [
        Pair(people[a], people[b], device, account, seen, shut.count(a) + shut.count(b))
        for a, b, device, account, seen in found
    ]


def known_apart(*, whose: str = "") -> QuerySet[KnownApart]:
    """Pairs that an admin told apart, the latest first; all, or those of one person."""
    found = KnownApart.objects.select_related("first", "second", "decided_by").order_by("-decided_at", "-pk")
    person = adjusting.named(typed=whose)
    if whose.strip():
        found = found.filter(Q(first=person) | Q(second=person)) if person else found.none()
    return found


@transaction.atomic
def tell_apart(
    *, one: str, other: str, reason: str, by: User, now: datetime, address: str | None = None
) -> tuple[KnownApart, int]:
    """Say that two people, named by e-mail address or pseudonym, are two. What only the other one had cost them is
    theirs again at once: returns the row and how many standings came back.

    Raises Refused (fields one, other, reason), Conflict when it was said before, Forbidden for who is no admin, is one
    of the two, or has no second factor.
    """
    _demand_admin(by)
    first, second = sorted((_whose("one", one), _whose("other", other)), key=lambda person: person.pk)
    if first == second:
        raise Refused.one("other", "same", "Name two different people.")
    if by.pk in (first.pk, second.pk):
        raise Forbidden("not_impartial", "Another admin has to say that of you.")
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON:
        raise Refused.one("reason", "length", f"Say how you know, in at most {LONGEST_REASON} characters; it is kept.")
    _lock(first.pk, second.pk)
    pair, new = KnownApart.objects.get_or_create(
        first=first, second=second, defaults={"reason": words, "decided_by": by, "decided_at": now}
    )
    if not new:
        raise Conflict("known_before", "These two were told apart before.")
    back = sum(_let_in_again(person) for person in (first, second))
    after = {"people": [first.pseudonym, second.pseudonym], "reason": words, "readmitted": back}
    auditlog.record(actor=by, action=APART, subject=pair, now=now, after=after, address=address)
    return pair, back


@transaction.atomic
def withdraw(*, pair_id: int, by: User, now: datetime, address: str | None = None) -> int:
    """Take that word back: from now on the two are one person again, and the later one leaves the jobs of both.

    Returns how many standings ended. Raises KnownApart.DoesNotExist, Forbidden as `tell_apart` does.
    """
    _demand_admin(by)
    pair = KnownApart.objects.select_related("first", "second").get(pk=pair_id)
    if by.pk in (pair.first_id, pair.second_id):
        raise Forbidden("not_impartial", "Another admin has to say that of you.")
    _lock(pair.first_id, pair.second_id)
    before = {"people": [pair.first.pseudonym, pair.second.pseudonym], "reason": pair.reason}
    auditlog.record(actor=by, action=WITHDRAWN, subject=pair, now=now, before=before, address=address)
    if not KnownApart.objects.filter(pk=pair_id).delete()[0]:
        raise KnownApart.DoesNotExist
    return sharing.part(person_id=pair.first_id, now=now)


def _lock(*people: int) -> None:
    """As enrolling does: whoever enrols just now has either done so, or sees what was said."""
    list(User.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _shut_out() -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(state=Enrolment.State.BLOCKED, reason=sharing.SHARED)


def _let_in_again(person: User) -> int:
    """Put somebody back into the jobs that nobody they share something with keeps them out of any more."""
    shared_with, back = sharing.companions(person_id=person.pk), 0
    for shut in _shut_out().filter(worker=person).select_related("job").order_by("created_at", "pk"):
        if sharing.refusal(job=shut.job, worker=person, shared_with=shared_with):
            continue
        mine, why = Enrolment.objects.filter(pk=shut.pk), _other_reason(shut.job, person)
        if why:
            mine.update(reason=why)
        else:
            readmit(blocked=mine)
            back += 1
    return back


def _other_reason(job: Job, person: User) -> str:
    """Why somebody stays out of a job that they do not share with anybody: what was decided while they were out."""
    if is_blocked(requester_id=job.owner_id, worker=person):
        return inviting.UNWANTED
    if flags.unheard(job_id=job.pk, worker_ids=[person.pk]):
        return flags.FLAGGED
    if job.visibility == Job.Visibility.INVITED and not inviting.is_invited(job=job, person=person):
        return inviting.WITHDRAWN
    return ""


def _whose(field: str, typed: str) -> User:
    found = adjusting.named(typed=typed)
    if found is None:
        raise Refused.one(field, "unknown", "Nobody here has this e-mail address or pseudonym.")
    return found


def _demand_admin(person: User) -> None:
    if not person.is_staff:
        raise Forbidden("not_an_admin", "Only admins tell people apart.")
    second_factor.demand(person=person)
