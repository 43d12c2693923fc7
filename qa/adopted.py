"""An object as it was adopted: its shape, and what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.shapes import Shape
from qa.centres import bounds_of
from qa.matching import BBox

_ABOUT_VOTES = ("votes_for", "votes_of", "confidence", "sources", "texts")


def as_annotation(*, body: Mapping[str, Any]) -> dict[str, Any]:
    """A stored consensus as somebody's answer: its tags and shapes, without what speaks for them."""
    own = [{key: found[key] for key in found if key not in _ABOUT_VOTES} for found in body["objects"]]
    shapes = [{"attributes": {}, **shape} for shape in own]
    tags = [tag["label"] for tag in body["tags"]]
    return {"tags": tags, "shapes": shapes, "empty": not shapes and not tags}


@dataclass(frozen=True)
class ConsensusObject:
    """An adopted object, or all pixels of a label.

    `votes_for` of `votes_of` answers drew it *with this label*; `confidence` is their share of the weight, 0 to 1 (of
    a semantic mask: the mean share over its pixels). `sources`: (key, index of the shape in that answer) of every
    shape it was made from, whatever its label. `texts`: by question what each answer says in words, by key.
    """

    shape: Shape
    votes_for: int
    votes_of: int
    confidence: float
    sources: tuple[tuple[str, int], ...]
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Of the shape."""
        return self.shape.type

    @property
    def label(self) -> str:
        """Of the shape."""
        return self.shape.label

    @property
    def bbox(self) -> BBox:
        """x, y, width, height of the smallest box around the shape, in pixels; of a box the box itself."""
        return bounds_of(self.shape)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, as stored: the shape's own keys, with what speaks for it."""
        told = self.shape.as_json()
        if not told["attributes"]:
            del told["attributes"]
        # Written out: `asdict` copies every value deeply, which costs as much as the matching.
        told |= {
            "votes_for": self.votes_for,
            "votes_of": self.votes_of,
            "confidence": self.confidence,
            "sources": [[*source] for source in self.sources],
        }
        return told | {"texts": {name: dict(said) for name, said in self.texts.items()}} if self.texts else told
