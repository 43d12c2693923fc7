import numpy as np
from PIL import Image

from marketplace.demo import shelving


def test_a_wall_has_the_size_asked_for_and_is_no_plain_colour():
    wall = shelving.wall(rng=np.random.default_rng(1), style=0, width=320, height=240)
    assert wall.size == (320, 240)
    assert np.asarray(wall).std() > 3


def test_the_shadow_under_a_board_is_darkest_at_its_top():
    scene = Image.new("RGB", (40, 100), (200, 200, 200))
    shelving.recess(scene=scene, top=20, bottom=80)
    grey = np.asarray(scene.convert("L"))[:, 5]
    assert grey[19] == 200
    assert grey[20] < grey[50] < 200


def test_a_board_covers_its_edge_and_its_surface_and_nothing_else():
    scene = Image.new("RGB", (40, 100), (1, 2, 3))
    shelving.board(scene=scene, style=0, y=60, edge=12)
    untouched = (np.asarray(scene) == (1, 2, 3)).all(axis=(1, 2))
    assert not untouched[54:72].any()
    assert untouched[:54].all()
    assert untouched[72:].all()


def test_an_offer_has_a_yellow_price_card():
    for offer, yellow in ((True, True), (False, False)):
        scene = Image.new("RGB", (100, 60), (0, 0, 0))
        shelving.price_card(scene=scene, rng=np.random.default_rng(1), spot=(10, 10), height=30, offer=offer)
        assert ((255, 221, 64) in {color for _, color in scene.getcolors(100_000)}) is yellow


def test_the_sign_of_a_promotion_tells_which_pixels_it_covers():
    scene = Image.new("RGB", (200, 160), (240, 240, 240))
    mask = shelving.promotion(scene=scene, rng=np.random.default_rng(1), x=100, y=80, radius=40)
    assert mask.size == scene.size
    covered = np.asarray(mask) > 127
    assert 0.75 < covered.sum() / (np.pi * 40**2) < 1
    assert scene.getpixel((100, 47))[0] > 180
