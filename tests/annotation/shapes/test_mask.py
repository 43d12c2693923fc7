"""The mask: runs that fill the image, and nothing hidden in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from annotation.geometry import rle
from annotation.shapes.mask import Mask
from annotation.shapes.problems import Checklist

# 3 high, 4 wide, of which the second column: 3 outside, 3 inside, 6 outside.
COLUMN = {"type": "mask", "mode": "instance", "segmentation": {"size": [3, 4], "counts": "336"}}


def read(table, *, width=4, height=3):
    checklist = Checklist()
    found = Mask.parse(
        table, label="sky", attributes={}, width=width, height=height, points={}, where="shapes[0]", checklist=checklist
    )
    return found, [(problem.field, problem.rule) for problem in checklist.problems]


@pytest.mark.parametrize("mode", ["semantic", "instance"])
def test_a_mask_of_the_image_is_taken(mode):
    found, problems = read({**COLUMN, "mode": mode})
    assert not problems
    assert found == Mask("sky", mode, (3, 4), "336")
    assert found.runs.tolist() == [3, 3, 6]


def with_runs(counts, size=(3, 4)):
    return {**COLUMN, "segmentation": {"size": [*size], "counts": counts}}


@pytest.mark.parametrize(
    ("table", "field", "rule"),
    [
        ({**COLUMN, "mode": "panoptic"}, "mode", "choice"),
        ({**COLUMN, "mode": ["semantic"]}, "mode", "choice"),
        ({"segmentation": COLUMN["segmentation"]}, "mode", "choice"),
        ({"mode": "semantic"}, "segmentation", "type"),
        ({**COLUMN, "segmentation": [[1, 1, 2, 1, 2, 2]]}, "segmentation", "type"),
        ({**COLUMN, "segmentation": {**COLUMN["segmentation"], "bbox": []}}, "segmentation.bbox", "unknown_key"),
        (with_runs("336", (4, 3)), "segmentation.size", "same_image"),
        (with_runs("336", (3,)), "segmentation.size", "same_image"),
        ({**COLUMN, "segmentation": {"counts": "336"}}, "segmentation.size", "same_image"),
        (with_runs([3, 3, 6]), "segmentation.counts", "rle"),
        (with_runs(None), "segmentation.counts", "rle"),
        (with_runs("335"), "segmentation.counts", "rle"),
        (with_runs("3"), "segmentation.counts", "rle"),
        (with_runs("not a mask"), "segmentation.counts", "rle"),
        (with_runs("<"), "segmentation.counts", "empty_mask"),
    ],
)
def test_what_is_no_mask_of_the_image_is_refused_naming_the_rule(table, field, rule):
    assert (f"shapes[0].{field}", rule) in read(table)[1]


def test_a_short_text_for_a_hundred_million_pixels_is_refused_without_drawing_them():
    huge = rle.counts_of(np.array([1, 10**8 - 1]))
    assert read(with_runs(huge))[1] == [("shapes[0].segmentation.counts", "rle")]
    assert read(with_runs(huge, (10_000, 10_000)), width=10_000, height=10_000)[0].counts == huge


@given(arrays(bool, (7, 5)).filter(np.any))
def test_whatever_is_taken_reads_back_to_itself(mask):
    found, _ = read(with_runs(rle.encode(mask), (7, 5)), width=5, height=7)
    assert read(found.as_json(), width=5, height=7)[0] == found
    assert Mask.read(found.as_json()) == found
    assert np.array_equal(rle.decode(found.counts, height=7, width=5), mask)


def test_equal_masks_are_equal_also_when_stretches_of_no_length_were_sent():
    assert read(with_runs(rle.counts_of(np.array([3, 1, 0, 2, 6]))))[0] == read(COLUMN)[0]


def test_its_canonical_form_is_plain_json():
    assert Mask("sky", "instance", (3, 4), "336").as_json() == {**COLUMN, "label": "sky", "attributes": {}}
