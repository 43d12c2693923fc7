"""A quote while a job is still being typed."""

import pytest

from marketplace.estimating import estimate


def typed(**changes):
    return {"reward": "0.10", "overlap_min": "2", "overlap_max": "3", "images": "10", **changes}


def test_the_estimate_is_the_quote_of_what_is_typed():
    found = estimate(typed=typed())
    assert (found.quote.images, found.quote.expected, found.quote.at_most) == (10, 2_400_000, 3_600_000)
    assert found.missing == ""


def test_the_estimate_follows_the_platforms_fee(settings):
    settings.PLATFORM_FEE_BPS = 0
    assert estimate(typed=typed()).quote.at_most == 3_000_000


def test_it_says_what_the_reward_pays_an_hour_and_whether_that_is_fair(settings):
    settings.FAIR_PAY_HOURLY = "8.00"
    assert estimate(typed=typed()).hourly == ((15, 24_000_000, True), (30, 12_000_000, True), (60, 6_000_000, False))


def test_pay_right_at_the_floor_is_fair(settings):
    settings.FAIR_PAY_HOURLY = "6.00"
    assert estimate(typed=typed()).hourly[-1] == (60, 6_000_000, True)


def test_no_maximum_means_the_minimum_and_no_images_a_hundred():
    found = estimate(typed=typed(overlap_max="", images="")).quote
    assert found.expected == found.at_most
    assert found.images == 100


@pytest.mark.parametrize("reward", ["", " ", "0", "0.", "-1", "1e3", "nan", "²", "1001", "0.0000001"])
def test_half_a_reward_says_what_is_missing(reward):
    found = estimate(typed=typed(reward=reward))
    assert found.quote is None
    assert found.missing
    assert found.hourly == ()


@pytest.mark.parametrize(
    "overlap",
    [{"overlap_min": ""}, {"overlap_min": "0"}, {"overlap_min": "51"}, {"overlap_min": "²"}],
)
def test_half_an_overlap_says_what_is_missing(overlap):
    found = estimate(typed=typed(**overlap))
    assert found.quote is None
    assert "how many answers" in found.missing


def test_a_maximum_below_the_minimum_is_pointed_out():
    assert estimate(typed=typed(overlap_min="4")).missing == "At most cannot be below the 4 answers per image."


def test_nothing_typed_is_no_mistake():
    assert estimate(typed={}).quote is None


def test_known_answers_are_part_of_it():
    more = estimate(typed=typed(gold_share="0.25", gold_onboarding="2")).quote
    # A quarter of what is handed out beside 30 answers, and two each for twenty who begin.
    assert more.gold == 10 + 40
    assert more.at_most == 3_600_000 + 50 * 120_000
    for half_a_number in ("0.", "x", "0.9", "nan"):
        assert estimate(typed=typed(gold_share=half_a_number)).quote.gold == 0
