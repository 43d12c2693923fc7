"""Drawings bought one answer at a time until their calibrated expected error is below the target: is the claim true?

Some images are gold: their answers, put together as if nothing were known, say what claims are worth. The others are
asked one answer at a time; what is claimed of them when they stop is held against their truth. How well workers draw is
learnt from the first answers to all images. Nothing looks at the truth of an image that is not gold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotation.shapes import INSTANCE, SEMANTIC, Answer, Box, Mask
from qa.calibration import Calibration, calibration_error
from qa.consensus import WorkerAnswer
from qa.drawing_lessons import drawings_of, learn
from qa.drawing_skill import DrawingSkill
from qa.drawing_worth import Trial, calibrate_drawings, trials_of
from qa.policy import Policy
from qa.stopping import Step, next_steps
from tests.bench.consensus.boxes import as_answers as box_answers
from tests.bench.consensus.boxes import box_sets
from tests.bench.consensus.drawn import coco_files, keypoints_of, polygon_of, read_coco, scenes_of, skeletons
from tests.bench.consensus.masks import Image, mask_sets
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.simulated import Scene, crowd_answers, some_workers

LEAST, MOST = 2, 5
TARGET_ERROR = 0.2
GOLD_IMAGES = 40
"""Known images; of a set with less than three times as many, a third of it."""
FEWEST, DRAWS = 6, 3
MOST_IMAGES, MOST_OBJECTS, CROWD = 100, 4, 8
"""Of what is simulated here: so many images of so many objects at most, each drawn by so many workers."""


@dataclass(frozen=True)
class Crowd:
    """Images with their truth and the answers to each, in the order in which they are asked, and whose these are."""

    truth: Sequence[Answer]
    answers: Sequence[Sequence[WorkerAnswer]]
    names: Sequence[Sequence[str]]
    policy: Policy


def measure(*, data: Path, seed: int) -> dict[str, Any]:
    """`drawn_claim_gap_<kind>`: how far the mean quality claimed (1 − expected error) is from the true one, over a few
    draws of the gold; `drawn_claims`: by kind claimed, as claimed before calibration, true, answers, out of reach."""
    found: dict[str, Any] = {}
    notes, draws = [], {}
    for kind, make in KINDS.items():
        try:
            crowd = make(data, np.random.default_rng([seed, 7]))
            if len(crowd.truth) < FEWEST:
                raise Missing(f"fewer than {FEWEST} images")
        except Missing as gone:
            notes.append(f"{kind}: {gone}")
            continue
        found_of = trials(crowd)
        draws[kind] = [told(found_of, crowd.policy, np.random.default_rng([seed, draw])) for draw in range(DRAWS)]
        found[kind] = {name: round(float(np.mean([one[name] for one in draws[kind]])), 4) for name in draws[kind][0]}
    if not found:
        raise Missing(" ".join(notes))
    gaps = {f"drawn_claim_gap_{kind}": round(abs(one["claimed"] - one["true"]), 4) for kind, one in found.items()}
    return {"drawn_claims": found, **gaps, "notes": notes, "detail": {"target_error": TARGET_ERROR, "draws": draws}}


def told(images: Sequence[Sequence[Trial]], policy: Policy, chance: np.random.Generator) -> dict[str, float]:
    """One draw of the gold, from the trials of each image."""
    order = chance.permutation(len(images))
    gold, rest = np.split(order, [min(GOLD_IMAGES, len(order) // 3)])
    calibration = calibrate_drawings(trials=[trial for at in gold for trial in images[at]], least=1)
    assert calibration is not None, "some images are known"
    stops = [stop(images[at][0], policy, calibration) for at in rest]
    raw, claimed, true, answers, steps = map(np.array, zip(*stops, strict=True))
    return {
        "claimed": float(claimed.mean()),
        "raw_claimed": float(raw.mean()),
        "true": float(true.mean()),
        "calibration_error": calibration_error(claimed=claimed, right=true),
        "answers": float(answers.mean()),
        "out_of_reach": float((steps == Step.OUT_OF_REACH).mean()),
        "outcomes": float(calibration.outcomes),
    }


def stop(trial: Trial, policy: Policy, calibration: Calibration) -> tuple[float, float, float, int, int]:
    """Claimed before and after calibration, the true quality, the answers and the step at which an image stops."""
    for heard, claimed in enumerate(trial.claimed, start=policy.min_overlap):
        (step,) = next_steps(
            claimed=np.array([claimed]),
            answers=np.array([heard]),
            target_error=policy.target_error,
            least=policy.min_overlap,
            most=policy.max_overlap,
            calibration=calibration,
        )
        if step != Step.MORE:
            break
    return claimed, float(calibration.of(claimed)), trial.found[heard - policy.min_overlap], heard, int(step)


def trials(crowd: Crowd) -> list[list[Trial]]:
    """What the answers to each image come to, asked one by one."""
    skills = skills_of(crowd)
    found = []
    for truth, given, names in zip(crowd.truth, crowd.answers, crowd.names, strict=True):
        known = {each.key: skills[name] for each, name in zip(given, names, strict=True) if name in skills}
        found.append(trials_of(answers=given, truth=truth, policy=crowd.policy, skills=known))
    return found


def skills_of(crowd: Crowd) -> dict[str, DrawingSkill]:
    """How well each worker draws, by the first answers to each image."""
    rows = zip(crowd.names, crowd.answers, strict=True)
    images = [drawings_of(workers=names[:LEAST], answers=given[:LEAST], policy=crowd.policy) for names, given in rows]
    return dict(learn(images=images).workers)


def _boxes(data: Path, chance: np.random.Generator) -> Crowd:
    images = [image for each in box_sets(data).values() if each.real for image in each.images]
    images = [image for image in images if len(image["answers"]) >= MOST]
    if not images:
        raise Missing("no set of boxes that people drew with enough answers")
    truth = []
    for image in images:
        labels = image.get("truth_labels") or [0] * len(image["truth"])
        shapes = tuple(Box(str(label), tuple(box)) for label, box in zip(labels, image["truth"], strict=True))
        truth.append(Answer(image["width"], image["height"], (), shapes, empty=not shapes))
    names = [[str(each.get("worker", k)) for k, each in enumerate(image["answers"])] for image in images]
    return _shuffled(truth, [box_answers(image) for image in images], names, Policy(), chance)


def _masks(data: Path, chance: np.random.Generator, *, real: bool) -> Crowd:
    images = [image for each in mask_sets(data).values() if each.real is real for image in each.images]
    if not images:
        raise Missing(f"no set of masks that {'people' if real else 'a simulation'} drew")

    def answer(image: Image, mask: Any) -> Answer:
        height, width = image["truth"]["size"]
        fits = list(mask["size"]) == [height, width]
        shapes = (Mask("object", SEMANTIC if real else INSTANCE, (height, width), mask["counts"]),) if fits else ()
        return Answer(width, height, (), shapes, empty=not fits)

    given = [
        [WorkerAnswer(f"{k:02d}", answer(image, each["mask"])) for k, each in enumerate(image["answers"])]
        for image in images
    ]
    names = [
        [str(each.get("worker", f"{at}/{k}")) for k, each in enumerate(image["answers"])]
        for at, image in enumerate(images)
    ]
    return _shuffled([answer(image, image["truth"]) for image in images], given, names, Policy(), chance)


def _simulated(data: Path, chance: np.random.Generator, *, of: Callable[..., Any]) -> Crowd:
    files = [read for path in coco_files(data) if (read := read_coco(path))]
    scenes: list[Scene] = [scene for file in files for scene in scenes_of(file, of)]
    if not scenes:
        raise Missing("no COCO file with true shapes of that type")
    some = [_some_of(scenes[at % len(scenes)], chance) for at in chance.permutation(MOST_IMAGES)]
    workers = some_workers(chance, CROWD)
    answers = [
        [WorkerAnswer(f"{k:02d}", each) for k, each in enumerate(row)] for row in crowd_answers(some, workers, chance)
    ]
    truth = [Answer(scene.width, scene.height, (), scene.truth, empty=False) for scene in some]
    names = [[f"w{k}" for k in range(CROWD)]] * len(some)
    policy = skeletons(some) if of is keypoints_of else Policy()
    return _shuffled(truth, answers, names, policy, chance)


def _some_of(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene with some of its objects, so that few true images make many."""
    kept = chance.permutation(len(scene.truth))[: chance.integers(1, MOST_OBJECTS + 1)]
    return replace(scene, truth=tuple(scene.truth[at] for at in sorted(kept)))


def _shuffled(
    truth: Sequence[Answer],
    answers: Sequence[Sequence[WorkerAnswer]],
    names: Sequence[Sequence[str]],
    policy: Policy,
    chance: np.random.Generator,
) -> Crowd:
    """The crowd with the answers to each image in an order drawn by lot."""
    orders = [chance.permutation(len(row)) for row in answers]
    return Crowd(
        truth,
        [[row[k] for k in order] for row, order in zip(answers, orders, strict=True)],
        [[row[k] for k in order] for row, order in zip(names, orders, strict=True)],
        replace(policy, min_overlap=LEAST, max_overlap=MOST, target_error=TARGET_ERROR),
    )


KINDS: dict[str, Callable[[Path, np.random.Generator], Crowd]] = {
    "boxes": _boxes,
    "masks": lambda data, chance: _masks(data, chance, real=False),
    "real_masks": lambda data, chance: _masks(data, chance, real=True),
    "polygons": lambda data, chance: _simulated(data, chance, of=polygon_of),
    "keypoints": lambda data, chance: _simulated(data, chance, of=keypoints_of),
}
