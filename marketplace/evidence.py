"""The evidence of a flag in words: the same for the admin who decides and for the worker it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.models import Flag


def signs(*, flag: Flag) -> list[str]:
    """What speaks against the worker, sentence by sentence. Other workers are not named."""
    return _WORDS[Flag.Kind(flag.kind)](flag.evidence)


def _haste(found: Mapping[str, Any]) -> list[str]:
    words = []
    if found["impossible"]:
        words.append(
            f"{found['impossible']:,} of {found['answers']:,} answers came faster than anybody can look at the image "
            "and draw what was drawn."
        )
    words.append(f"A typical answer took {_part(found['pace'])} of the time that others take for as many shapes.")
    if found["deviations"] is not None:
        words.append(f"That is {found['deviations']:g} standard deviations from the others.")
    return words


def _run(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{found['length']:,} of {found['answers']:,} answers in a row were the same: {found['answer']}.",
        f"By what others say of these images, that happens in an honest crowd {_odds(found['chance'])}.",
    ]


def _group(found: Mapping[str, Any]) -> list[str]:
    best = found["pairs"][0]
    words = (
        f"Of {best['tasks']:,} answers that the others did not prefer, another worker gave the same "
        f"{best['alike']:,} times; honest work explains about {best['expected']:.0f}."
    )
    return [words, *_together(found)]


def _copies(found: Mapping[str, Any]) -> list[str]:
    best = found["pairs"][0]
    words = (
        f"On {best['alike']:,} of {best['tasks']:,} images the drawings are nearer to another worker's than almost any "
        f"others are; honest work explains about {best['expected']:.0f}."
    )
    return [words, *_together(found)]


def _together(found: Mapping[str, Any]) -> list[str]:
    words = [f"A crowd that works honestly shows such a pair {_odds(found['pairs'][0]['chance'])}."]
    if found["workers"] > 2:
        words.append(f"{found['workers']} workers agree with each other in this way.")
    return words


def _part(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"


def _odds(chance: float) -> str:
    """How often: once in so many jobs, rounded to what anybody can read."""
    if chance < 1e-6:
        return "less than once in a million jobs"
    return f"about once in {round(1 / chance):,} jobs"


_WORDS: Mapping[Flag.Kind, Callable[[Mapping[str, Any]], list[str]]] = {
    Flag.Kind.HASTE: _haste,
    Flag.Kind.RUN: _run,
    Flag.Kind.GROUP: _group,
    Flag.Kind.COPIES: _copies,
}
