"""What a movement of somebody's money is about: the job, answer, deposit or payout that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from marketplace.models import Job


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

    @property
    def about(self) -> str:
        """In words for a cell: the job's title, or nothing."""
        return self.job.title if self.job else ""

    @property
    def reference(self) -> str:
        """The id to look it up by: of the answer, deposit, payout or job; may be empty."""
        found = self.answer or self.deposit or self.payout or (self.job.public_id if self.job else "")
        return str(found)


# Whose key is the id of the answer they pay.
_PAYS_AN_ANSWER = frozenset({"accepted", "accepted_fee", "accepted_rest", "fair_pay", "fair_pay_fee"})


def explained(*, lines: Sequence[E]) -> list[Movement[E]]:
    """The entries, each with what it is about; one statement for all their jobs."""
    jobs = _jobs(lines)
    return [
        Movement(
            line=line,
            job=jobs.get(str(line.details.get("job", ""))) or jobs.get(_scope(line)),
            answer=_uuid(line.details.get("assignment") or (line.key if line.kind in _PAYS_AN_ANSWER else None)),
            deposit=_uuid(line.details.get("deposit")),
            payout=_uuid(line.details.get("payout")),
        )
        for line in lines
    ]


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
