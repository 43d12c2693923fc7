"""What gold says of the consensus: how much its claims are worth, and how right answers are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from annotation.shapes import Answer, read_answer
from marketplace import tag_learning
from marketplace.gold_places import gold_scope
from marketplace.judging import answers_of
from marketplace.models import Job, Task
from qa.calibration import Calibration
from qa.models import Gold, GoldResult
from qa.policy import Policy
from qa.reliabilities import learn_worth
from qa.tagging import questions, said_of
from qa.verdict import WorkerAnswer


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
    trusted = Gold.objects.filter(scope=gold_scope(job_id=job.pk)).exclude(state=Gold.State.REVIEW)
    counts = GoldResult.objects.filter(gold__in=trusted).aggregate(
        n=Count("pk"), right=Count("pk", filter=Q(right=True))
    )
    return GoldAccuracy(counts["n"], counts["right"])


def tag_outcomes(*, job_id: int, policy: Policy) -> list[tuple[float, bool]]:
    """(claimed confidence, whether it is so) of each tag question of each known image.

    As many of its first answers are judged as are asked for any other image, by what is known of the workers now.
    """
    known = Gold.objects.filter(scope=gold_scope(job_id=job_id)).exclude(state=Gold.State.REVIEW)
    truths: dict[int, Answer] = {
        image_id: read_answer(body) for image_id, body in known.values_list("image_id", "body")
    }
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
