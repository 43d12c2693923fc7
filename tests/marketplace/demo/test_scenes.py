import io

import numpy as np
import pytest
from PIL import Image

from annotation.geometry import box_iou
from marketplace.demo import scenes


@pytest.fixture(scope="module")
def series():
    return [scenes.draw(seed=11, number=number) for number in range(8)]


def test_the_same_seed_and_number_draw_the_same_scene(series):
    again = scenes.draw(seed=11, number=3)
    assert again.truth == series[3].truth
    assert again.jpeg() == series[3].jpeg()


def test_other_numbers_and_other_seeds_draw_other_scenes(series):
    assert len({scene.jpeg() for scene in [*series, scenes.draw(seed=12, number=0)]}) == 9


def test_a_scene_holds_cans_and_bags_in_a_picture_of_a_handy_size(series):
    for scene in series:
        assert scene.image.size == (scene.truth.width, scene.truth.height)
        assert 640 <= scene.truth.width <= 800
        assert len(scene.truth.boxes) >= 2
    assert {box.label for scene in series for box in scene.truth.boxes} == {"can", "bag"}


def test_every_truth_box_lies_inside_its_picture_and_is_big_enough_to_see(series):
    for scene in series:
        for box in scene.truth.boxes:
            assert box.x >= 0 <= box.y
            assert box.x + box.w <= scene.truth.width
            assert box.y + box.h <= scene.truth.height
            assert min(box.w, box.h) >= 12


def test_truth_is_exact_around_an_item_that_stands_free(series):
    # Beside a free item the wall is smooth; inside its box there is print. So the box must end where the print does.
    scene = series[0]
    boxes = np.array([box.bbox for box in scene.truth.boxes])
    overlap = box_iou(boxes, boxes) - np.eye(len(boxes))
    free = [box for box, others in zip(scene.truth.boxes, overlap.max(axis=1), strict=True) if others == 0]
    assert free
    grey = np.asarray(scene.image.convert("L"), dtype=float)
    for box in free:
        inside = grey[int(box.y) + 4 : int(box.y + box.h) - 4, int(box.x) + 4 : int(box.x + box.w) - 4]
        assert inside.std() > 10


def test_some_items_are_partly_hidden_but_none_almost_wholly(series):
    hidden = 0
    for number in range(8):
        boxes = np.array([box.bbox for box in series[number].truth.boxes])
        hidden += int(((box_iou(boxes, boxes) - np.eye(len(boxes))).max(axis=1) > 0).sum())
    assert hidden


def test_the_tag_is_true_for_some_scenes_and_not_for_others(series):
    assert {scene.truth.tags for scene in series} == {(), (scenes.TAG,)}


def test_a_scene_can_be_written_as_a_file(series):
    for data, kind in ((series[0].png(), "PNG"), (series[0].jpeg(), "JPEG")):
        with Image.open(io.BytesIO(data)) as opened:
            assert (opened.format, opened.size) == (kind, series[0].image.size)
