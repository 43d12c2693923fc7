"""What a worker is told about a verdict: one plain sentence, true to the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from qa.agreement import DrawnAgreement

LOOSE = 0.7
"""Boxes that overlap the adopted ones by less than this on the average are called loose."""

ONLY_ANSWER = "Yours was the only answer to this image, so it was adopted as it is."
NOT_CLEAR = "The answers to this image differ too much to hold it against anybody, so yours was accepted."


def explain(
    *,
    objects: DrawnAgreement | None,
    alone: int,
    missing: Sequence[str],
    extra: Sequence[str],
    one: bool,
    areas: DrawnAgreement | None = None,
    drawn: str = "boxes",
) -> str:
    """Say how an answer differs from what was adopted.

    `objects`: its objects, None when none were asked for; `areas`: its semantic masks, likewise; `alone`: how many of
    its extra objects nobody else drew; `missing`, `extra`: tags adopted and not given, given and not adopted; `one`:
    exactly one tag was to be chosen; `drawn`: what the objects are called.
    """
    parts = _of_objects(objects, alone, drawn) if objects else []
    parts += [*(_of_areas(areas) if areas else []), *_of_tags(missing, extra, one)]
    if not parts:
        return "Your answer agrees with what was adopted."
    return f"You {_listed(parts)}."


def _of_objects(objects: DrawnAgreement, alone: int, drawn: str) -> list[str]:
    adopted = len(objects.matches) + len(objects.wrong_label) + len(objects.missed)
    outvoted = len(objects.extra) - alone
    wrong = len(objects.wrong_label)
    parts = []
    if objects.missed:
        parts.append(f"missed {_part(len(objects.missed), adopted)} adopted object{'s' if adopted > 1 else ''}")
    if alone:
        parts.append(f"drew {alone} that nobody else saw")
    if outvoted:
        parts.append(f"drew {outvoted} that too few others saw")
    if wrong:
        parts.append(f"gave {wrong} {'object' if wrong == 1 else 'objects'} another label than was adopted")
    if objects.matches and (mean := sum(iou for _, _, iou in objects.matches) / len(objects.matches)) < LOOSE:
        parts.append(f"drew loosely (your {drawn} overlap the adopted ones by {mean:.0%} on average)")
    return parts


def _of_areas(areas: DrawnAgreement) -> list[str]:
    parts = []
    if areas.missed:
        adopted = len(areas.matches) + len(areas.missed)
        parts.append(f"left {_part(len(areas.missed), adopted)} adopted label{'s' if adopted > 1 else ''} unpainted")
    if areas.extra:
        parts.append(f"painted {len(areas.extra)} label{'s' if len(areas.extra) > 1 else ''} that too few others saw")
    if areas.matches and (mean := sum(iou for _, _, iou in areas.matches) / len(areas.matches)) < LOOSE:
        parts.append(f"painted loosely (your pixels overlap the adopted ones by {mean:.0%} on average)")
    return parts


def _part(some: int, whole: int) -> str:
    if some < whole:
        return f"{some} of {whole}"
    return "the only" if whole == 1 else f"all {whole}"


def _of_tags(missing: Sequence[str], extra: Sequence[str], one: bool) -> list[str]:
    if one and missing and extra:
        return [f"chose {extra[0]} where {missing[0]} was adopted"]
    parts = []
    if missing:
        parts.append(f"left out {_listed(missing)}")
    if extra:
        parts.append(f"set {_listed(extra)}, which {'was' if len(extra) == 1 else 'were'} not adopted")
    return parts


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
