"""Keypoints: as many as the skeleton has, marked, hidden or left out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes.keypoints import Keypoints
from annotation.shapes.problems import Checklist

EYES = [10, 10, 2, 20.126, 10, 1, 0, 0, 0]


def read(keypoints, *, points=3):
    checklist = Checklist()
    found = Keypoints.parse(
        {"keypoints": keypoints}, label="face", attributes={}, width=100, height=50, points={"face": points},
        where="shapes[0]", checklist=checklist,
    )  # fmt: skip
    return found, [(problem.field, problem.rule) for problem in checklist.problems]


def test_points_seen_hidden_and_left_out_are_taken():
    found, problems = read(EYES)
    assert not problems
    assert found == Keypoints("face", (10, 10, 2, 20.13, 10, 1, 0, 0, 0))
    assert found.vertices == 3


def test_half_a_pixel_outside_is_clipped():
    assert read([-0.5, -0.5, 2, 100.5, 50.5, 1, 0, 0, 0])[0].keypoints == (0, 0, 2, 100, 50, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("keypoints", "rule"),
    [
        (None, "type"),
        ({"nose": [1, 2]}, "type"),
        ([], "skeleton"),
        (EYES[:6], "skeleton"),
        ([*EYES, 1, 1, 2], "skeleton"),
        ([10, 10, 2, 20, "10", 1, 0, 0, 0], "finite"),
        ([10, 10, True, 20, 10, 1, 0, 0, 0], "finite"),
        ([10, math.inf, 2, 20, 10, 1, 0, 0, 0], "finite"),
        ([10, 10, 3, 20, 10, 1, 0, 0, 0], "visibility"),
        ([10, 10, 1.5, 20, 10, 1, 0, 0, 0], "visibility"),
        ([10, 10, -1, 20, 10, 1, 0, 0, 0], "visibility"),
        ([10, 10, 0, 20, 10, 1, 0, 0, 0], "visibility"),
        ([0, 0, 0] * 3, "nothing_marked"),
        ([101, 10, 2, 20, 10, 1, 0, 0, 0], "inside_image"),
        ([10, 10, 2, 20, -0.6, 1, 0, 0, 0], "inside_image"),
    ],
)
def test_what_does_not_fit_the_skeleton_or_the_image_is_refused_naming_the_rule(keypoints, rule):
    assert read(keypoints) == (None, [("shapes[0].keypoints", rule)])


marked = st.tuples(st.floats(-0.5, 100.5), st.floats(-0.5, 50.5), st.sampled_from([1, 2]))
points = st.lists(marked | st.just((0, 0, 0)), min_size=1, max_size=6)


@given(points)
def test_whatever_is_taken_reads_back_to_itself(points):
    found, _ = read([value for point in points for value in point], points=len(points))
    if found is None:
        assert not any(v for _, _, v in points)
        return
    assert read(found.as_json()["keypoints"], points=len(points))[0] == found
    assert Keypoints.read(found.as_json()) == found


def test_its_canonical_form_is_plain_json():
    assert Keypoints("face", (1.0, 2.0, 2.0)).as_json() == {
        "type": "keypoints", "label": "face", "attributes": {}, "keypoints": [1.0, 2.0, 2.0],
    }  # fmt: skip
