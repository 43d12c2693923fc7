"""What a movement of somebody's money is about: the job, answer, deposit or payout that explains it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from billing.wallets import words_of
from marketplace.models import Assignment, Job


class Entry(Protocol):
    """A movement as billing tells it: a line of a statement, or a transfer."""

    @property
    def kind(self) -> str:
        """Why it moved."""

    @property
    def key(self) -> str:
        """Which one of its kind."""

    @property
    def details(self) -> Any:
        """What explains it, by name."""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Movement(Generic[E]):
    """An entry with what it is about; ids only where there is such a thing."""

    line: E
    job: Job | None = None
    answer: UUID | None = None
    deposit: UUID | None = None
    payout: UUID | None = None
    task: int | None = None  # what its requester finds the answer by, where more was given for it or taken back

    @property
    def words(self) -> str:
        """Why it moved, to the person whose money it is."""
        return LATE_WORK if "late_answer" in self.line.details else words_of(kind=self.line.kind)

    @property
    def about(self) -> str:
        """In words for a cell: the job's title, or nothing."""
        return self.job.title if self.job else ""

    @property
    def reference(self) -> str:
        """The id to look it up by: of the answer, deposit, payout or job; may be empty."""
        found = self.answer or self.deposit or self.payout or (self.job.public_id if self.job else "")
        return str(found)


LATE_WORK = "Late work that agreed, paid by the platform"
# Whose key is the id of the answer they pay.
_PAYS_AN_ANSWER = frozenset({"accepted", "accepted_fee", "accepted_rest", "fair_pay", "fair_pay_fee"})
# Names of details that hold the id of an answer: what is paid for it, paid though it came late, and taken back.
_NAMES_AN_ANSWER = ("assignment", "late_answer", "about")
_BESIDE_ITS_PAY = frozenset({"bonus", "bonus_fee", "clawback", "clawback_fee"})


def explained(*, lines: Sequence[E]) -> list[Movement[E]]:
    """The entries, each with what it is about; one statement for all their jobs, and one for the answers that name no
    job or that their requester looks up."""
    jobs, answers = _jobs(lines), [_answer(line) for line in lines]
    places = _places(
        answer
        for line, answer in zip(lines, answers, strict=True)
        if answer and (line.kind in _BESIDE_ITS_PAY or ("job" not in line.details and line.kind not in _PAYS_AN_ANSWER))
    )
    found = []
    for line, answer in zip(lines, answers, strict=True):
        place = places.get(answer) if answer else None
        job = jobs.get(str(line.details.get("job", ""))) or jobs.get(_scope(line)) or (place.job if place else None)
        task = place.task_id if place and line.kind in _BESIDE_ITS_PAY else None
        deposit, payout = (_uuid(line.details.get(name)) for name in ("deposit", "payout"))
        found.append(Movement(line=line, job=job, answer=answer, deposit=deposit, payout=payout, task=task))
    return found


def _answer(line: Entry) -> UUID | None:
    """The answer that an entry pays, or takes the pay of."""
    named = next((line.details[name] for name in _NAMES_AN_ANSWER if line.details.get(name)), None)
    return _uuid(
        str(named).removeprefix("assignment:") if named else line.key if line.kind in _PAYS_AN_ANSWER else None
    )


def _places(answers: Iterable[UUID]) -> dict[UUID, Assignment]:
    wanted = set(answers)
    return (
        {found.pk: found for found in Assignment.objects.filter(pk__in=wanted).select_related("job")} if wanted else {}
    )


def _scope(line: Entry) -> str:
    """What the key begins with when it speaks of a job: `job:17:2` → `job:17`."""
    return ":".join(line.key.split(":")[:2])


def _jobs(lines: Sequence[Entry]) -> dict[str, Job]:
    """Jobs by both names that lines know them by."""
    public = {str(line.details["job"]) for line in lines if "job" in line.details}
    scopes = (_scope(line).partition(":") for line in lines)
    numbers = {int(rest) for word, _, rest in scopes if word == "job" and rest.isdecimal()}
    found = list(Job.objects.filter(public_id__in=public)) if public else []
    found += list(Job.objects.filter(pk__in=numbers)) if numbers else []
    return {name: job for job in found for name in (job.public_id, f"job:{job.pk}")}


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
