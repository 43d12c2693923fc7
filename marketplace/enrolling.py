"""Letting a worker into a job: decided once, when they enrol."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from marketplace import eligibility, exercising, sharing, shutting_out
from marketplace.blocking import is_blocked
from marketplace.errors import Conflict, Forbidden, Problem
from marketplace.handouts import today_of
from marketplace.inviting import is_invited
from marketplace.models import Enrolment, Job, User
from qa.golden import has_gold
from qa.policy import Policy

NOT_ELIGIBLE = "This job is for people with something you do not have yet."


def enrol(*, job: Job, worker: User, now: datetime, key: str = "") -> Enrolment:
    """Let a worker into a job because they ask for it, which ends a pause after several skips.

    Who is not let in yet is told where they are with practice and exam. Raises what `standing` raises.
    """
    known = standing(job=job, worker=worker, now=now, key=key)
    if not known.admitted_by:
        return exercising.resume(enrolment_id=known.pk, now=now)
    paused = Enrolment.objects.filter(pk=known.pk, state=Enrolment.State.PAUSED)
    if paused.update(state=Enrolment.State.READY, skips_in_a_row=0):
        known.refresh_from_db()
    return known


def standing(*, job: Job, worker: User, now: datetime, key: str = "") -> Enrolment:
    """A worker's standing in a job, given to them the first time; the same one each time.

    `key` is the secret of the job's link, for who came by it. Raises Forbidden for the job's own requester, for people
    who are not workers, for the blocked, the not invited and those who lack what the job asks (`problems` has a line
    for each), Conflict when the job takes nobody any more.
    """
    if not worker.is_worker:
        raise Forbidden("not_a_worker", "Your account is not set up for labelling. Turn it on in your profile.")
    if job.owner_id == worker.pk:
        raise Forbidden("own_job", "You cannot work on your own job.")
    known = Enrolment.objects.filter(job=job, worker=worker).first()
    if known is None:
        return _let_in(job, worker, key, now)
    if known.state == Enrolment.State.BLOCKED:
        raise Forbidden("blocked", shutting_out.told(reason=known.reason))
    return known


def _let_in(job: Job, worker: User, key: str, now: datetime) -> Enrolment:
    if job.state != Job.State.OPEN:
        raise Conflict("job_not_open", "This job takes no new workers now.", state=job.state)
    shared_with = sharing.companions(person_id=worker.pk)
    with transaction.atomic():
        # One at a time with whoever blocks this worker, withdraws their invitation, or shares a device with them.
        people = User.objects.filter(pk__in={worker.pk, *shared_with}).order_by("pk")
        list(people.select_for_update(no_key=True).values_list("pk", flat=True))
        refusal = _refusal(job, worker, key, shared_with)
        if refusal:
            raise refusal
        _demand_eligible(job, worker, now)
        examined = {} if not exercising.asks(job=job) else {"state": Enrolment.State.PRACTICE, "admitted_by": ""}
        enrolment, new = Enrolment.objects.get_or_create(
            job=job, worker=worker, defaults={"created_at": now, "gold_seed": _gold_seed(job), **examined}
        )
        return exercising.move_on(enrolment=enrolment, now=now) if new and examined else enrolment


def _gold_seed(job: Job) -> int | None:
    """What it is drawn from which of the worker's images are gold, for as long as they work on the job."""
    return secrets.randbits(62) if has_gold(policy=Policy.from_json(job.policy)) else None


def _demand_eligible(job: Job, worker: User, now: datetime) -> None:
    lacking = eligibility.missing_of(job=job, worker=worker, now=now)
    if lacking:
        problems = [Problem("requirements", one.code, one.message) for one in lacking]
        message = lacking[0].message if len(lacking) == 1 else NOT_ELIGIBLE
        raise Forbidden("not_eligible", message, problems)


def _refusal(job: Job, worker: User, key: str, shared_with: set[int]) -> Forbidden | None:
    if is_blocked(requester_id=job.owner_id, worker=worker):
        return Forbidden("blocked", shutting_out.SHUT_OUT)
    if not _is_welcome(job, worker, key):
        return Forbidden("not_invited", "Only people who were invited can work on this job.")
    return sharing.refusal(job=job, worker=worker, shared_with=shared_with)


def _is_welcome(job: Job, person: User, key: str) -> bool:
    """Whether the job is for everybody, the person has its link, or is on its list."""
    if job.visibility == Job.Visibility.PUBLIC:
        return True
    by_link = job.visibility == Job.Visibility.LINK and bool(job.invite_key)
    if by_link and secrets.compare_digest(key.encode(), job.invite_key.encode()):
        return True
    return is_invited(job=job, person=person)


def may_know(*, job: Job, person: User, key: str = "") -> bool:
    """Whether a job exists for somebody who might work on it; for everybody else it is not found.

    A draft exists for nobody but its requester's own pages. A job that is not public exists for its requester, for
    who is enrolled (and told that they are blocked, if they are), for the invited, and for who has its link.
    """
    if job.state == Job.State.DRAFT:
        return False
    if job.visibility == Job.Visibility.PUBLIC or job.owner_id == person.pk:
        return True
    # First what is true at every claim but the first, and costs one statement.
    return Enrolment.objects.filter(job=job, worker=person).exists() or _is_welcome(job, person, key)


def obstacle(*, job: Job, worker: User, now: datetime, key: str = "") -> str:
    """What keeps a worker from new images of a job that has some, as a sentence; empty when nothing does."""
    if job.owner_id == worker.pk:
        return "This is your own job. You cannot work on it."
    known = Enrolment.objects.filter(job=job, worker=worker).first()
    if known is None:
        refusal = _refusal(job, worker, key, sharing.companions(person_id=worker.pk))
        if refusal:
            return refusal.message
        lacking = eligibility.missing_of(job=job, worker=worker, now=now)
        return " ".join(one.message for one in lacking)
    if known.state == Enrolment.State.BLOCKED:
        return shutting_out.told(reason=known.reason)
    reached = cap_reached(job=job, enrolment=known, now=now)
    return reached.message if reached else ""


def cap_reached(*, job: Job, enrolment: Enrolment, now: datetime) -> Conflict | None:
    """The refusal for a worker who has given all the answers that the job takes from one worker; None before.

    A day is a day in UTC.
    """
    today = enrolment.answers_today if enrolment.answers_on == today_of(now) else 0
    return cap_met(job=job, answers=enrolment.answers, today=today)


def cap_met(*, job: Job, answers: int, today: int) -> Conflict | None:
    """`cap_reached` for who gave so many answers in all and so many today."""
    if job.worker_cap is not None and answers >= job.worker_cap:
        return Conflict(
            "share_cap",
            f"You have given the {_answers(job.worker_cap)} that this job takes from one person. Thank you!",
        )
    if job.daily_cap is not None and today >= job.daily_cap:
        return Conflict(
            "daily_cap",
            f"You have given the {_answers(job.daily_cap)} a day that this job takes from one person. Come back "
            "tomorrow.",
        )
    return None


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count:,} answers"
