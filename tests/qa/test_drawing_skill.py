import math

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.drawing_skill import FINDS, INVENTS, STRAYS, DrawingSkill, chance_of

NOBODY = DrawingSkill()


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
def test_shares_and_weights_stay_within_their_bounds(counts):
    skill = DrawingSkill(*counts)
    assert 0 < skill.false_alarm < skill.recall < 1
    assert skill.vote > 0
    assert skill.care > 0
    assert DrawingSkill(*skill.counts) == skill


def test_the_chance_that_an_object_is_there_by_hand():
    # One of two drew it: ½ · 0.8 · 0.2 to ½ · 0.2 · 0.8.
    assert chance_of(drew={0}, workers=["a", "b"], skills={}, there=0.5) == pytest.approx(0.5)
    assert chance_of(drew={0, 1}, workers=["a", "b"], skills={}, there=0.5) == pytest.approx(16 / 17)
    assert chance_of(drew={0, 1}, workers=["a", "b"], skills={}, there=0.5, trust=0.5) == pytest.approx(4 / 5)
    assert chance_of(drew=set(), workers=[], skills={}, there=0.7) == pytest.approx(0.7)


def test_beside_a_vote_care_counts_as_far_as_the_vote_does():
    careful = DrawingSkill(strayed=1, drawn=100)
    assert careful.care_beside(weight=0.5) == pytest.approx(math.sqrt(careful.care / 2))
    assert careful.care_beside(weight=0.5) > NOBODY.care_beside(weight=0.5) > NOBODY.care_beside(weight=0.4)
    assert careful.care_beside(weight=0.0) == 0.0


def test_what_fades_tells_less_and_the_same():
    skill = DrawingSkill(found=90, overlooked=10, strayed=2, drawn=20)
    half = skill.faded(kept=0.5)
    assert (half.found, half.overlooked, half.strayed, half.drawn) == (45, 5, 1, 10)
    assert NOBODY.recall < half.recall < skill.recall
