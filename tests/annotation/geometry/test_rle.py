"""Masks as runs: the same text as pycocotools, and nothing else is taken for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as pycocotools

from annotation.geometry import rle

# Their decoder hands NumPy an array in a way that NumPy has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

masks = st.tuples(st.integers(1, 24), st.integers(1, 24)).flatmap(lambda size: arrays(bool, size))


def theirs(mask):
    return pycocotools.encode(np.asfortranarray(mask.astype(np.uint8)))


def test_a_mask_by_hand():
    mask = np.array([[0, 1, 1], [0, 1, 0]], dtype=bool)  # down the columns: 0 0 1 1 1 0
    runs = rle.runs_in(mask)
    assert runs.tolist() == [2, 3, 1]
    assert rle.counts_of(runs) == "231"
    assert (rle.area(runs), rle.bounds(runs, height=2)) == (3, (1, 0, 2, 2))
    assert [side.tolist() for side in rle.spans(runs)] == [[2], [5]]


@given(masks)
def test_text_area_and_bounds_are_those_of_pycocotools_and_read_back_to_the_mask(mask):
    height, width = mask.shape
    counts = rle.encode(mask)
    known = theirs(mask)
    assert counts == known["counts"].decode()
    assert np.array_equal(rle.decode(counts, height=height, width=width), mask)
    runs = rle.runs_of(counts, height=height, width=width)
    assert rle.counts_of(runs) == counts
    assert rle.area(runs) == pycocotools.area(known)
    assert list(rle.bounds(runs, height=height)) == pycocotools.toBbox(known).tolist()


@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=40))
def test_long_runs_are_written_as_pycocotools_writes_them(lengths):
    runs = np.array([lengths[0], *(1 + each for each in lengths[1:])])
    height, width = int(runs.sum()) or 1, 1
    if not runs.sum():
        runs = np.array([1])
    counts = rle.counts_of(runs)
    theirs = pycocotools.frPyObjects({"size": [height, width], "counts": runs.tolist()}, height, width)
    assert counts == theirs["counts"].decode()
    assert rle.runs_of(counts, height=height, width=width).tolist() == runs.tolist()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_stretches_of_no_length_are_joined_so_that_equal_masks_have_equal_text(lengths):
    pixels = [inside for number, length in enumerate(lengths) for inside in [number % 2] * length] or [0]
    lengths = lengths if sum(lengths) else [1]
    mask = np.array(pixels, dtype=bool).reshape(-1, 1)
    counts = rle.counts_of(np.array(lengths))
    runs = rle.runs_of(counts, height=len(pixels), width=1)
    assert runs.tolist() == rle.runs_in(mask).tolist()
    assert rle.shortest(counts, runs) == rle.encode(mask)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ("", "is empty"),
        ("33", "sums to 6 pixels; 3 × 4 are 12"),
        ("0<3", "sums"),
        (" ", "characters"),
        ("é", "characters"),
        ("p", "characters"),
        ("3Q", "middle of a number"),
        ("Q", "middle of a number"),
        ("3" * 92, "longer than 13 runs"),
        ("QQQQQQQ0", "more than 35 bits"),
        ("\\0", "longer than it is"),
        ("3O96", "negative"),
    ],
)
def test_anything_else_is_refused_saying_why(counts, told):
    with pytest.raises(ValueError, match=told):
        rle.runs_of(counts, height=4, width=3)


@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=12))
def test_no_text_whatever_is_read_otherwise_than_as_a_mask_of_the_size_or_refused(text):
    try:
        runs = rle.runs_of(text, height=5, width=7)
    except ValueError:
        return
    assert runs.sum() == 35
    assert (runs[1:] > 0).all()
    again = rle.counts_of(runs)
    assert np.array_equal(pycocotools.decode({"size": [5, 7], "counts": again}), rle.decode(text, height=5, width=7))


def test_a_short_text_for_a_hundred_million_pixels_costs_next_to_nothing():
    runs = rle.runs_of(rle.counts_of(np.array([10_000, 99_980_000, 10_000])), height=10_000, width=10_000)
    assert rle.area(runs) == 99_980_000
    assert rle.bounds(runs, height=10_000) == (1, 0, 9_998, 10_000)
    assert runs.nbytes < 100
