"""What gold says of the consensus: how much its claims are worth, and how right answers are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from annotation.models import Label
from annotation.shapes import TAG, Answer, read_answer
from marketplace import tag_learning
from marketplace.flags import unheard
from marketplace.gold_places import gold_scope
from marketplace.judging import answers_of
from marketplace.models import Assignment, Job, Task
from marketplace.policies import policy_of, skill_scope
from marketplace.uploading import MAKING
from qa import kept_worth
from qa.calibration import Calibration
from qa.drawing_skill import DrawingSkill
from qa.drawing_worth import TRIALS_AN_IMAGE, Trial, trials_of
from qa.models import DrawingWorth, Gold, GoldResult
from qa.policy import Policy
from qa.reliabilities import learn_worth
from qa.reputation import known_of, weights
from qa.tagging import questions, said_of
from qa.verdict import WorkerAnswer

IMAGES_LOOKED_AT = 200
"""What drawings are worth is seen on the latest so many known images."""


@dataclass(frozen=True)
class GoldAccuracy:
    """How many answers were held against known ones, and how many of them were right."""

    answers: int
    right: int

    @property
    def share(self) -> float | None:
        """0 to 1; None before the first answer."""
        return self.right / self.answers if self.answers else None


def accuracy(*, job: Job) -> GoldAccuracy:
    """How right a job's workers are. Known answers that are in doubt say nothing."""
    counts = GoldResult.objects.filter(gold__in=_trusted(job.pk)).aggregate(
        n=Count("pk"), right=Count("pk", filter=Q(right=True))
    )
    return GoldAccuracy(counts["n"], counts["right"])


def _trusted(job_id: int) -> QuerySet[Gold]:
    """A job's known answers, but for those in doubt."""
    return Gold.objects.filter(scope=gold_scope(job_id=job_id)).exclude(state=Gold.State.REVIEW)


def tag_outcomes(*, job_id: int, policy: Policy) -> list[tuple[float, bool]]:
    """(claimed confidence, whether it is so) of each tag question of each known image.

    As many of its first answers are judged as are asked for any other image, by what is known of the workers now.
    """
    known = _trusted(job_id).values_list("image_id", "body")
    truths: dict[int, Answer] = {image_id: read_answer(body) for image_id, body in known}
    tasks = Task.objects.filter(job_id=job_id, state=Task.State.GOLD, answers__gte=policy.min_overlap)
    image_of = dict(tasks.order_by("pk").values_list("pk", "image_id"))
    given = {task_id: group[: policy.min_overlap] for task_id, group in answers_of(task_ids=list(image_of)).items()}
    crowd = {
        task_id: [WorkerAnswer(each.key, read_answer(each.body)) for each in group] for task_id, group in given.items()
    }
    workers = {each.key: each.worker_id for group in given.values() for each in group}
    tagged, _ = tag_learning.judge_batch(job_id=job_id, answers=crowd, workers=workers, policy=policy)
    found = []
    for task_id, judged in tagged.items():
        truth = truths.get(image_of[task_id])
        if truth is None:
            continue
        for classes, posterior in zip(questions(policy), judged.posteriors, strict=True):
            if posterior is not None:
                so = said_of(tags=truth.tags, classes=classes)
                found.append((float(min(1.0, posterior.max())), int(posterior.argmax()) == so))
    return found


def calibrate_tags(*, job_id: int, policy: Policy) -> Calibration | None:
    """Learn what the claims about a job's tags are worth by its gold; None while too few known answers were seen."""
    outcomes = tag_outcomes(job_id=job_id, policy=policy)
    return learn_worth(
        scope=tag_learning.scope_of(job_id=job_id),
        claimed=[claimed for claimed, _ in outcomes],
        right=[so for _, so in outcomes],
    )


