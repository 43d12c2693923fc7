"""The types of shape there are. To add one: a frozen class like `Box`, in the union and in the table below."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.shapes.box import Box

Shape = Box
"""Any type of shape: a union, once there is more than one."""

REGISTRY: Mapping[str, type[Shape]] = {shape_type.type: shape_type for shape_type in (Box,)}

TAG = "tag"
"""A label of the whole image: chosen, not drawn, so it is no entry of REGISTRY."""

SHAPE_TYPES = (TAG, *REGISTRY)
