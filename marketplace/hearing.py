"""Deciding appeals: a different person looks again, and sees neither whose answer it is nor who rejected it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace import overturning
from marketplace.appealing import checked_words
from marketplace.errors import Refused
from marketplace.models import Appeal, Assignment, Instructions, Review, User
from qa.models import Consensus

SHOWS = ("open", "decided")

RULES = {
    "low_agreement": "The other answers clearly agree with each other and not with this one.",
    **{code: f"A person looked at it and said: {words}." for code, words in Review.Reason.choices},
}
"""The rules that reject, in words for whoever looks again."""


@dataclass(frozen=True)
class Case:
    """One appeal as its decider sees it.

    `consensus`: the one that the verdict speaks of, None when a person judged the answer by itself; `instructions`:
    those that the worker followed.
    """

    appeal: Appeal
    body: dict[str, Any]
    consensus: Consensus | None
    rule: str
    instructions: str

    @property
    def verdict_words(self) -> str:
        """What the worker was told."""
        return str(self.appeal.verdict.explanation)

    @property
    def evidence(self) -> dict[str, Any]:
        """Own shapes against adopted ones, by index."""
        evidence: dict[str, Any] = self.appeal.verdict.evidence
        return evidence


def appeals_for(*, decider: User, show: str = "open") -> QuerySet[Appeal]:
    """The appeals this person may decide, the most urgent first; with `show` decided those that were, latest first.

    A requester gets those about their own jobs, an admin all. Nobody gets those about their own answer or rejection,
    about an image they answered themself, or, as an admin, about the money of a job of their own.
    """
    found = _within_reach(decider).select_related("assignment__job", "verdict")
    if show == "decided":
        return found.exclude(state=Appeal.State.OPEN).order_by("-decided_at", "pk")
    return found.filter(state=Appeal.State.OPEN).order_by("decide_by", "pk")


def _within_reach(decider: User) -> QuerySet[Appeal]:
    answered = Assignment.objects.filter(
        task=OuterRef("assignment__task"), worker=decider, state__in=Assignment.ANSWERED
    )
    return (
        Appeal.objects.filter(_addressed_to(decider))
        .exclude(state=Appeal.State.WAIVED)
        .filter(Q(rejected_by__isnull=True) | ~Q(rejected_by=decider))
        .filter(~Exists(answered))
    )


def _addressed_to(person: User) -> Q:
    own = Q(assignment__job__owner=person)
    asked = own & Q(addressee=Appeal.Addressee.REQUESTER) if person.is_requester else Q(pk__in=[])
    return asked | ~own if person.is_staff else asked


def case(*, decider: User, appeal_id: UUID) -> Case:
    """One appeal, open or decided. Raises Appeal.DoesNotExist when it is not this person's to decide."""
    found = _within_reach(decider).select_related(
        "verdict__consensus", "assignment__annotation", "assignment__task__image", "assignment__job__label_set"
    )
    appeal = found.get(pk=appeal_id)
    annotation = appeal.assignment.annotation
    assert annotation is not None, "an answered assignment has an annotation"
    code, given = appeal.verdict.reason, appeal.assignment
    return Case(
        appeal=appeal,
        body=annotation.body,
        consensus=appeal.verdict.consensus,
        rule=RULES.get(code, code.replace("_", " ")),
        instructions=Instructions.objects.get(job=given.job_id, version=given.instructions_version).text,
    )


def decide(*, decider: User, appeal_id: UUID, uphold: bool, answer: str, adopt: bool, now: datetime) -> Appeal:
    """Uphold an appeal or let the rejection stand, and say why; `adopt` makes the answer what is adopted as well.

    Raises Appeal.DoesNotExist when it is not this person's to decide, Refused for words that say nothing or too much
    and for adopting what is not upheld, Conflict when it is decided already.
    """
    appeal = _within_reach(decider).get(pk=appeal_id)
    answer = checked_words(answer, field="answer", missing="Say why; the worker reads it.")
    if adopt and not uphold:
        raise Refused.one("adopt", "only_if_upheld", "Only an answer that is upheld can be adopted.")
    if uphold:
        return overturning.uphold(appeal_id=appeal.pk, decider=decider, answer=answer, adopt=adopt, now=now)
    return overturning.reject(appeal_id=appeal.pk, decider=decider, answer=answer, now=now)
