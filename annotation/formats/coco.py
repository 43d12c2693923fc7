"""COCO JSON, as pycocotools loads it. What COCO has no word for hangs on as extra keys.

Boxes have an empty segmentation, polygons their rings, masks compressed run lengths, keypoints COCO's keypoints.
An instance mask is one object; a semantic mask is all of its label on the image in one annotation, as in COCO's
"stuff" files, and says so by `"mode": "semantic"`. `iscrowd` is 0 throughout: a crowd is several objects that nobody
drew one by one, and evaluation leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.geometry import box_area, polygons, rle
from annotation.shapes import Box, LabelSpec, Mask, Polygon, Shape
from annotation.shapes.keypoints import ABSENT


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
    """A shape on image `image_id`; `extra` e.g. votes, confidence, a trace to sources."""

    image_id: int
    shape: Shape
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
    labels: Sequence[LabelSpec],
    images: Sequence[CocoImage],
    objects: Sequence[CocoObject],
    tags: Sequence[CocoTag] = (),
) -> dict[str, Any]:
    """A COCO dataset; ids of categories and annotations count from 1 in the order given.

    `labels` are those of objects: its categories, with their skeletons and attributes. A tag `{"name": …, **extra}`
    goes into `tags` of its image, because COCO has no labels of whole images. Raises ValueError for ids given twice,
    and labels or images not given.
    """
    category_ids = {label.name: number for number, label in enumerate(labels, start=1)}
    if len(category_ids) != len(labels):
        raise ValueError("labels: a name is given twice")
    rows = {image.id: _image_row(image) for image in images}
    if len(rows) != len(images):
        raise ValueError("images: an id is given twice")
    for tag in tags:
        _row_of(rows, tag.image_id)["tags"].append({"name": tag.label, **tag.extra})
    annotations = []
    for number, each in enumerate(objects, start=1):
        _row_of(rows, each.image_id)
        if each.shape.label not in category_ids:
            raise ValueError(f"objects[{number - 1}]: label {each.shape.label!r} is no category")
        annotations.append(_object_row(each, number=number, category_id=category_ids[each.shape.label]))
    return {
        "info": dict(info),
        "licenses": [],
        "categories": [_category_row(label, number) for number, label in enumerate(labels, start=1)],
        "images": list(rows.values()),
        "annotations": annotations,
    }


def _category_row(label: LabelSpec, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": number, "name": label.name, "supercategory": ""}
    if label.attributes:
        row["attributes"] = [each.as_json() for each in label.attributes]
    if label.skeleton:
        place = {name: at for at, name in enumerate(label.skeleton.points, start=1)}
        row["keypoints"] = [*label.skeleton.points]
        row["skeleton"] = [[place[a], place[b]] for a, b in label.skeleton.edges]
        row["flip_pairs"] = [[place[a], place[b]] for a, b in label.skeleton.flip_pairs]
        if label.skeleton.sigmas:
            row["sigmas"] = [*label.skeleton.sigmas]
    return row


def _image_row(image: CocoImage) -> dict[str, Any]:
    return {
        **image.extra,
        "id": image.id,
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "tags": [],
    }


def _object_row(each: CocoObject, *, number: int, category_id: int) -> dict[str, Any]:
    attributes = {"attributes": dict(each.shape.attributes)} if each.shape.attributes else {}
    return {
        **each.extra,
        "id": number,
        "image_id": each.image_id,
        "category_id": category_id,
        "iscrowd": 0,
        **attributes,
        **_geometry(each.shape),
    }


def _geometry(shape: Shape) -> dict[str, Any]:
    """COCO's own keys: bbox (x, y, width, height), area in square pixels, segmentation, keypoints."""
    if isinstance(shape, Box):
        # A box is no outline; programs take the empty list as "none".
        return _measures(shape.bbox, float(box_area([shape.bbox])[0]), segmentation=[])
    if isinstance(shape, Polygon):
        rings = [[*ring] for ring in shape.segmentation]
        return _measures(polygons.bounds(rings), polygons.area(rings), segmentation=rings)
    if isinstance(shape, Mask):
        segmentation = {"size": [*shape.size], "counts": shape.counts}
        bounds = rle.bounds(shape.runs, height=shape.size[0])
        return {**_measures(bounds, rle.area(shape.runs), segmentation=segmentation), "mode": shape.mode}
    return _keypoints(shape.keypoints)


def _keypoints(values: Sequence[float]) -> dict[str, Any]:
    """The box around the points marked stands for the object's, whose size scales how far a point may be off."""
    rows = [(values[at], values[at + 1], int(values[at + 2])) for at in range(0, len(values), 3)]
    marked = [(x, y) for x, y, seen in rows if seen != ABSENT]
    left, top = (min(side) for side in zip(*marked, strict=True))
    right, bottom = (max(side) for side in zip(*marked, strict=True))
    bounds = (left, top, right - left, bottom - top)
    return {
        **_measures(bounds, max(1.0, bounds[2] * bounds[3]), segmentation=[]),
        "keypoints": [value for row in rows for value in row],
        "num_keypoints": len(marked),
    }


def _measures(bounds: Sequence[float], area: float, *, segmentation: Any) -> dict[str, Any]:
    return {
        "bbox": [round(float(value), 2) for value in bounds],
        "area": round(float(area), 2),
        "segmentation": segmentation,
    }


def _row_of(rows: Mapping[int, dict[str, Any]], image_id: int) -> dict[str, Any]:
    if image_id not in rows:
        raise ValueError(f"image {image_id} is not among the images")
    return rows[image_id]
