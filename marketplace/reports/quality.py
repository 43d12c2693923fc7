"""The quality report: how far answers agree with what was adopted, by job and by worker."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from billing import kpis
from marketplace.reports.payouts import REVERSED
from marketplace.reports.period import Period

_MEASURES = """
    count(*) AS answers,
    count(*) FILTER (WHERE a.state IN ('accepted', 'overturned')) AS accepted,
    count(*) FILTER (WHERE a.state = 'rejected') AS rejected,
    avg(v.agreement) AS agreement,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY a.paid_ms) AS median_ms,
    sum(a.earned + coalesce((SELECT sum(b.amount) FROM marketplace_bonus b WHERE b.assignment_id = a.id), 0)
        + CASE WHEN a.state = 'reversed' THEN 0 ELSE coalesce(
            (SELECT u.amount FROM marketplace_topup u WHERE u.assignment_id = a.id), 0) END)::bigint AS earned,
    coalesce(sum(a.paid_ms) FILTER (WHERE a.state IN ('accepted', 'overturned')), 0)::bigint AS paid_ms
"""
# Known answers in doubt say nothing.
_GOLD = """
    (SELECT count(*) FROM qa_goldresult r JOIN qa_gold g ON g.id = r.gold_id
     WHERE {whose} AND {right} AND g.state <> 'review' AND r.created_at >= %(start)s AND r.created_at < %(end)s)
"""
_GOLD_OF_JOB = _GOLD.replace("{whose}", "g.scope = 'job:' || j.id")
_GOLD_OF_WORKER = _GOLD.replace("{whose}", "r.worker_id = u.id")
# Pay that was taken back since was not spent; a bonus stays.
_JOBS = f"""
    {REVERSED}
    SELECT j.public_id, j.title, {_MEASURES}, count(DISTINCT a.worker_id) AS workers,
           count(DISTINCT t.id) FILTER (WHERE t.disputed) AS disputed, count(DISTINCT t.id) AS tasks,
           coalesce((SELECT sum(x.amount) FROM billing_transfer x JOIN billing_account c ON c.id = x.source_id
                     WHERE c.id = j.escrow_committed_id
                       AND x.kind IN ('accepted', 'accepted_fee', 'appeal_upheld', 'appeal_upheld_fee')
                       AND x.created_at >= %(start)s AND x.created_at < %(end)s
                       AND NOT EXISTS (SELECT FROM reversed WHERE reversed.key = x.key)), 0)::bigint
           + coalesce((SELECT sum(b.amount + b.fee) FROM marketplace_bonus b WHERE b.job_id = j.id
                       AND b.created_at >= %(start)s AND b.created_at < %(end)s), 0)::bigint
           + coalesce((SELECT sum(u.amount + u.fee) FROM marketplace_topup u WHERE u.job_id = j.id
                       AND u.created_at >= %(start)s AND u.created_at < %(end)s
                       AND NOT EXISTS (SELECT FROM reversed WHERE reversed.key = u.assignment_id::text)), 0)::bigint
           AS spent,
           j.id AS job_id,
           (SELECT w.alpha FROM marketplace_watch w WHERE w.job_id = j.id) AS alpha,
           coalesce((SELECT w.images FROM marketplace_watch w WHERE w.job_id = j.id), 0) AS alpha_images,
           {_GOLD_OF_JOB.format(right="true")} AS gold_answers, {_GOLD_OF_JOB.format(right="r.right")} AS gold_right
    FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id
    JOIN marketplace_task t ON t.id = a.task_id JOIN qa_verdict v ON v.id = a.verdict_id
    WHERE a.settled_at >= %(start)s AND a.settled_at < %(end)s
    GROUP BY j.id ORDER BY agreement, j.id
