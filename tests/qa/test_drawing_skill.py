import json
import math

import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.drawing_skill import FINDS, INVENTS, STRAYS, DrawingSkill, chance_of, drawings_of, learn
from tests.qa.answers import FAR, area, asks, box, boxes, given, rectangle

NOBODY = DrawingSkill()


def of(**drawn):
    """One image: by worker the shapes they drew."""
    answers = [given(key, *shapes) for key, shapes in drawn.items()]
    return drawings_of(workers=list(drawn), answers=answers, policy=asks())


def test_who_is_not_known_draws_as_the_prior_says():
    assert NOBODY.recall == pytest.approx(FINDS[0] / sum(FINDS))
    assert NOBODY.false_alarm == pytest.approx(INVENTS[0] / sum(INVENTS))
    assert NOBODY.spread == pytest.approx(STRAYS[1])
    assert NOBODY.care == pytest.approx((1 - 0.2) / 0.1)
    # 0.8 / 0.2 found to invented, 0.8 / 0.2 left out to overlooked.
    assert NOBODY.vote == pytest.approx(math.sqrt(math.log(16)))


def test_counts_of_several_lessons_add_up():
    both = DrawingSkill(found=3, invented=1) + DrawingSkill(found=2, overlooked=5, strayed=0.5, drawn=2)
    assert both == DrawingSkill(found=5, overlooked=5, invented=1, strayed=0.5, drawn=2)
    assert both.recall == pytest.approx((5 + 4) / (10 + 5))
    assert both.spread == pytest.approx((0.5 + 0.4) / (2 + 4))


def test_a_worker_whose_drawing_means_nothing_has_next_to_no_vote():
    random = DrawingSkill(found=10, overlooked=90, invented=50, left_out=50)
    assert random.false_alarm < random.recall
    assert 0 < random.vote < 0.3 < NOBODY.vote


@when(st.lists(st.floats(0, 1e6), min_size=6, max_size=6))
def test_shares_and_weights_stay_within_their_bounds_and_come_back_from_json(counts):
    skill = DrawingSkill(*counts)
    assert 0 < skill.false_alarm < skill.recall < 1
    assert skill.vote > 0
    assert skill.care > 0
    assert DrawingSkill.from_json(json.loads(json.dumps(skill.as_json()))) == skill


def test_the_chance_that_an_object_is_there_by_hand():
    # One of two drew it: ½ · 0.8 · 0.2 to ½ · 0.2 · 0.8.
    assert chance_of(drew={0}, workers=["a", "b"], skills={}, there=0.5) == pytest.approx(0.5)
    assert chance_of(drew={0, 1}, workers=["a", "b"], skills={}, there=0.5) == pytest.approx(16 / 17)
    assert chance_of(drew={0, 1}, workers=["a", "b"], skills={}, there=0.5, trust=0.5) == pytest.approx(4 / 5)
    assert chance_of(drew=set(), workers=[], skills={}, there=0.7) == pytest.approx(0.7)


def crowd(seed=0, images=40):
    """a and b are careful, c overlooks half, d draws loosely, e invents."""
    chance = np.random.default_rng(seed)
    for _ in range(images):
        some = [FAR[i] for i in chance.permutation(len(FAR))[:3]]

        def drawn(keep=0.95, jitter=1.0, some=some):
            return boxes(*[(x + chance.normal(0, jitter), y, w, h) for x, y, w, h in some if chance.random() < keep])

        invented = box(*chance.uniform(100, 400, 2), 40, 40)
        yield of(a=drawn(), b=drawn(), c=drawn(keep=0.5), d=drawn(jitter=7.0), e=(*drawn(), invented))


def test_what_each_worker_does_is_found_out_without_the_truth():
    skills = learn(images=list(crowd()))
    assert skills["c"].recall < 0.65 < 0.85 < skills["a"].recall
    assert skills["e"].false_alarm > 0.5 > 0.2 > skills["a"].false_alarm
    assert skills["d"].spread > 2 * skills["a"].spread
    assert skills["d"].care < skills["a"].care
    assert max(skills["c"].vote, skills["e"].vote) < min(skills["a"].vote, skills["b"].vote)


def test_what_was_known_before_is_used_and_not_learnt_twice():
    images = list(crowd(images=5))
    known = learn(images=list(crowd(seed=1)))
    fresh = learn(images=images, known=known)
    drawn = sum(1 for image in images for group in image.groups for _ in group)
    assert sum(skill.found + skill.invented for skill in fresh.values()) == pytest.approx(drawn)


def test_no_images_teach_nothing():
    assert learn(images=[]) == {}


def test_neither_the_order_of_images_nor_that_of_workers_matters():
    images = list(crowd(images=6))
    skills = learn(images=images)
    again = learn(images=images[::-1])
    assert {name: skill.as_json() for name, skill in again.items()} == {
        name: pytest.approx(skill.as_json()) for name, skill in skills.items()
    }
    drawn = {"a": boxes(*FAR[:3]), "b": boxes(*FAR[1:4]), "c": boxes(FAR[0])}
    one, other = (learn(images=[of(**dict(sorted(drawn.items(), reverse=turn)))]) for turn in (False, True))
    assert all(one[name].as_json() == pytest.approx(other[name].as_json()) for name in drawn)


def test_shapes_of_any_type_teach():
    skills = learn(images=[of(a=[rectangle(0, 0, 50, 50)], b=[rectangle(5, 0, 50, 50)], c=[])])
    assert skills["a"].drawn == 1
    assert skills["a"].strayed == pytest.approx((1 - 45 / 55) / 2, abs=0.005)
    assert (skills["c"].drawn, skills["c"].found) == (0, 0)


def test_semantic_masks_of_a_label_teach_wherever_they_lie():
    skills = learn(images=[of(a=[area(0, 0, 50, 50)], b=[area(0, 0, 50, 50)], c=[area(300, 0, 50, 50)])] * 5)
    assert skills["c"].spread > 2 * skills["a"].spread
