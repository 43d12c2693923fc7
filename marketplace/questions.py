"""Images with known answers, given by a requester for practice and for an exam, and never handed out as work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet

from annotation.images import ImageRefused, copy_image, discard, store_upload
from annotation.label_sets import taxonomy_of
from annotation.models import Image
from annotation.shapes import parse_answer
from marketplace import bell
from marketplace.answer_limits import limits_of
from marketplace.eligibility import requirements_of
from marketplace.errors import Conflict, Refused
from marketplace.models import Job, Question
from marketplace.models.exercise import QuestionKind
from marketplace.uploading import question_scope, takes_images

AT_MOST = {QuestionKind.PRACTICE: 10, QuestionKind.EXAM: 200}
"""Practice is not paid, so it is short; an exam draws some of its questions anew each time."""


def questions_of(*, job: Job) -> QuerySet[Question]:
    """A job's questions in the order in which they came."""
    return Question.objects.filter(job=job).select_related("image").order_by("pk")


def usable(*, job: Job, kind: str) -> QuerySet[Question]:
    """Those of a kind that have their answer, and whose image can be shown, now or once it is prepared."""
    return _sound(job, kind).filter(answer__isnull=False)


def _sound(job: Job, kind: str) -> QuerySet[Question]:
    return questions_of(job=job).filter(kind=kind).exclude(image__state="failed")


def add_question(*, job: Job, kind: str, file: File[bytes], payload: Any, now: datetime) -> Question:
    """Give a job one more image with its known answer, to practise on or to be examined by.

    `payload`: the answer as it was sent; None: it comes later (`answer_question`), and until then nobody is asked.
    Raises Refused for a word that is no kind, for one too many and for an image that is work of the job as well,
    ImageRefused, AnswerRefused naming every wrong shape, Conflict once the job is closing.
    """
    if kind not in QuestionKind.values:
        raise Refused.one("kind", "choice", f"One of {', '.join(QuestionKind.values)}.")
    with transaction.atomic():
        # The lock keeps two at once from exceeding the most there may be.
        locked = Job.objects.select_for_update(no_key=True, of=("self",)).select_related("label_set").get(pk=job.pk)
        if not takes_images(job=locked):
            raise Conflict("job_ended", "This job is over; its questions can no longer be changed.", state=locked.state)
        most = AT_MOST[QuestionKind(kind)]
        if _sound(locked, kind).count() >= most:
            raise Refused.one("kind", "too_many", f"A job has at most {most} images for {QuestionKind(kind).label}.")
        image = store_upload(file=file, name=file.name or "image", scope=question_scope(job_id=job.pk))
        if Image.objects.filter(scope=f"job:{job.pk}", sha256=image.sha256).exists():
            told = "This picture is one of the job's images; who has seen its answer could not be asked for it."
            raise ImageRefused(image.name, "is_work", told)
        answer = None if payload is None else _parsed(locked, image, payload)
        question = Question.objects.create(job=job, kind=kind, image=image, answer=answer, created_at=now)
    bell.ring("prepare_images", job.pk)
    return question


@transaction.atomic
def answer_question(*, job: Job, question_id: int, payload: Any) -> Question:
    """Give a question its known answer, or another one while the job is a draft.

    Raises Question.DoesNotExist, AnswerRefused naming every wrong shape, Conflict for one that workers of a published
    job may have been marked by.
    """
    locked = Job.objects.select_for_update(no_key=True, of=("self",)).select_related("label_set").get(pk=job.pk)
    question = Question.objects.select_related("image").get(job=locked, pk=question_id)
    if locked.state != Job.State.DRAFT and question.answer is not None:
        raise Conflict("job_published", "This job is published; workers may have been marked by this answer.")
    question.answer = _parsed(locked, question.image, payload)
    question.save(update_fields=["answer"])
    return question


def _parsed(job: Job, image: Image, payload: Any) -> dict[str, Any]:
    taxonomy = taxonomy_of(label_set=job.label_set)
    limits = limits_of(job=job)
    return parse_answer(payload, taxonomy=taxonomy, width=image.width, height=image.height, limits=limits).as_json()


@transaction.atomic
def remove_question(*, job: Job, question_id: int) -> None:
    """Take a question out of a draft. Raises Question.DoesNotExist, Conflict once the job is published."""
    locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    question = Question.objects.select_related("image").get(job=locked, pk=question_id)
    if locked.state != Job.State.DRAFT:
        raise Conflict("not_a_draft", "This job is published; workers may have answered this question.")
    _remove(question)


def remove_all(*, job: Job) -> None:
    """Take out all questions of a draft that is deleted, in the caller's transaction."""
    for question in questions_of(job=job):
        _remove(question)


def copy_all(*, job: Job, copy: Job, now: datetime) -> None:
    """Give a copy of a job the questions of the job, with their answers; it has the same labels. What cannot be shown
    is left out."""
    for question in questions_of(job=job):
        image = copy_image(image=question.image, scope=question_scope(job_id=copy.pk))
        if image is not None:
            Question.objects.create(job=copy, kind=question.kind, image=image, answer=question.answer, created_at=now)


def demand_enough(*, job: Job) -> None:
    """Refuse to publish a job whose exam asks for more questions than there are. Raises Refused."""
    exam = requirements_of(job=job).exam
    if exam is None:
        return
    there = usable(job=job, kind=QuestionKind.EXAM).count()
    if there < exam.questions:
        told = f"The exam asks {exam.questions} question{'s' if exam.questions > 1 else ''}, and there "
        told += f"{'is 1' if there == 1 else f'are {there}'}. Add images with known answers, or ask fewer."
        raise Refused.one("requirements.exam.questions", "too_few", told)


def _remove(question: Question) -> None:
    question.delete()
    discard(image=question.image)