"""  # noqa: S608 - built from constants
_WORKERS = f"""
    SELECT u.email, u.pseudonym, {_MEASURES}, count(DISTINCT a.job_id) AS jobs,
           count(*) FILTER (WHERE t.disputed) AS disputed, u.id AS worker_id,
           {_GOLD_OF_WORKER.format(right="true")} AS gold_answers,
           {_GOLD_OF_WORKER.format(right="r.right")} AS gold_right
    FROM marketplace_assignment a JOIN marketplace_user u ON u.id = a.worker_id
    JOIN marketplace_task t ON t.id = a.task_id JOIN qa_verdict v ON v.id = a.verdict_id
    WHERE a.settled_at >= %(start)s AND a.settled_at < %(end)s
    GROUP BY u.id ORDER BY agreement, u.id
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class _Measures:
    name: str
    title: str
    answers: int
    accepted: int
    rejected: int
    agreement: float | None  # None where people judged all answers by themselves
    median_ms: float | None
    earned: int
    paid_ms: int

    @property
    def acceptance(self) -> float:
        """The share of judged answers that were accepted, 0 to 1."""
        return kpis.rate(part=self.accepted, whole=self.answers) or 0.0

    @property
    def hourly(self) -> int | None:
        """Micro-units an hour over the accepted work."""
        return kpis.hourly_pay(earned=self.earned, active_ms=self.paid_ms)

    @property
    def throughput(self) -> float | None:
        """Accepted answers an hour of the time they are paid for."""
        return kpis.throughput(count=self.accepted, active_ms=self.paid_ms)


@dataclass(frozen=True)
class JobQuality(_Measures):
    """One job's judged answers in the period: `name` is its public id; `spent` in micro-units with fees.

    `alpha`: Krippendorff's, of the job's latest answers whenever they were last looked at; of so many images.
    """

    workers: int
    disputed: int
    tasks: int
    spent: int
    job_id: int = 0
    alpha: float | None = None
    alpha_images: int = 0
    gold_answers: int = 0
    gold_right: int = 0

    @property
    def gold_accuracy(self) -> float | None:
        """The share of its answers to known images that is right, 0 to 1; None where there was none."""
        return kpis.rate(part=self.gold_right, whole=self.gold_answers)

    @property
    def cost_per_annotation(self) -> int | None:
        """Micro-units for one accepted annotation, fees included."""
        return kpis.cost_per(spent=self.spent, count=self.accepted)

    @property
    def cost_per_correct(self) -> int | None:
        """Micro-units for one correct annotation, if the accepted ones are right as often as those to known images.

        None where nothing is known, or nothing is right.
        """
        return kpis.cost_per(spent=self.spent, count=self.accepted * (self.gold_accuracy or 0.0))

    @property
    def disputed_share(self) -> float:
        """The share of its settled tasks where the answers scatter, 0 to 1."""
        return kpis.rate(part=self.disputed, whole=self.tasks) or 0.0


@dataclass(frozen=True)
class WorkerQuality(_Measures):
    """One worker's judged answers in the period: `name` is their e-mail, `title` their pseudonym."""

    jobs: int
    disputed: int = 0
    worker_id: int = 0
    gold_answers: int = 0
    gold_right: int = 0

    @property
    def gold_accuracy(self) -> float | None:
        """The share of their answers to known images that is right, 0 to 1; None where there was none."""
        return kpis.rate(part=self.gold_right, whole=self.gold_answers)

    @property
    def disputed_share(self) -> float:
        """The share of their answers that went to images where the answers scatter, 0 to 1."""
        return kpis.rate(part=self.disputed, whole=self.answers) or 0.0


@dataclass(frozen=True)
class QualityReport:
    """Jobs and workers, lowest agreement first."""

    period: Period
    jobs: tuple[JobQuality, ...]
    workers: tuple[WorkerQuality, ...]

    @property
    def overall(self) -> JobQuality | None:
        """All jobs as one, without a median, which does not add up; None when nothing was judged."""
        if not self.jobs:
            return None
        names = [
            *("answers", "accepted", "rejected", "earned", "paid_ms", "disputed", "tasks", "spent"),
            *("gold_answers", "gold_right"),
        ]
        sums = {name: sum(getattr(job, name) for job in self.jobs) for name in names}
        known = [(job.agreement, job.answers) for job in self.jobs if job.agreement is not None]
        agreement = sum(mean * size for mean, size in known) / sum(size for _, size in known) if known else None
        return JobQuality(name="", title="", agreement=agreement, median_ms=None, workers=len(self.workers), **sums)


def quality_report(*, period: Period) -> QualityReport:
    """Read the report for a period: two statements."""
    span = {"start": period.start, "end": period.end}
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, span)
        jobs = tuple(JobQuality(*row) for row in cursor.fetchall())
        cursor.execute(_WORKERS, span)
        workers = tuple(WorkerQuality(*row) for row in cursor.fetchall())
    return QualityReport(period, jobs, workers)
