"""COCO files as answers: those of other programs, and our own releases."""

import json

import numpy as np
import pytest

from annotation.formats.coco import CocoImage, CocoObject, CocoTag, dataset
from annotation.formats.coco_reading import CocoRefused, read_coco
from annotation.geometry import polygons, rle
from annotation.shapes import Box, Keypoints, Limits, Mask, Polygon, parse_taxonomy

FACE = {"points": ["nose", "left eye"], "edges": [["nose", "left eye"]]}
PARK = parse_taxonomy(
    [
        {"name": "night", "shapes": ["tag"]},
        {"name": "car", "shapes": ["box"], "attributes": [{"name": "parked", "type": "checkbox"}]},
        {"name": "roof", "shapes": ["polygon"]},
        {"name": "sky", "shapes": ["mask"]},
        {"name": "face", "shapes": ["keypoints", "box"], "skeleton": FACE},
    ]
)
RING = [10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]
CATEGORIES = [{"id": n, "name": name} for n, name in enumerate(("car", "roof", "sky", "face", "cloud"), start=1)]


def coco(*annotations, image=None, **changes):
    image = {"id": 1, "file_name": "a.jpg", "width": 100, "height": 50, **(image or {})}
    rows = [{"id": n, "image_id": 1, **row} for n, row in enumerate(annotations)]
    return {"images": [image], "categories": CATEGORIES, "annotations": rows, **changes}


def read(*annotations, **changes):
    [found] = read_coco(coco(*annotations, **changes), taxonomy=PARK).images
    return found


def faults(*annotations, **changes):
    found = read(*annotations, **changes)
    assert found.answer is None
    return [(problem.field, problem.rule) for problem in found.problems]


def test_boxes_polygons_masks_and_keypoints_are_read_as_answers():
    pixels = np.zeros((50, 100), dtype=bool)
    pixels[3:9, 4:8] = True
    compressed = {"size": [50, 100], "counts": rle.encode(pixels)}
    plain = {"size": [50, 100], "counts": rle.runs_in(pixels).tolist()}
    found = read(
        {"category_id": 1, "bbox": [1, 2, 30, 40], "attributes": {"parked": True, "occluded": False}},
        {"category_id": 2, "segmentation": [RING], "bbox": [10, 10, 20, 20]},
        {"category_id": 3, "segmentation": compressed},
        {"category_id": 3, "segmentation": plain, "iscrowd": 0},
        {"category_id": 3, "segmentation": [RING]},
        {"category_id": 4, "keypoints": [5, 5, 2, 9, 9, 0], "num_keypoints": 1, "bbox": [1, 1, 5, 5]},
        {"category_id": 4, "keypoints": [0, 0, 0, 0, 0, 0], "num_keypoints": 0, "bbox": [1, 1, 5, 5]},
    )
    assert not found.problems
    assert (found.file_name, found.width, found.height) == ("a.jpg", 100, 50)
    sky = Mask("sky", "instance", (50, 100), rle.encode(pixels))
    assert found.answer.shapes == (
        Box("car", (1, 2, 30, 40), {"parked": True}),
        Polygon("roof", (tuple(RING),)),
        sky,
        sky,
        Mask("sky", "instance", (50, 100), polygons.rasterise([RING], height=50, width=100)),
        Keypoints("face", (5, 5, 2, 0, 0, 0)),
        Box("face", (1, 1, 5, 5)),
    )


def test_an_image_without_objects_says_that_there_is_nothing_to_mark():
    assert read().answer.empty


def test_categories_that_the_job_does_not_have_are_left_out_and_named():
    document = coco({"category_id": 5, "bbox": [1, 2, 30, 40]})
    found = read_coco(document, taxonomy=PARK)
    assert found.ignored == ("cloud",)
    assert found.images[0].answer.shapes == ()


