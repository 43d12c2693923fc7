"""COCO files: loaded by the library everybody loads them with."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from annotation.formats.coco import CocoImage, CocoObject, CocoTag, dataset
from annotation.geometry import rle
from annotation.shapes import Box, Keypoints, LabelSpec, Mask, Polygon, Skeleton
from annotation.shapes.attributes import Attribute

IMAGES = [CocoImage(7, "a.jpg", 640, 480, {"digest": "ab" * 32}), CocoImage(9, "b.jpg", 100, 50)]
OBJECTS = [
    CocoObject(7, Box("WBC", (260, 177, 231, 199)), {"votes_for": 3, "votes_of": 3, "confidence": 0.98}),
    CocoObject(9, Box("RBC", (0.25, 0.5, 99.75, 49.5))),
    CocoObject(7, Box("RBC", (10, 10, 5.5, 2))),
]


def labels(*names):
    return [LabelSpec(name, frozenset({"box"})) for name in names]


CELLS = labels("RBC", "WBC")


def made(objects=OBJECTS, tags=(), labels=CELLS):
    return dataset(
        info={"description": "cells", "version": "1"}, labels=labels, images=IMAGES, objects=objects, tags=tags
    )


@pytest.fixture
def loaded(tmp_path):
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(made(tags=[CocoTag(9, "blurred", {"votes_for": 2})]), allow_nan=False))
    return COCO(path)


def test_pycocotools_loads_it(loaded, capsys):
    assert sorted(loaded.getImgIds()) == [7, 9]
    assert loaded.loadCats(loaded.getCatIds()) == [
        {"id": 1, "name": "RBC", "supercategory": ""},
        {"id": 2, "name": "WBC", "supercategory": ""},
    ]
    rows = loaded.loadAnns(loaded.getAnnIds())
    assert [row["id"] for row in rows] == [1, 2, 3]
    assert len({row["id"] for row in rows}) == 3
    by_id = {row["id"]: row for row in rows}
    assert by_id[1] == {
        "id": 1,
        "image_id": 7,
        "category_id": 2,
        "bbox": [260.0, 177.0, 231.0, 199.0],
        "area": 45969.0,
        "iscrowd": 0,
        "segmentation": [],
        "votes_for": 3,
        "votes_of": 3,
        "confidence": 0.98,
    }
    assert by_id[2]["area"] == pytest.approx(99.75 * 49.5, abs=0.01)
    assert loaded.getAnnIds(imgIds=[9], catIds=[1], iscrowd=False) == [2]
    assert loaded.getAnnIds(areaRng=[0, 12]) == [3]


def test_its_own_boxes_evaluate_to_a_perfect_score(loaded, capsys):
    found = [
        {"image_id": row["image_id"], "category_id": row["category_id"], "bbox": row["bbox"], "score": 0.9}
        for row in loaded.dataset["annotations"]
    ]
    evaluation = COCOeval(loaded, loaded.loadRes(found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1)


def test_tags_stand_at_their_image(loaded):
    assert [image["tags"] for image in loaded.loadImgs([7, 9])] == [[], [{"name": "blurred", "votes_for": 2}]]


def test_extra_keys_never_hide_cocos_own():
    row = made(objects=[CocoObject(7, Box("RBC", (1, 1, 2, 2)), {"id": 99, "note": "x"})])["annotations"][0]
    assert (row["id"], row["note"]) == (1, "x")


def test_numbers_of_numpy_become_plain_json():
    boxes = np.array([[1.5, 2, 3, 4]])
    assert json.dumps(made(objects=[CocoObject(7, Box("RBC", box)) for box in boxes]))


def test_a_dataset_without_objects_is_a_dataset():
    assert made(objects=[])["annotations"] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"objects": [CocoObject(7, Box("cat", (1, 1, 2, 2)))]}, "label 'cat' is no category"),
        ({"objects": [CocoObject(8, Box("RBC", (1, 1, 2, 2)))]}, "image 8 is not among the images"),
        ({"tags": [CocoTag(8, "blurred")]}, "image 8 is not among the images"),
        ({"labels": labels("RBC", "WBC", "RBC")}, "given twice"),
    ],
)
def test_what_does_not_hang_together_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        made(**change)


def test_two_images_of_one_id_are_refused():
    with pytest.raises(ValueError, match="given twice"):
        dataset(info={}, labels=[], images=[IMAGES[0], IMAGES[0]], objects=[], tags=[])


# --- all types of shape -----------------------------------------------------------------------------------------------

SPECS = [
    LabelSpec("roof", frozenset({"polygon"}), attributes=(Attribute("flat", "checkbox"),)),
    LabelSpec("sky", frozenset({"mask"})),
    LabelSpec(
        "face",
        frozenset({"keypoints"}),
        skeleton=Skeleton(
            ("nose", "left eye", "right eye"), (("nose", "right eye"),), (("left eye", "right eye"),), (1, 1, 1)
        ),
    ),
]
SKY = np.zeros((50, 100), dtype=bool)
SKY[:20, 10:40] = True
SKY[:5, 40:90] = True
SHAPES = [
    Polygon("roof", ((10, 10, 30, 10, 30, 30, 10, 30), (40, 5, 60, 5, 50, 15)), {"flat": True}),
    Mask("sky", "semantic", (50, 100), rle.encode(SKY)),
    Mask("sky", "instance", (50, 100), rle.encode(~SKY)),
    Keypoints("face", (10.0, 10.0, 2.0, 0.0, 0.0, 0.0, 20.5, 30.25, 1.0)),
]


@pytest.fixture
def all_types(tmp_path):
    path = tmp_path / "all.json"
    objects = [CocoObject(9, shape, {"confidence": 0.9}) for shape in SHAPES]
    path.write_text(json.dumps(made(objects=objects, labels=SPECS), allow_nan=False))
    return COCO(path)


def test_categories_tell_skeletons_by_number_from_one_and_the_attributes_asked_for(all_types, capsys):
    roof, sky, face = all_types.loadCats([1, 2, 3])
    assert sky == {"id": 2, "name": "sky", "supercategory": ""}
    assert face == {
        "id": 3, "name": "face", "supercategory": "", "keypoints": ["nose", "left eye", "right eye"],
        "skeleton": [[1, 3]], "flip_pairs": [[2, 3]], "sigmas": [1, 1, 1],
    }  # fmt: skip
    assert roof["attributes"][0]["name"] == "flat"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_polygons_and_masks_come_out_of_pycocotools_as_the_pixels_they_are(all_types, capsys):
    roof, semantic, instance, _ = all_types.loadAnns([1, 2, 3, 4])
    assert (roof["attributes"], roof["area"], roof["bbox"]) == ({"flat": True}, 500, [10, 5, 50, 25])
    pixels = all_types.annToMask(roof)
    assert pixels.sum() == pytest.approx(500, abs=40)
    assert pixels[20, 20]
    assert pixels[8, 50]
    assert (semantic["mode"], instance["mode"], semantic["iscrowd"], instance["iscrowd"]) == (
        "semantic",
        "instance",
        0,
        0,
    )
    assert np.array_equal(all_types.annToMask(semantic), SKY)
    assert np.array_equal(all_types.annToMask(instance), ~SKY)
    assert (semantic["area"], semantic["bbox"]) == (SKY.sum(), [10, 0, 80, 20])


def test_keypoints_carry_how_many_are_marked_and_the_box_around_them(all_types, capsys):
    [row] = all_types.loadAnns([4])
    assert row["keypoints"] == [10, 10, 2, 0, 0, 0, 20.5, 30.25, 1]
    assert [type(row["keypoints"][at]) for at in (2, 5, 8)] == [int] * 3
    assert (row["num_keypoints"], row["bbox"], row["segmentation"]) == (2, [10, 10, 10.5, 20.25], [])
    assert row["area"] == pytest.approx(10.5 * 20.25, abs=0.01)
    lone = made(objects=[CocoObject(9, Keypoints("face", (1, 2, 2, 0, 0, 0, 0, 0, 0)))], labels=SPECS)
    assert (lone["annotations"][0]["bbox"], lone["annotations"][0]["area"]) == ([1, 2, 0, 0], 1)


@pytest.mark.parametrize("kind", ["segm", "keypoints"])
def test_its_own_shapes_evaluate_to_a_perfect_score(all_types, capsys, kind):
    key = {"segm": "segmentation"}.get(kind, kind)
    rows = [row for row in all_types.dataset["annotations"] if row.get(key)]
    drawn = {"segmentation": all_types.annToRLE, "keypoints": lambda row: row["keypoints"]}[key]
    found = [{"image_id": 9, "category_id": row["category_id"], key: drawn(row), "score": 0.9} for row in rows]
    evaluation = COCOeval(all_types, all_types.loadRes(found), kind)
    evaluation.params.catIds = sorted({row["category_id"] for row in rows})
    if kind == "keypoints":
        evaluation.params.kpt_oks_sigmas = np.array([0.1, 0.1, 0.1])
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][..., 0, -1]
    assert precision[precision > -1].mean() == pytest.approx(1)
