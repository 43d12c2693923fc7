"""Short ways into practice and exams, for the tests of them."""

from __future__ import annotations

from marketplace.exercising import answer_exercise, next_exercise
from marketplace.models import Enrolment, Exercise, Job, Question, User
from marketplace.posting import make_places, publish
from marketplace.questions import add_question
from marketplace.uploading import prepare_images
from tests.world import World, picture

CAN = {"type": "box", "label": "can", "bbox": [10, 10, 40, 40]}
RIGHT = {"shapes": [CAN]}
WRONG = {"shapes": [{"type": "box", "label": "bag", "bbox": [70, 50, 30, 30]}]}
HALF = {"shapes": [CAN, {"type": "box", "label": "bag", "bbox": [70, 50, 30, 30]}]}


def question(world: World, job: Job, kind: str, *, shade: int) -> Question:
    """One more question of a job, whose answer is RIGHT; each shade is another picture."""
    file = picture(f"{kind}-{shade}.png", shade=shade)
    return add_question(job=job, kind=kind, file=file, payload=RIGHT, now=world.now)


def asking(world: World, *, practice: int = 0, exam: dict | None = None, given: int | None = None, **changes) -> Job:
    """An open job that asks for practice, and for an exam out of `given` questions (as many as it asks)."""
    changes.setdefault("requirements", {"exam": exam} if exam else {})
    job = world.job(**changes)
    for number in range(practice):
        question(world, job, "practice", shade=50 + number)
    for number in range(given if given is not None else (exam or {}).get("questions", 0)):
        question(world, job, "exam", shade=70 + number)
    return opened(world, job)


def opened(world: World, job: Job) -> Job:
    """The same job published, with all its images prepared."""
    world.fund(job.owner, "100.00")
    publish(job=job, now=world.now)
    prepare_images(job_id=job.pk)
    make_places(job_id=job.pk, now=world.now)
    job.refresh_from_db()
    assert job.state == Job.State.OPEN
    return job


def take(world: World, job: Job, worker: User, *payloads: dict) -> list[Exercise]:
    """The worker answers their next questions, one after the other."""
    answered = []
    for payload in payloads:
        exercise = next_exercise(job=job, worker=worker, now=world.now)
        assert exercise, f"nothing to answer for {worker}"
        answered.append(answer_exercise(exercise_id=exercise.pk, worker=worker, payload=payload, now=world.now))
    return answered


def standing(job: Job, worker: User) -> Enrolment:
    """The worker's enrolment as it is stored."""
    return Enrolment.objects.get(job=job, worker=worker)
