"""Semantic masks share no pixel, and each label has one."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.geometry import rle
from annotation.shapes.box import Box
from annotation.shapes.mask import Mask
from annotation.shapes.problems import Checklist
from annotation.shapes.semantic import check_semantic_masks


def mask(pixels, label="sky", mode="semantic"):
    return Mask(label, mode, pixels.shape, rle.encode(pixels))


def problems(*shapes):
    checklist = Checklist()
    check_semantic_masks(list(enumerate(shapes)), checklist=checklist)
    return [(problem.field, problem.rule, problem.message) for problem in checklist.problems]


LEFT, RIGHT, ALL = (np.repeat([pair], 3, axis=0).astype(bool) for pair in ([1, 0], [0, 1], [1, 1]))


def test_masks_side_by_side_are_fine_and_instances_may_overlap_anything():
    assert not problems(mask(LEFT), mask(RIGHT, "sea"))
    assert not problems(
        mask(ALL), mask(ALL, "boat", "instance"), mask(ALL, "boat", "instance"), Box("car", (0, 0, 1, 1))
    )


def test_a_pixel_in_two_is_named_with_both_shapes():
    ((field, rule, told),) = problems(Box("car", (0, 0, 1, 1)), mask(RIGHT, "sea"), mask(ALL))
    assert (field, rule) == ("shapes[2].segmentation", "overlap")
    assert told == "overlaps the semantic mask shapes[1] of sea, first at x 1, y 0"


def test_a_label_has_one_semantic_mask():
    ((field, rule, _),) = problems(mask(LEFT), mask(RIGHT))
    assert (field, rule) == ("shapes[1].label", "one_semantic_mask")


@given(st.lists(arrays(bool, (5, 4)).filter(np.any), min_size=2, max_size=4))
def test_it_finds_what_looking_at_every_pixel_finds(masks):
    expected = any(np.any(one & other) for one, other in combinations(masks, 2))
    found = problems(*(mask(pixels, f"label {n}") for n, pixels in enumerate(masks)))
    assert bool(found) == expected
    if found:
        other, rest = found[0][0][7], found[0][2].split("shapes[")[1]
        x, y = (int(part.split(" ")[-1]) for part in rest.split("first at")[1].split(","))
        assert masks[int(other)][y, x]
        assert masks[int(rest[0])][y, x]
