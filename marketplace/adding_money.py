"""A requester adds money to a running job: for more answers than its quote pays for, or for its fair-pay reserve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing.money import CENT, format_amount
from marketplace import auditlog, bell, escrow, posting, second_factor
from marketplace.errors import Conflict, Problem, Refused
from marketplace.models import Job
from marketplace.pay_terms import MAX_REWARD

MOST_ANSWERS = 10_000
RUNNING = (Job.State.PUBLISHING, Job.State.OPEN, Job.State.PAUSED)


@dataclass(frozen=True)
class Addition:
    """What is added: money for so many `answers` more, and to the `reserve` (micro-units).

    `after`: the funding revision it was decided at, if that is known: sent twice, it is added once.
    """

    answers: int = 0
    reserve: int = 0
    after: int | None = None

    def demand_whole(self) -> None:
        """Raise Refused naming every field that is wrong."""
        problems = []
        if not 0 <= self.answers <= MOST_ANSWERS:
            told = f"Answers: a whole number up to {MOST_ANSWERS:,}."
            problems.append(Problem("answers", "range", told))
        if self.reserve and not CENT <= self.reserve <= MAX_REWARD:
            told = f"The reserve takes {format_amount(CENT)} to {format_amount(MAX_REWARD)} at a time."
            problems.append(Problem("reserve", "range", told))
        if not problems and not self.answers and not self.reserve:
            problems.append(Problem("answers", "required", "Say for how many answers, or what goes into the reserve."))
        Refused.when(problems)


@transaction.atomic
def add(*, job: Job, addition: Addition, now: datetime, address: str | None = None) -> Job:
    """Move money from the wallet into a job's escrow free and fair-pay reserve; what waited for it goes on.

    It pays for answers in the stead of rejected ones and of those that count no more; what is not used comes back when
    the job closes. Raises Forbidden without a second factor, Refused for a wrong addition, Conflict when the job does
    not run or was funded meanwhile, ShortOfFunds when the wallet is short.
    """
    second_factor.demand(person=job.owner)
    addition.demand_whole()
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job.pk)
    if job.state not in RUNNING:
        told = f"This job is {job.get_state_display().lower()}; money is added to a running one."
        raise Conflict("not_running", told, state=job.state)
    if addition.after is not None and addition.after != job.funding:
        raise Conflict("funded_meanwhile", "Money was added to this job since you opened the form; look at it again.")
    job.funding += 1
    escrow.open_escrow(job=job)
    amount = addition.answers * escrow.unit_cost(job=job)
    posting.hold(job=job, amount=amount, reserve=addition.reserve, now=now)
    job.extra_answers += addition.answers
    job.extra_reserve += addition.reserve
    job.save(update_fields=["funding", "fair_pay_reserve", "extra_answers", "extra_reserve"])
    after = {"answers": addition.answers, "held": amount, "reserve": addition.reserve}
    auditlog.record(actor=job.owner, action="job.money_added", subject=job, now=now, after=after, address=address)
    for waiting in ("replace_rejected", "replace_flagged", "pay_fairly"):
        bell.ring(waiting, job.pk)
    return job
