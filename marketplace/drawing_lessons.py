"""What a batch of answers shows of how well its workers draw: used when the batch is judged, learnt when it settles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from marketplace.adopting import Decided
from marketplace.models import Assignment
from qa.consensus import WorkerAnswer
from qa.drawing_lessons import Drawings, drawings_of, heard, learn
from qa.drawing_skill import DrawingSkill
from qa.peers import Peers
from qa.policy import Policy

BY_KEY = attrgetter("key")


@dataclass(frozen=True)
class Shown:
    """`skills`: by worker what is known now, this batch included; `counts`: by task and the answer's key what it
    taught, see `DrawingSkill.counts`."""

    skills: Mapping[int, DrawingSkill]
    counts: Mapping[int, Mapping[str, Sequence[float]]]


def shown_by(
    *,
    answers: Mapping[int, Sequence[WorkerAnswer]],
    workers: Mapping[str, int],
    peers: Mapping[int, Peers],
    known: Mapping[int, DrawingSkill],
    policy: Policy,
) -> Shown:
    """What the answers by task show, beside what is known before; `workers` by the answer's key.

    An answer of weight 0 is not heard. Where nobody drew anything nothing is shown.
    """
    images: list[Drawings[int]] = []
    keys: list[list[str]] = []
    for task_id, group in answers.items():
        ranked = sorted(group, key=BY_KEY)
        whose = [workers[each.key] for each in ranked]
        drawings = drawings_of(workers=whose, answers=ranked, policy=policy, peers=peers[task_id])
        images.append(heard(drawings=drawings, unheard=[k for k, each in enumerate(ranked) if not each.weight]))
        keys.append([each.key for each in ranked if each.weight])
    if not any(image.groups for image in images):
        return Shown({}, {})
    lessons = learn(images=images, known=known)
    skills = {worker: known.get(worker, DrawingSkill()) + taught for worker, taught in lessons.workers.items()}
    counts = {
        task_id: dict(zip(own, rows, strict=True))
        for task_id, own, rows in zip(answers, keys, lessons.images, strict=True)
    }
    return Shown(skills, counts)


def taught_by(*, decided: Sequence[Decided]) -> dict[int, DrawingSkill]:
    """What decided tasks teach of each worker: by their new answers, the others have taught before."""
    sums: dict[int, list[float]] = {}
    for one in decided:
        for each in one.given:
            counts = one.drawn.get(each.key)
            if counts is None or each.state != Assignment.State.SUBMITTED:
                continue
            known = sums.get(each.worker_id)
            sums[each.worker_id] = [a + b for a, b in zip(known, counts, strict=True)] if known else list(counts)
    return {worker: DrawingSkill(*counts) for worker, counts in sums.items()}
