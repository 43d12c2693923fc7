"""What jobs have spent on accepted work, to the micro-unit, and what was paid beside it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, F, Sum

from marketplace.escrow import rate_of
from marketplace.models import Assignment, Bonus, Job, TopUp

PAID = (Assignment.State.ACCEPTED, Assignment.State.OVERTURNED)


def spent(*, jobs: Collection[Job]) -> dict[int, int]:
    """Pay and fees of the accepted answers of some jobs, by job id; one statement.

    The fee is rounded an answer, so it is reckoned for each pay there is: one, or as many as a job pays shapes.
    """
    rates = {job.pk: rate_of(job=job) for job in jobs}
    found = dict.fromkeys(rates, 0)
    rows = Assignment.objects.filter(job__in=jobs, submitted_at__isnull=False, state__in=PAID).order_by()
    counted = rows.values("job_id", "earned").annotate(n=Count("pk"))
    for job_id, earned, count in counted.values_list("job_id", "earned", "n"):
        found[job_id] += count * (earned + rates[job_id].fee(pay=earned))
    return found


def beside(*, job: Job) -> dict[str, int]:
    """What a job's workers got beside the price of their answers, with fees: `bonuses`, and `top_ups` to fair pay.

    A top-up went back with the pay that it was for; a bonus stays.
    """
    whole = Sum(F("amount") + F("fee"))
    kept = TopUp.objects.filter(job=job).exclude(assignment__state=Assignment.State.REVERSED)
    return {
        "bonuses": Bonus.objects.filter(job=job).aggregate(whole=whole)["whole"] or 0,
        "top_ups": kept.aggregate(whole=whole)["whole"] or 0,
    }
