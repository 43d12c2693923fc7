import numpy as np
import pytest

from marketplace.demo import packaging


@pytest.mark.parametrize("draw", [packaging.can, packaging.bag])
@pytest.mark.parametrize("design", range(7))
def test_an_item_fills_the_size_asked_for_and_leaves_its_ground_clear(draw, design):
    picture = draw(rng=np.random.default_rng(1), design=design, width=90, height=150)
    assert picture.size == (90, 150)
    assert picture.mode == "RGBA"
    solid = np.asarray(picture.getchannel("A")) > 127
    assert 0.7 < solid.mean() < 1.0
    rows, columns = np.nonzero(solid)
    assert rows.max() - rows.min() >= 145
    assert columns.max() - columns.min() >= 80


def test_a_can_is_lit_from_one_side_and_dark_at_both_edges():
    grey = np.asarray(packaging.can(rng=np.random.default_rng(1), design=0, width=90, height=150).convert("L"))
    column = grey[40:60].mean(axis=0)
    assert column[26] > column[2] * 1.3
    assert column[26] > column[87] * 1.3


def test_designs_differ():
    pictures = {packaging.bag(rng=np.random.default_rng(1), design=n, width=60, height=80).tobytes() for n in range(7)}
    assert len(pictures) == 7
