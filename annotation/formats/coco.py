"""COCO object detection JSON, as pycocotools loads it. What COCO has no word for hangs on as extra keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.geometry import box_area


@dataclass(frozen=True)
class CocoImage:
    """A picture of the dataset: `id` unique in it, pixels after EXIF orientation; `extra` keys are written as well."""

    id: int
    file_name: str
    width: int
    height: int
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CocoObject:
    """A box x, y, width, height in pixels on image `image_id`; `extra` e.g. votes, confidence, a trace to sources."""

    image_id: int
    label: str
    bbox: Sequence[float]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CocoTag:
    """A label of the whole image `image_id`."""

    image_id: int
    label: str
    extra: Mapping[str, Any] = field(default_factory=dict)


def dataset(
    *,
    info: Mapping[str, Any],
    categories: Sequence[str],
    images: Sequence[CocoImage],
    objects: Sequence[CocoObject],
    tags: Sequence[CocoTag] = (),
) -> dict[str, Any]:
    """A COCO dataset; ids of categories and annotations count from 1 in the order given.

    `categories` are the labels of objects. A tag `{"name": …, **extra}` goes into `tags` of its image, because
    COCO has no labels of whole images. Raises ValueError for ids given twice, and labels or images not given.
    """
    category_ids = {name: number for number, name in enumerate(categories, start=1)}
    if len(category_ids) != len(categories):
        raise ValueError("categories: a name is given twice")
    rows = {image.id: _image_row(image) for image in images}
    if len(rows) != len(images):
        raise ValueError("images: an id is given twice")
    for tag in tags:
        _row_of(rows, tag.image_id)["tags"].append({"name": tag.label, **tag.extra})
    areas = box_area([list(each.bbox) for each in objects] or [[0.0] * 4])
    annotations = []
    for number, (each, area) in enumerate(zip(objects, areas, strict=False), start=1):
        _row_of(rows, each.image_id)
        if each.label not in category_ids:
            raise ValueError(f"objects[{number - 1}]: label {each.label!r} is no category")
        annotations.append(_object_row(each, number=number, category_id=category_ids[each.label], area=float(area)))
    return {
        "info": dict(info),
        "licenses": [],
        "categories": [{"id": number, "name": name, "supercategory": ""} for name, number in category_ids.items()],
        "images": list(rows.values()),
        "annotations": annotations,
    }


def _image_row(image: CocoImage) -> dict[str, Any]:
    return {
        **image.extra,
        "id": image.id,
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "tags": [],
    }


def _object_row(each: CocoObject, *, number: int, category_id: int, area: float) -> dict[str, Any]:
    return {
        **each.extra,
        "id": number,
        "image_id": each.image_id,
        "category_id": category_id,
        "bbox": [float(value) for value in each.bbox],
        "area": round(area, 2),
        "iscrowd": 0,
        "segmentation": [],  # a box is no outline; programs take the empty list as "none"
    }


def _row_of(rows: Mapping[int, dict[str, Any]], image_id: int) -> dict[str, Any]:
    if image_id not in rows:
        raise ValueError(f"image {image_id} is not among the images")
    return rows[image_id]
