from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.skill import HALF_LIFE_ANSWERS, Record, estimate, faded, learn, reaches

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HALF_A_YEAR = timedelta(days=180)


def known(right, wrong, **changes):
    return Record(right, wrong, round(right + wrong), NOW, **changes)


def test_without_answers_the_prior_speaks():
    found = estimate(record=Record(), now=NOW)
    assert found.mean == pytest.approx(0.6)
    assert (found.answers, found.weight) == (0, 0)
    assert found.low < 0.1


def test_an_estimate_by_hand():
    # Beta(92 + .9, 8 + .6): mean 92.9 / 101.5, standard deviation .0275; the 5 % point is 1.8 of these below it.
    found = estimate(record=known(92, 8), now=NOW)
    assert found.mean == pytest.approx(92.9 / 101.5)
    assert found.low == pytest.approx(0.866, abs=0.003)
    assert found.percent == 92


def test_half_a_year_halves_what_is_remembered_and_not_how_many_there_were():
    found = estimate(record=known(80, 20), now=NOW + HALF_A_YEAR)
    assert found.weight == pytest.approx(50)
    assert found.answers == 100
    assert found.low < estimate(record=known(80, 20), now=NOW).low


def test_what_comes_later_counts_more():
    record = Record()
    for part in [0.0] * 300 + [1.0] * 300:
        record = learn(record=record, right=part, wrong=1 - part, answers=1, now=NOW)
    assert record.answers == 600
    assert 0.55 < estimate(record=record, now=NOW).mean < 0.7
    early = learn(record=Record(), right=1, wrong=0, answers=1, now=NOW)
    late = learn(record=early, right=0, wrong=1, answers=1, now=NOW + HALF_A_YEAR)
    assert (late.right, late.wrong) == (pytest.approx(0.5, abs=0.01), 1)


def test_nobody_is_remembered_by_more_than_the_last_seven_hundred_answers():
    record = Record()
    for _ in range(300):
        record = learn(record=record, right=25, wrong=0, answers=25, now=NOW)
    assert record.right < HALF_LIFE_ANSWERS / 0.69 + 25


def test_three_lucky_answers_are_no_skill():
    lucky, proven = estimate(record=known(3, 0), now=NOW), estimate(record=known(95, 5), now=NOW)
    assert lucky.mean > 0.85
    assert not reaches(found=lucky, at_least=0.8)
    assert reaches(found=proven, at_least=0.8)
    assert not reaches(found=proven, at_least=0.8, answers=101)


parts = st.floats(0, 1000)


@when(parts, parts, st.floats(0, 2000))
def test_an_estimate_lies_between_0_and_1_and_time_makes_it_less_sure(right, wrong, days):
    early = estimate(record=known(right, wrong), now=NOW)
    later = estimate(record=known(right, wrong), now=NOW + timedelta(days=days))
    assert 0 <= later.low <= later.mean < 1
    assert later.weight <= early.weight
    assert abs(later.mean - 0.6) <= abs(early.mean - 0.6) + 1e-9


def test_a_clock_that_goes_back_makes_nothing_grow():
    assert faded(days=-3) == 1.0
    assert learn(record=known(5, 5), right=0, wrong=0, answers=0, now=NOW - HALF_A_YEAR).right == 5