def drawing_trials(*, job_id: int, policy: Policy, scope: str, now: datetime) -> list[Trial]:
    """What a job's known images would have come to, put together from answers to them as other images are.

    By what is known of the workers now. Answers come in the order of their ids, which are drawn by lot.
    """
    trials = []
    truths = dict(_trusted(job_id).values_list("image_id", "body"))
    tasks = Task.objects.filter(job_id=job_id, state=Task.State.GOLD, answers__gte=policy.min_overlap, image__in=truths)
    for task_id, image_id in list(tasks.order_by("-pk").values_list("pk", "image_id")[:IMAGES_LOOKED_AT]):
        answers = Assignment.objects.filter(task=task_id, state__in=Assignment.ANSWERED).order_by("pk")
        rows = answers.values_list("pk", "worker_id", "annotation__body")[: TRIALS_AN_IMAGE * policy.max_overlap]
        given, skills = _weighed(job_id, [(str(pk), worker, body) for pk, worker, body in rows], scope, now)
        trials += trials_of(answers=given, truth=read_answer(truths[image_id]), policy=policy, skills=skills)
    return trials


def _weighed(
    job_id: int, rows: list[tuple[str, int, dict[str, object]]], scope: str, now: datetime
) -> tuple[list[WorkerAnswer], dict[str, DrawingSkill]]:
    """Answers as (key, worker, body) with the weights that settlement would give them, and by key how well those draw
    of whom that is known."""
    workers = sorted({worker for _, worker, _ in rows})
    records, known = known_of(worker_ids=workers, scope=scope, now=now)
    weight_of = weights(records=records) | dict.fromkeys(unheard(job_id=job_id, worker_ids=workers), 0.0)
    given = []
    for key, worker, body in rows:
        care = known.get(worker, DrawingSkill()).care_beside(weight=weight_of[worker])
        given.append(WorkerAnswer(key, read_answer(body), weight_of[worker], care))
    return given, {key: known[worker] for key, worker, _ in rows if worker in known}


def calibrate(*, job_id: int, now: datetime) -> Calibration | None:
    """Learn what the claims about a job's drawings are worth by its gold, and of its tags; of drawings None while too
    few known answers were seen."""
    job = Job.objects.select_related("label_set").prefetch_related("label_set__labels").filter(pk=job_id).first()
    if job is None or not job.gold_budget:
        return None
    policy, answers = policy_of(job=job), _answers_to_gold([job_id]).get(job_id, 0)
    if policy.tags:
        calibrate_tags(job_id=job_id, policy=policy)
    trials = drawing_trials(job_id=job_id, policy=policy, scope=skill_scope(label_set=job.label_set), now=now)
    return kept_worth.learn_worth(scope=gold_scope(job_id=job_id), trials=trials, answers=answers, now=now)


def due(*, job_ids: Iterable[int] | None = None) -> list[int]:
    """Jobs with drawings and so many more answers to gold that what claims are worth should be seen anew; of all jobs
    that are under way, or of these."""
    draws = Label.objects.exclude(shapes__contained_by=[TAG]).values("label_set")
    jobs = Job.objects.filter(gold_budget__gt=0, state__in=MAKING, label_set__in=draws)
    found = list((jobs if job_ids is None else jobs.filter(pk__in=job_ids)).values_list("pk", flat=True))
    if not found:
        return []
    scopes = {gold_scope(job_id=job_id): job_id for job_id in found}
    known = DrawingWorth.objects.filter(scope__in=scopes).values_list("scope", "answers")
    last = {scopes[scope]: answers for scope, answers in known}
    seen = _answers_to_gold(found)
    return [job_id for job_id in found if kept_worth.is_due(answers=seen.get(job_id, 0), at_last=last.get(job_id, 0))]


def _answers_to_gold(job_ids: list[int]) -> dict[int, int]:
    """By job how many answers were held against known ones."""
    scopes = {gold_scope(job_id=job_id): job_id for job_id in job_ids}
    rows = Gold.objects.filter(scope__in=scopes).order_by().values("scope").annotate(n=Sum("answers"))
    return {scopes[row["scope"]]: row["n"] for row in rows}
