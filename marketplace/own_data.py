"""All that Tally keeps of a person, as one JSON document they can take with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder

from billing.money import format_amount
from marketplace import own_money
from marketplace.erasing import addresses_of
from marketplace.models import (
    ApiToken,
    Appeal,
    Assignment,
    AuditEntry,
    Block,
    Device,
    Draft,
    Enrolment,
    Exercise,
    Flag,
    Invitation,
    Job,
    Qualification,
    RejectionStop,
    Review,
    User,
)
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
    """Also those that came too late to count."""
    given = Assignment.objects.filter(worker=person, annotation__isnull=False)
    found = given.select_related("job", "annotation", "verdict", "late_answer").order_by("-submitted_at", "pk")
    for one in found.iterator(CHUNK):
        verdict, late = one.verdict, getattr(one, "late_answer", None)
        yield {
            "assignment": one.pk,
            "job": one.job.public_id,
            "title": one.job.title,
            "state": one.state,
            "submitted_at": late.kept_at if late else one.submitted_at,
            "too_late": late is not None,
            "earned": format_amount(late.paid if late else one.earned),
            "verdict": verdict.explanation if verdict else None,
            "agreement": verdict.agreement if verdict else None,
            "instructions_version": one.instructions_version,
            "answer": one.annotation.body if one.annotation else None,
        }


def _skipped(person: User) -> Iterable[Row]:
    skipped = Assignment.objects.filter(worker=person, state=Assignment.State.SKIPPED).order_by("claimed_at", "pk")
    return skipped.values("job__public_id", "claimed_at", "skip_reason").iterator(CHUNK)


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


def _invitations(person: User) -> Iterable[Row]:
    addressed = Invitation.objects.filter(email__in=addresses_of(person=person)).order_by("created_at", "pk")
    return addressed.values("email", "job__public_id", "created_at")


def _blocks(person: User) -> Iterable[Row]:
    """Whom they block; who blocks them is not told."""
    return Block.objects.filter(requester=person).values("worker__pseudonym", "reason", "created_at")


def _reviews(person: User) -> Iterable[Row]:
    """What they said of others' answers."""
    said = Review.objects.filter(said_by=person).order_by("said_at", "pk")
    return said.values("job__public_id", "said", "reason", "note", "said_at").iterator(CHUNK)


def _stops(person: User) -> Iterable[Row]:
    """When they were stopped from rejecting."""
    stops = RejectionStop.objects.filter(requester=person).order_by("opened_at", "pk")
    return stops.values("kind", "state", "judged", "rejected", "opened_at", "closed_at", "note")


def _jobs(person: User) -> Iterator[Row]:
    jobs = Job.objects.filter(owner=person).select_related("label_set")
    for job in jobs.prefetch_related("instructions", "label_set__labels").order_by("-created_at"):
        yield {
            "job": job.public_id, "title": job.title, "state": job.state, "reward": format_amount(job.reward),
            "written_at": job.created_at, "published_at": job.published_at, "closed_at": job.closed_at,
            "instructions": [each.text for each in job.instructions.all()],
            "labels": [label.name for label in job.label_set.labels.all()],
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
    "skipped": _skipped,
    "drafts": _drafts,
    "practice_and_exams": _exercises,
    "exams_passed": _exams,
    "appeals": _appeals,
    "flags": _flags,
    **own_money.SECTIONS,
    "jobs": _jobs,
    "reviews": _reviews,
    "rejection_stops": _stops,
    "blocks": _blocks,
    "invitations": _invitations,
    "log": _log,
}
