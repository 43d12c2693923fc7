import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.geometry import rle
from qa.semantic import is_semantic, label_ious, vote_pixels
from tests.qa.answers import a_weight, area, box, mask

LABELS = ("road", "sky")


def split(picture):
    """From a picture of 0 (no label), 1, 2 the runs by label; a label without pixels is left out."""
    return {
        label: rle.runs_in(picture == number)
        for number, label in enumerate(LABELS, start=1)
        if (picture == number).any()
    }


def voted(pictures, weights):
    found = np.zeros(pictures[0].shape, dtype=int)
    for each in vote_pixels(answers=[split(picture) for picture in pictures], weights=weights):
        inside = rle.pixels_of(each.runs, height=found.shape[0], width=found.shape[1])
        assert not found[inside].any(), "no pixel has two labels"
        assert each.runs.tolist() == rle.runs_in(inside).tolist()
        found[inside] = 1 + LABELS.index(each.label)
    return found


def by_hand(pictures, weights):
    total = sum(weights)
    found = np.zeros(pictures[0].shape, dtype=int)
    for at in np.ndindex(found.shape):
        shares = [
            round(sum(w for p, w in zip(pictures, weights, strict=True) if p[at] == n) / total, 9) for n in (1, 2)
        ]
        if sum(shares) > 0.5 + 1e-8:
            found[at] = 1 if shares[0] >= shares[1] else 2
    return found


@when(st.lists(st.tuples(arrays(np.int8, (3, 4), elements=st.integers(0, 2)), a_weight), min_size=1, max_size=5))
def test_every_pixel_is_voted_on(pairs):
    pictures, weights = zip(*pairs, strict=True)
    assert (voted(pictures, weights) == by_hand(pictures, weights)).all()


@pytest.mark.parametrize(
    ("says", "weights", "adopted"),
    [
        ((1, 1, 2), (1, 1, 1), 1),
        ((1, 2, 2), (3, 1, 1), 1),
        ((1, 2, 0), (1, 1, 1), 1),  # two of three give a label; between equals the alphabet decides
        ((2, 0, 1, 2), (1, 1, 1, 1), 2),
        ((1, 0), (1, 1), 0),  # exactly half is not more
        ((1, 0, 0), (1, 1, 1), 0),
        ((2, 2, 2), (0, 0, 0), 2),
    ],
)
def test_who_wins_a_pixel(says, weights, adopted):
    pictures = [np.full((1, 1), number) for number in says]
    assert voted(pictures, weights)[0, 0] == adopted


def test_the_share_is_that_behind_each_pixels_decision():
    full, half = np.ones((1, 4), dtype=int), np.array([[1, 1, 0, 0]])
    (road,) = vote_pixels(answers=[split(full), split(half), split(half)], weights=[1, 1, 1])
    # Two pixels with all of the weight, two dropped by two thirds.
    assert road.share == pytest.approx((2 * 1 + 2 * 2 / 3) / 4)


def test_a_label_that_only_answers_without_weight_give_is_nowhere():
    """A worker who is not heard may paint what nobody else has; so may an answer that a person did not choose."""
    road, sky = vote_pixels(answers=[split(np.full((1, 4), 1)), split(np.full((1, 4), 2))], weights=[1, 0])
    assert (rle.area(road.runs), road.share) == (4, 1.0)
    assert (sky.label, rle.area(sky.runs), sky.share) == ("sky", 0, 1.0)


def test_no_masks_come_to_nothing():
    assert vote_pixels(answers=[{}, {}], weights=[1, 1]) == []


def test_masks_are_compared_by_label():
    own, adopted = [area(0, 0, 10, 10), area(20, 0, 10, 10, "bag")], [area(100, 0, 9, 9, "cup"), area(0, 0, 10, 5)]
    assert label_ious(own=own, adopted=adopted) == [(0, 1, pytest.approx(0.5))]


def test_only_semantic_masks_are_semantic():
    assert [is_semantic(shape) for shape in (area(0, 0, 5, 5), mask(0, 0, 5, 5), box(0, 0, 5, 5))] == [
        True,
        False,
        False,
    ]
