"""What happened to one assignment, step by step, for who asks why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.models import Appeal, Assignment, Review, WorkEvent

_WORDS = {
    "claimed": "Image shown to you",
    "renewed": "Time extended",
    "expired": "Time ran out",
    "taken_over": "Time ran out, and the place went to somebody else",
    "late": "Submitted late; the answer is kept",
    "skipped": "Skipped",
    "given_back": "Given back",
    "cancelled": "The job ended",
    "submitted": "Submitted",
    "returned": "Sent back to you, with a note",
    "stands": "Not changed in time; your first answer stands",
    "judged": "Judged",
    "appealed": "You contested the rejection",
    "waived": "You left it at the rejection",
    "upheld": "Your appeal was upheld",
    "lost": "Your appeal was lost",
}
# These stand on the assignment itself, to the same moment; that it was reserved before says nothing to its worker.
_ON_THE_ROW = (
    WorkEvent.Kind.RESERVED,
    WorkEvent.Kind.CLAIMED,
    WorkEvent.Kind.SUBMITTED,
    WorkEvent.Kind.RETURNED,
)
_SKEW = timedelta(minutes=1)  # the clocks of two web servers may differ
_SWEPT = timedelta(hours=1)  # a lease that ran out is noticed by then, unless the sweeper was away
_LONGEST = timedelta(days=1)  # a lease renewed for weeks shows the steps of its last day


@dataclass(frozen=True)
class Step:
    """One step, or several alike in a row: `times` of them, from `at` to `until`."""

    kind: str
    at: datetime
    until: datetime
    times: int = 1

    @property
    def words(self) -> str:
        """What happened, as its worker is told."""
        return _WORDS[self.kind]


def steps_of(*, assignment: Assignment) -> list[Step]:
    """The steps of an assignment, oldest first; steps alike in a row are one.

    The table of events is found by time alone: what is read is no more than what happened on the whole platform while
    the assignment lived.
    """
    found = [Step("claimed", begun := assignment.shown_at or assignment.claimed_at, begun)]
    found += _from_events(assignment)
    if assignment.submitted_at and not (assignment.returned_at and assignment.submitted_at < assignment.returned_at):
        found.append(Step("submitted", assignment.submitted_at, assignment.submitted_at))
    if assignment.returned_at:
        found = sorted(_first_time(assignment) + found, key=lambda step: step.at)
    return found + _from_judging(assignment) if assignment.settled_at else found


def _first_time(assignment: Assignment) -> list[Step]:
    """What went before an answer was sent back."""
    back = Review.objects.filter(assignment=assignment, said="return").select_related("annotation").get()
    assert back.said_at is not None, "what was said was said at some time"
    first = [
        Step("submitted", given := back.annotation.created_at, given),
        Step("returned", back.said_at, back.said_at),
    ]
    taken_up = assignment.shown_at and assignment.shown_at > back.said_at
    return [Step("claimed", assignment.claimed_at, assignment.claimed_at), *first] if taken_up else first


def _from_judging(assignment: Assignment) -> list[Step]:
    assert assignment.settled_at is not None, "only called for what was judged"
    appeals = list(Appeal.objects.filter(assignment=assignment).select_related("verdict").order_by("opened_at"))
    # What was upheld was settled a second time; its first verdict is the one that was contested.
    judged_at = appeals[0].verdict.created_at if appeals else assignment.settled_at
    steps = [Step("judged", judged_at, judged_at)]
    for one in appeals:
        if one.reason:
            steps.append(Step("appealed", one.opened_at, one.opened_at))
        if one.decided_at:
            steps.append(Step(one.state, one.decided_at, one.decided_at))
    return steps


def _from_events(assignment: Assignment) -> list[Step]:
    end = assignment.submitted_at or assignment.lease_expires_at + _SWEPT
    start = max(assignment.claimed_at, end - _LONGEST)
    between = WorkEvent.objects.filter(at__gte=start - _SKEW, at__lte=end + _SKEW, assignment=assignment.pk)
    steps: list[Step] = []
    for kind, at in between.exclude(kind__in=_ON_THE_ROW).order_by("at", "pk").values_list("kind", "at"):
        if steps and steps[-1].kind == kind:
            steps[-1] = replace(steps[-1], until=at, times=steps[-1].times + 1)
        else:
            steps.append(Step(kind, at, at))
    return steps
