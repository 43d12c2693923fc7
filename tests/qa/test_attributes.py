import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.attributes import merge_attributes, texts_of
from tests.qa.answers import a_weight


def merged(*answers, weights=None):
    return merge_attributes(answers=answers, weights=weights or [1.0] * len(answers))


def test_options_go_to_the_greatest_weight_and_between_equals_to_the_alphabet():
    red, blue = {"colour": "red"}, {"colour": "blue"}
    assert merged(red, red, blue) == red
    assert merged(red, blue, weights=[3, 1]) == red
    assert merged(red, blue) == blue


def test_what_is_ticked_needs_more_than_half():
    assert merged({"hidden": True}, {"hidden": True}, {"hidden": False}) == {"hidden": True}
    assert merged({"hidden": True}, {"hidden": False}) == {"hidden": False}


def test_numbers_come_to_their_weighted_median():
    assert merged({"age": 10.0}, {"age": 12.0}, {"age": 90.0}) == {"age": 12.0}
    assert merged({"age": 10.0}, {"age": 20.0}, weights=[3, 1]) == {"age": 12.5}


def test_a_question_counts_as_answered_when_more_than_half_answered_it():
    assert merged({"age": 3.0}, {"age": 4.0}, {}) == {"age": 3.5}
    assert merged({"age": 3.0}, {}) == {}


def test_without_weight_all_count_the_same():
    assert merged({"on": True}, {"on": True}, {"on": False}, weights=[0, 0, 0]) == {"on": True}


def test_every_text_is_kept_beside_the_one_most_gave():
    answers = {"b": {"says": "STOP"}, "a": {"says": "STOP"}, "c": {"says": "SHOP", "other": 1.0}}
    assert merged(*answers.values()) == {"says": "STOP"}
    assert texts_of(answers=answers, texts=["says"]) == {"says": {"a": "STOP", "b": "STOP", "c": "SHOP"}}


value = st.fixed_dictionaries(
    {}, optional={"on": st.booleans(), "size": st.integers(0, 9).map(float), "kind": st.sampled_from(["a", "b"])}
)


@when(st.lists(st.tuples(value, a_weight), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_order_does_not_matter(pairs, chance):
    turned = chance.sample(pairs, len(pairs))
    found, again = (merged(*(v for v, _ in some), weights=[w for _, w in some]) for some in (pairs, turned))
    assert found == pytest.approx(again)


@when(value, st.integers(1, 5))
def test_identical_answers_are_themselves(answer, workers):
    assert merged(*[answer] * workers) == answer
