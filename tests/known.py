"""Jobs with known answers, and workers who answer as they should or not."""

from __future__ import annotations

from typing import Any

from marketplace import gold
from marketplace.assigning import claim
from marketplace.models import Assignment, Enrolment, Job, Task, User
from marketplace.posting import make_places, publish
from marketplace.submitting import submit
from tests.world import World

LABELS = [{"name": "day", "shapes": ["tag"]}, {"name": "night", "shapes": ["tag"]}]
TRUE = {"tags": ["day"]}
FALSE = {"tags": ["night"]}
POLICY = {"gold_share": 0.25, "gold_onboarding": 2, "gold_first": 6}


def job_with_gold(
    world: World,
    *,
    images: int = 20,
    known: int = 6,
    policy: dict[str, Any] = POLICY,
    truth: dict[str, Any] = TRUE,
    **changes: Any,
) -> Job:
    """An open job of tag questions; the last `known` of its images are gold whose answer is "day"."""
    terms = {"labels": LABELS, "tag_choice": "one", "policy": policy, "overlap": {"min": 3, "max": 3}, **changes}
    job = world.job(images=images + known, **terms)
    tasks = Task.objects.filter(job=job).order_by("-position")[:known]
    for task in tasks:
        gold.add_gold(job=job, image=task.pk, annotation=truth, now=world.now)
    world.fund(job.owner, "100.00")
    publish(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    job.refresh_from_db()
    return job


def seed(job: Job, worker: User, number: int) -> None:
    """Give an enrolled worker these lots."""
    Enrolment.objects.filter(job=job, worker=worker).update(gold_seed=number)


def work(
    world: World,
    job: Job,
    worker: User,
    *,
    answers: int,
    wrong_on_gold: bool = False,
    seconds: float = 20,
    saying: dict[str, Any] = TRUE,
) -> list[Assignment]:
    """The worker answers so many images, one after the other; returns their assignments in that order."""
    given = []
    handed = claim(job=job, worker=worker, now=world.now)
    while handed and len(given) < answers:
        assignment = Assignment.objects.select_related("task").get(pk=handed.assignment_id)
        is_gold = assignment.task.state == Task.State.GOLD
        world.later(seconds=seconds)
        found = submit(
            assignment_id=assignment.pk,
            worker=worker,
            payload=FALSE if is_gold and wrong_on_gold else saying,
            want_next=len(given) + 1 < answers,
            now=world.now,
        )
        given.append(assignment)
        handed = found.next
    return given


def settle_round(world: World, job: Job) -> int:
    """Settle what waits once it is time for the job's next verdicts; returns how many tasks were decided."""
    world.later(minutes=6)
    return world.settled(job)
