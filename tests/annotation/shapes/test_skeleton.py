"""Skeletons as requesters write them."""

import pytest

from annotation.shapes.problems import Checklist
from annotation.shapes.skeleton import Skeleton, parse_skeleton

FACE = {
    "points": ["nose", "left eye", " right eye "],
    "edges": [["nose", "left eye"], ["nose", "right eye"]],
    "flip_pairs": [["left eye", "right eye"]],
    "sigmas": [0.026, 0.025, 0.025],
}


def read(value):
    checklist = Checklist()
    found = parse_skeleton(value, where="skeleton", checklist=checklist)
    return found, [(problem.field, problem.rule) for problem in checklist.problems]


def test_points_edges_flip_pairs_and_sigmas_are_read():
    assert read(FACE) == (
        Skeleton(
            ("nose", "left eye", "right eye"),
            (("nose", "left eye"), ("nose", "right eye")),
            (("left eye", "right eye"),),
            (0.026, 0.025, 0.025),
        ),
        [],
    )


def test_points_alone_are_enough():
    assert read({"points": ["tip"], "sigmas": None}) == (Skeleton(("tip",)), [])


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"colour": "red"}, ".colour", "unknown_key"),
        ({"points": []}, ".points", "required"),
        ({"points": None}, ".points", "type"),
        ({"points": ["nose", ""]}, ".points[1]", "required"),
        ({"points": ["nose", 5]}, ".points[1]", "required"),
        ({"points": ["nose", "a\nb"]}, ".points[1]", "plain_text"),
        ({"points": ["nose", "x" * 101]}, ".points[1]", "plain_text"),
        ({"points": ["nose", "nose"]}, ".points[1]", "duplicate"),
        ({"points": [f"{n}" for n in range(101)]}, ".points", "too_many"),
        ({"edges": {}}, ".edges", "type"),
        ({"edges": [["nose", "ear"]]}, ".edges[0]", "points"),
        ({"edges": [["nose", "nose"]]}, ".edges[0]", "points"),
        ({"edges": [["nose"]]}, ".edges[0]", "points"),
        ({"edges": [["nose", "left eye", "right eye"]]}, ".edges[0]", "points"),
        ({"edges": [["nose", ["left eye"]]]}, ".edges[0]", "points"),
        ({"edges": ["nose"]}, ".edges[0]", "points"),
        ({"edges": [[0, 1]]}, ".edges[0]", "points"),
        ({"edges": [["nose", "left eye"], ["left eye", "nose"]]}, ".edges[1]", "duplicate"),
        ({"edges": [["nose", "left eye"]] * 501}, ".edges", "too_many"),
        ({"flip_pairs": [["nose", "left eye"], ["left eye", "right eye"]]}, ".flip_pairs", "duplicate"),
        ({"sigmas": [0.1, 0.1]}, ".sigmas", "range"),
        ({"sigmas": [0.1, 0.1, 0]}, ".sigmas", "range"),
        ({"sigmas": [0.1, 0.1, 1.1]}, ".sigmas", "range"),
        ({"sigmas": [0.1, 0.1, "0.1"]}, ".sigmas", "range"),
        ({"sigmas": 0.1}, ".sigmas", "type"),
    ],
)
def test_a_skeleton_that_makes_no_sense_is_refused_naming_the_part(change, field, rule):
    assert (f"skeleton{field}", rule) in read({**FACE, **change})[1]


def test_what_is_no_object_is_refused():
    assert read(["nose"]) == (None, [("skeleton", "type")])


def test_its_written_form_reads_back_to_the_same():
    skeleton, _ = read(FACE)
    assert read(skeleton.as_json()) == (skeleton, [])
    assert Skeleton.read(skeleton.as_json()) == skeleton
