"""An answer held against one that is known to be right: how far it agrees, and in what it differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.shapes import BOX, Answer
from qa.agreement import DrawnAgreement, compare_areas, compare_shapes, overall, questions_of, tag_agreement
from qa.consensus import DECIMALS, WorkerAnswer
from qa.explaining import LOOSE
from qa.policy import Policy

RIGHT = "All right."


@dataclass(frozen=True)
class Mark:
    """What a known answer says of another one to the same image.

    `agreement`: 0 to 1, measured as agreement with a consensus is; `explanation`: one sentence for who answered;
    `evidence`: as a verdict's, the known answer's shapes in place of adopted objects.
    """

    agreement: float
    explanation: str
    evidence: dict[str, Any]


def mark(*, answer: Answer, known: Answer, policy: Policy) -> Mark:
    """Hold an answer against the known one to its image, by the policy that judges the job's answers."""
    own, right = WorkerAnswer("own", answer), WorkerAnswer("known", known)
    objects = areas = tags = None
    if own.areas or right.areas:
        found = compare_areas(own=[mask for _, mask in own.areas], adopted=[mask for _, mask in right.areas])
        areas = _renumbered(found, [i for i, _ in own.areas], [i for i, _ in right.areas])
    if own.objects or right.objects or not (policy.tags or areas):
        shapes = [shape for _, shape in own.objects], [shape for _, shape in right.objects]
        found = compare_shapes(own=shapes[0], adopted=shapes[1], policy=policy)
        objects = _renumbered(found, [i for i, _ in own.objects], [i for i, _ in right.objects])
    if policy.tags:
        tags = tag_agreement(own=answer.tags, adopted=known.tags, tags=policy.tags, choice=policy.tag_choice)
    missing = [tag for tag in policy.tags if tag in known.tags and tag not in answer.tags]
    extra = [tag for tag in policy.tags if tag in answer.tags and tag not in known.tags]
    questions = questions_of(tags=policy.tags, choice=policy.tag_choice)
    drawn = [some for some in (objects, areas) if some]
    evidence = {
        "matches": [list(match) for some in drawn for match in some.matches],
        "wrong_label": [list(match) for some in drawn for match in some.wrong_label],
        "missed": [index for some in drawn for index in some.missed],
        "extra": [index for some in drawn for index in some.extra],
        "tags_missing": missing,
        "tags_extra": extra,
    }
    word = "boxes" if all(shape.type == BOX for _, shape in own.objects) else "shapes"
    parts = [*_of_objects(objects, word), *_of_areas(areas), *_of_tags(missing, extra)]
    return Mark(
        agreement=round(overall(objects=objects, tags=tags, questions=questions, areas=areas), DECIMALS),
        explanation=f"You {_listed(parts)}." if parts else RIGHT,
        evidence=evidence,
    )


def _renumbered(found: DrawnAgreement, own: Sequence[int], right: Sequence[int]) -> DrawnAgreement:
    """The same by the numbers of the shapes in the two answers."""
    return DrawnAgreement(
        matches=tuple((own[i], right[j], round(iou, DECIMALS)) for i, j, iou in found.matches),
        wrong_label=tuple((own[i], right[j], round(iou, DECIMALS)) for i, j, iou in found.wrong_label),
        missed=tuple(right[j] for j in found.missed),
        extra=tuple(own[i] for i in found.extra),
        areas=found.areas,
    )


def _of_objects(found: DrawnAgreement | None, word: str) -> list[str]:
    if found is None:
        return []
    there = len(found.matches) + len(found.wrong_label) + len(found.missed)
    parts = []
    if found.missed:
        parts.append(f"missed {_part(len(found.missed), there)}")
    if found.extra:
        parts.append(f"drew {len(found.extra)} where nothing is to be marked")
    if found.wrong_label:
        parts.append(f"gave {len(found.wrong_label)} the wrong label")
    return [*parts, *_loose(found, f"drew loosely (your {word} overlap the right ones by")]


def _of_areas(found: DrawnAgreement | None) -> list[str]:
    if found is None:
        return []
    parts = []
    if found.missed:
        labels = len(found.matches) + len(found.missed)
        parts.append(f"left out {_part(len(found.missed), labels, 'label')} to be painted")
    if found.extra:
        parts.append(f"painted {len(found.extra)} label{'s' if len(found.extra) > 1 else ''} that should not be there")
    return [*parts, *_loose(found, "painted loosely (your pixels overlap the right ones by")]


def _of_tags(missing: Sequence[str], extra: Sequence[str]) -> list[str]:
    parts = [f"left out {_listed(missing)}"] if missing else []
    return [*parts, f"set {_listed(extra)}, which {'is' if len(extra) == 1 else 'are'} wrong"] if extra else parts


def _loose(found: DrawnAgreement, words: str) -> list[str]:
    if not found.matches:
        return []
    mean = sum(iou for _, _, iou in found.matches) / len(found.matches)
    return [f"{words} {mean:.0%} on average)"] if mean < LOOSE else []


def _part(some: int, whole: int, noun: str = "object") -> str:
    if whole == 1:
        return f"the only {noun}"
    return f"{'all ' if some == whole else f'{some} of '}{whole} {noun}s"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
