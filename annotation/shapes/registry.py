"""The types of shape there are. To add one: a frozen class like `Box`, in the union and in the table below."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.shapes.box import Box
from annotation.shapes.keypoints import Keypoints
from annotation.shapes.mask import Mask
from annotation.shapes.polygon import Polygon

Shape = Box | Polygon | Mask | Keypoints
"""Any type of shape."""

REGISTRY: Mapping[str, type[Shape]] = {each.type: each for each in (Box, Polygon, Mask, Keypoints)}

TAG = "tag"
"""A label of the whole image: chosen, not drawn, so it is no entry of REGISTRY."""

SHAPE_TYPES = (TAG, *REGISTRY)