def test_our_own_release_reads_back_to_what_was_released():
    sky = np.arange(5000).reshape(50, 100) % 7 == 0
    shapes = (
        Box("car", (1, 2, 30, 40), {"parked": True}),
        Polygon("roof", (tuple(RING), (40, 5, 60, 5, 50, 15))),
        Mask("sky", "semantic", (50, 100), rle.encode(sky)),
        Mask("sky", "instance", (50, 100), rle.encode(~sky)),
        Keypoints("face", (5.25, 5, 2, 0, 0, 0)),
    )
    made = dataset(
        info={}, labels=PARK.labels[1:], images=[CocoImage(7, "a.jpg", 100, 50)],
        objects=[CocoObject(7, shape, {"votes_for": 3}) for shape in shapes],
        tags=[CocoTag(7, "night", {"votes_for": 2})],
    )  # fmt: skip
    [found] = read_coco(json.loads(json.dumps(made)), taxonomy=PARK).images
    assert (found.problems, found.answer.shapes, found.answer.tags) == ((), shapes, ("night",))


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ({"category_id": 1, "bbox": [90, 2, 30, 40]}, "bbox", "inside_image"),
        ({"category_id": 1, "bbox": "large"}, "bbox", "finite"),
        ({"category_id": 1, "segmentation": [RING]}, "segmentation", "shape_type"),
        ({"category_id": 2, "bbox": [1, 2, 3, 4]}, "segmentation", "shape_type"),
        ({"category_id": 2, "segmentation": [RING[:4]]}, "segmentation[0]", "vertices"),
        ({"category_id": 2, "segmentation": [[10, 10, 30, 30, 30, 10, 10, 31]]}, "segmentation", "self_crossing"),
        ({"category_id": 3, "segmentation": [[1, 1, 2, 2, 1e9, 1]]}, "segmentation", "finite"),
        ({"category_id": 3, "segmentation": [[1, 1, 2, 2]]}, "segmentation", "finite"),
        ({"category_id": 3, "segmentation": [[1, 1, 2, 2, "3", 1]]}, "segmentation", "finite"),
        ({"category_id": 3, "segmentation": ["outline"]}, "segmentation", "finite"),
        ({"category_id": 3, "segmentation": {"size": [50, 100], "counts": "1"}}, "segmentation.counts", "rle"),
        ({"category_id": 3, "segmentation": {"size": [50, 100], "counts": [1, 2]}}, "segmentation", "rle"),
        ({"category_id": 3, "segmentation": {"size": [50, 100], "counts": [5001, -1]}}, "segmentation", "rle"),
        ({"category_id": 3, "segmentation": {"size": [50, 100], "counts": [2500.5, 2499.5]}}, "segmentation", "rle"),
        (
            {"category_id": 3, "segmentation": {"size": [100, 50], "counts": [0, 5000]}},
            "segmentation.size",
            "same_image",
        ),
        ({"category_id": 3, "segmentation": [RING], "mode": "panoptic"}, "mode", "choice"),
        ({"category_id": 4, "keypoints": [5, 5, 2]}, "keypoints", "skeleton"),
        ({"category_id": 4, "keypoints": "nose"}, "keypoints", "type"),
        ({"category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 1}, "iscrowd", "crowd"),
        ({"category_id": 1, "bbox": [1, 2, 3, 4], "attributes": {"parked": "yes"}}, "attributes.parked", "attribute"),
    ],
)
def test_what_cannot_be_an_answer_is_told_at_its_image_naming_the_annotation_and_the_rule(row, field, rule):
    assert (f"annotations[1].{field}", rule) in faults({"category_id": 5, "bbox": [0, 0, 1, 1]}, row)


def test_one_bad_image_does_not_spoil_the_others():
    document = coco({"category_id": 1, "bbox": [90, 2, 30, 40]})
    document["images"].append({"id": 2, "file_name": "b.jpg", "width": 100, "height": 50})
    bad, good = read_coco(document, taxonomy=PARK).images
    assert (bad.answer, good.answer.empty) == (None, True)


@pytest.mark.parametrize(
    ("image", "field"),
    [
        ({"file_name": ""}, "images[0].file_name"),
        ({"file_name": None}, "images[0].file_name"),
        ({"width": None}, "images[0]"),
        ({"width": 0}, "images[0]"),
        ({"width": True}, "images[0]"),
        ({"width": 20_000, "height": 20_000}, "images[0]"),
    ],
)
def test_an_image_without_name_or_size_has_no_answer(image, field):
    assert field in [where for where, _ in faults(image=image)]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (None, ""),
        ([], ""),
        ({}, "images"),
        (coco(images={}), "images"),
        (coco(images=["a.jpg"]), "images[0]"),
        (coco(images=[{"file_name": "a.jpg"}]), "images"),
        (coco(images=[{"id": 1}, {"id": 1}]), "images"),
        (coco(annotations=5), "annotations"),
        (coco(categories=None), "categories"),
        (coco(categories=[{"id": 1}]), "categories[0].name"),
        (coco(categories=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]), "categories[1].id"),
        (coco(categories=[{"id": [1], "name": "a"}]), "categories[0].id"),
        (coco({"category_id": 1, "image_id": 9}), "annotations[0].image_id"),
        (coco({"category_id": 9}), "annotations[0].category_id"),
        (coco({"category_id": {}}), "annotations[0].category_id"),
        (coco({"category_id": 1, "image_id": [1]}), "annotations[0].image_id"),
    ],
)
def test_what_is_no_dataset_is_refused_naming_the_place(document, field):
    with pytest.raises(CocoRefused) as caught:
        read_coco(document, taxonomy=PARK)
    assert field in [problem.field for problem in caught.value.problems]


def test_the_limits_of_answers_hold_here_too():
    rows = [{"category_id": 1, "bbox": [1, 2, 3, 4]}] * 3
    [found] = read_coco(coco(*rows), taxonomy=PARK, limits=Limits(shapes=2)).images
    assert found.problems[0].rule == "too_many_shapes"
