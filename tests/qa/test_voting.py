import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.voting import NEAR_TIE, Choice, adopts_ties, choose, exist, is_majority, is_tie, vote_any

votes_cast = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.5, 1.0, 2.0])), min_size=1, max_size=7)


def test_more_than_half_is_a_majority_and_exactly_half_is_not():
    assert is_majority(share=0.51)
    assert not is_majority(share=0.5)
    # Three tenths added up are a hair more than .3: rounding makes no majority.
    assert not is_majority(share=0.1 + 0.1 + 0.1 + 0.2)


def test_half_and_what_is_next_to_it_is_a_tie():
    assert is_tie(share=0.5)
    assert is_tie(share=0.5 - NEAR_TIE)
    assert is_tie(share=0.5 + NEAR_TIE)
    assert not is_tie(share=0.5 - NEAR_TIE - 0.001)
    assert not is_tie(share=0.5 + NEAR_TIE + 0.001)


def test_seven_heads_against_eight_are_no_tie():
    assert not is_tie(share=7 / 15)
    assert not is_tie(share=8 / 15)


def test_tied_objects_are_adopted_where_the_answers_agree_on_as_many_others():
    assert adopts_ties(shares=[1, 0.6, 0.5, 0.48, 0.2])
    assert not adopts_ties(shares=[1, 0.5, 0.48, 0.2])
    # A hair more than half is no agreement to lean on.
    assert not adopts_ties(shares=[0.51, 0.49])
    assert not adopts_ties(shares=[1, 0.51, 0.49])


def test_the_greatest_weight_wins_against_more_heads():
    assert choose(votes=[("day", 1), ("day", 1), ("night", 3)]) == Choice("night", 0.6, tied=False)


def test_between_equals_the_label_sets_order_decides_then_the_alphabet_and_it_is_said():
    votes = [("day", 1.0), ("night", 1.0)]
    assert choose(votes=votes, order=["night", "day"]) == Choice("night", 0.5, tied=True)
    assert choose(votes=votes) == Choice("day", 0.5, tied=True)


def test_without_any_weight_every_vote_counts_the_same():
    assert choose(votes=[("a", 0.0), ("b", 0.0), ("b", 0.0)]) == Choice("b", pytest.approx(2 / 3), tied=False)


def test_without_votes_there_is_no_choice():
    with pytest.raises(ValueError, match="at least one"):
        choose(votes=[])


@when(votes_cast, st.sampled_from([0.25, 8.0]))
def test_neither_the_order_of_votes_nor_the_scale_of_weights_matters(votes, scale):
    turned = [(option, weight * scale) for option, weight in reversed(votes)]
    one, other = choose(votes=votes), choose(votes=turned)
    assert (one.option, one.tied) == (other.option, other.tied)
    assert one.share == pytest.approx(other.share)


def test_each_tag_is_a_question_of_its_own():
    votes = [({"night", "rain"}, 1.0), ({"night"}, 1.0), (set(), 2.0)]
    assert vote_any(votes=votes, tags=["night", "rain", "fog"]) == {"night": 0.5, "rain": 0.25, "fog": 0.0}


def test_which_objects_exist():
    assert exist(shares=[1.0, 0.5, 0.2]) == [True, True, False]
    assert exist(shares=[1.0, 0.5, 0.5]) == [True, False, False]
    assert exist(shares=[]) == []
