"""A job of all five types of label over the API: written, read, answered, read back."""

import numpy as np
import pytest

from annotation.geometry.rle import encode
from marketplace.drafting import as_data
from marketplace.models import Draft, Job

SKELETON = {
    "points": ["nose", "left eye", "right eye"],
    "edges": [["nose", "left eye"], ["nose", "right eye"]],
    "flip_pairs": [["left eye", "right eye"]],
    "sigmas": [0.026, 0.025, 0.025],
}
LABELS = [
    {"name": "night", "shapes": ["tag"]},
    {
        "name": "can",
        "shapes": ["box"],
        "attributes": [
            {"name": "dented", "type": "checkbox"},
            {"name": "metal", "type": "select", "options": ["tin", "steel"], "required": True},
            {"name": "rows", "type": "number", "range": [1, 9], "default": 1},
            {"name": "print", "type": "text"},
        ],
    },
    {"name": "roof", "shapes": ["polygon"]},
    {"name": "sky", "shapes": ["mask"]},
    {"name": "dog", "shapes": ["mask"]},
    {"name": "face", "shapes": ["keypoints"], "skeleton": SKELETON},
]


def mask(label, mode, left, right):
    pixels = np.zeros((90, 120), dtype=bool)
    pixels[:, left:right] = True
    return {"type": "mask", "label": label, "mode": mode, "segmentation": {"size": [90, 120], "counts": encode(pixels)}}


SHAPES = [
    {"type": "box", "label": "can", "attributes": {"metal": "tin", "print": "Cola"}, "bbox": [10, 10, 30, 20]},
    {"type": "polygon", "label": "roof", "segmentation": [[5, 5, 50, 5, 30, 40], [60, 5, 90, 5, 75, 40]]},
    mask("sky", "semantic", 0, 40),
    mask("dog", "instance", 30, 60),
    {"type": "keypoints", "label": "face", "keypoints": [60, 40, 2, 50, 30, 1, 0, 0, 0]},
]


@pytest.fixture
def job(world):
    return world.published(labels=LABELS)


def claim(world, job):
    return world.api(world.wei).post(f"/api/v1/jobs/{job.public_id}/claim/").json()


def test_labels_with_attributes_and_a_skeleton_are_posted_and_told_to_requester_and_worker(world):
    body = {"title": "All", "instructions": "Mark all.", "reward": "0.10", "labels": LABELS}
    reply = world.api(world.rita).post("/api/v1/jobs/", body)
    assert reply.status_code == 201
    labels = reply.json()["labels"]
    assert labels[5]["skeleton"] == SKELETON
    assert labels[1]["attributes"][:2] == [
        {"name": "dented", "type": "checkbox", "options": [], "required": False, "default": False, "range": None},
        {
            "name": "metal",
            "type": "select",
            "options": ["tin", "steel"],
            "required": True,
            "default": None,
            "range": None,
        },
    ]
    again = world.api(world.rita).put(f"/api/v1/jobs/{reply.json()['id']}/", {**body, "labels": labels})
    assert again.json()["labels"] == labels
    job = Job.objects.get()
    copy = world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/duplicate/").json()
    assert copy["labels"] == labels == as_data(job=job)["labels"]


def test_a_claim_tells_the_worker_what_is_asked(world, job):
    labels = claim(world, job)["labels"]
    assert labels == as_data(job=job)["labels"]
    assert world.api(world.wei).get(f"/api/v1/jobs/{job.public_id}/").json()["labels"] == labels


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"attributes": [{"name": "metal", "type": "select"}]}, "labels[0].attributes[0].options"),
        ({"attributes": [{"name": "metal", "type": "colour"}]}, "labels[0].attributes[0].type"),
        ({"skeleton": {"points": ["tip"]}}, "labels[0].skeleton"),
        ({"shapes": ["keypoints"]}, "labels[0].skeleton"),
        (
            {"shapes": ["keypoints"], "skeleton": {"points": ["a"], "edges": [["a", "b"]]}},
            "labels[0].skeleton.edges[0]",
        ),
        ({"shapes": ["cuboid"]}, "labels[0].shapes"),
    ],
)
def test_labels_that_make_no_sense_are_refused_naming_the_part(world, change, field):
    body = {
        "title": "All",
        "instructions": "x",
        "reward": "0.10",
        "labels": [{"name": "can", "shapes": ["box"], **change}],
    }
    reply = world.api(world.rita).post("/api/v1/jobs/", body)
    assert reply.status_code == 400
    assert field in [error["field"] for error in reply.json()["errors"]]


def test_all_types_of_shape_with_attributes_are_submitted_and_come_back(world, job):
    assignment = claim(world, job)["assignment"]
    address = f"/api/v1/assignments/{assignment}/"
    body = {"annotation": {"tags": ["night"], "shapes": SHAPES}}
    assert world.api(world.wei).post(f"{address}submit/", body).json()["state"] == "submitted"

    kept = world.api(world.wei).get(address).json()["annotation"]
    assert kept["tags"] == ["night"]
    assert kept["shapes"][0]["attributes"] == {"dented": False, "metal": "tin", "rows": 1.0, "print": "Cola"}
    assert kept["shapes"][1:] == [{**shape, "attributes": {}} for shape in SHAPES[1:]]
    repeat = world.api(world.wei).post(f"{address}submit/", {"annotation": kept})
    assert repeat.json()["state"] == "submitted"


@pytest.mark.parametrize(
    ("shape", "field", "rule"),
    [
        ({**SHAPES[0], "attributes": {}}, "shapes[0].attributes.metal", "required"),
        ({**SHAPES[0], "attributes": {"metal": "gold"}}, "shapes[0].attributes.metal", "attribute"),
        ({**SHAPES[1], "segmentation": [[5, 5, 50, 5]]}, "shapes[0].segmentation[0]", "vertices"),
        ({**SHAPES[1], "segmentation": [[5, 5, 50, 40, 50, 5, 5, 41]]}, "shapes[0].segmentation", "self_crossing"),
        ({**SHAPES[1], "segmentation": [[5, 5, 130, 5, 30, 40]]}, "shapes[0].segmentation[0]", "inside_image"),
        ({**SHAPES[2], "segmentation": {"size": [90, 120], "counts": "1"}}, "shapes[0].segmentation.counts", "rle"),
        ({**SHAPES[4], "keypoints": [1, 1, 2]}, "shapes[0].keypoints", "skeleton"),
        ({**SHAPES[4], "keypoints": [1, 1, 0, 1, 1, 2, 0, 0, 0]}, "shapes[0].keypoints", "visibility"),
    ],
)
def test_a_wrong_shape_is_refused_naming_it_and_the_rule_and_the_image_stays_with_the_worker(
    world, job, shape, field, rule
):
    assignment = claim(world, job)["assignment"]
    reply = world.api(world.wei).post(f"/api/v1/assignments/{assignment}/submit/", {"annotation": {"shapes": [shape]}})
    assert reply.status_code == 400
    assert (field, rule) in [(error["field"], error["rule"]) for error in reply.json()["errors"]]
    assert claim(world, job)["assignment"] == assignment


def test_a_draft_of_any_shapes_is_kept_as_it_is(world, job):
    assignment = claim(world, job)["assignment"]
    unfinished = {"shapes": [*SHAPES, {"type": "polygon", "label": "roof", "segmentation": [[1, 1]]}]}
    world.api(world.wei).put(f"/api/v1/assignments/{assignment}/draft/", {"annotation": unfinished})
    assert claim(world, job)["draft"] == {"revision": 1, "annotation": unfinished}
    assert Draft.objects.count() == 1
