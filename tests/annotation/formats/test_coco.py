"""COCO files: loaded by the library everybody loads them with."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from annotation.formats.coco import CocoImage, CocoObject, CocoTag, dataset

IMAGES = [CocoImage(7, "a.jpg", 640, 480, {"digest": "ab" * 32}), CocoImage(9, "b.jpg", 100, 50)]
OBJECTS = [
    CocoObject(7, "WBC", (260, 177, 231, 199), {"votes_for": 3, "votes_of": 3, "confidence": 0.98}),
    CocoObject(9, "RBC", (0.25, 0.5, 99.75, 49.5)),
    CocoObject(7, "RBC", (10, 10, 5.5, 2)),
]


def made(objects=OBJECTS, tags=(), categories=("RBC", "WBC")):
    return dataset(
        info={"description": "cells", "version": "1"}, categories=categories, images=IMAGES, objects=objects, tags=tags
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
    row = made(objects=[CocoObject(7, "RBC", (1, 1, 2, 2), {"id": 99, "note": "x"})])["annotations"][0]
    assert (row["id"], row["note"]) == (1, "x")


def test_numbers_of_numpy_become_plain_json():
    boxes = np.array([[1.5, 2, 3, 4]])
    assert json.dumps(made(objects=[CocoObject(7, "RBC", box) for box in boxes]))


def test_a_dataset_without_objects_is_a_dataset():
    assert made(objects=[])["annotations"] == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"objects": [CocoObject(7, "cat", (1, 1, 2, 2))]}, "label 'cat' is no category"),
        ({"objects": [CocoObject(8, "RBC", (1, 1, 2, 2))]}, "image 8 is not among the images"),
        ({"tags": [CocoTag(8, "blurred")]}, "image 8 is not among the images"),
        ({"categories": ("RBC", "WBC", "RBC")}, "given twice"),
    ],
)
def test_what_does_not_hang_together_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        made(**change)


def test_two_images_of_one_id_are_refused():
    with pytest.raises(ValueError, match="given twice"):
        dataset(info={}, categories=[], images=[IMAGES[0], IMAGES[0]], objects=[], tags=[])
