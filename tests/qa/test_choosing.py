from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from annotation.shapes import Answer
from qa.choosing import AGREES, CHOSEN, DIFFERS, PERSON, choose, doubt_of, is_undecided
from qa.verdict import decide
from tests.qa.answers import HEIGHT, WIDTH, a_box, asks, box, boxes, given

CAN, NEAR, ELSEWHERE = (0, 0, 50, 50), (2, 0, 50, 50), (300, 200, 40, 40)


def adopted(outcome):
    return [(thing.label, thing.bbox) for thing in outcome.consensus.objects]


def test_the_one_that_is_picked_is_adopted_whatever_all_others_say():
    answers = [given("a", *boxes(CAN)), given("b", *boxes(CAN)), given("c", *boxes(ELSEWHERE, label="bag"))]
    outcome = choose(answers=answers, chosen=["c"], policy=asks())

    assert adopted(outcome) == [("bag", (300, 200, 40, 40))]
    assert outcome.consensus.objects[0].votes_for == 1
    assert outcome.consensus.objects[0].votes_of == 3
    assert [(v.key, v.accepted, v.reason) for v in outcome.verdicts] == [
        ("a", False, DIFFERS), ("b", False, DIFFERS), ("c", True, CHOSEN),
    ]  # fmt: skip
    assert "missed the only adopted object" in outcome.verdicts[0].explanation
    assert outcome.verdicts[0].evidence["missed"] == [0]
    assert (outcome.ask_more, outcome.disputed, outcome.lessons) == (False, False, {})


def test_several_are_merged_like_equal_votes_and_who_agrees_with_them_is_accepted_too():
    answers = [given("a", *boxes(CAN)), given("b", *boxes((4, 0, 50, 50))), given("c", *boxes(NEAR))]
    outcome = choose(answers=answers, chosen=["a", "b"], policy=asks())

    assert adopted(outcome) == [("can", (2, 0, 50, 50))]
    assert [v.reason for v in outcome.verdicts] == [CHOSEN, CHOSEN, AGREES]
    assert all(v.accepted for v in outcome.verdicts)


def test_a_persons_own_answer_is_adopted_and_every_other_is_held_against_it():
    own = Answer(WIDTH, HEIGHT, (), (box(*CAN), box(*ELSEWHERE)), empty=False)
    outcome = choose(answers=[given("a", *boxes(NEAR))], chosen=(), policy=asks(), own=own)

    assert adopted(outcome) == [("can", (0, 0, 50, 50)), ("can", (300, 200, 40, 40))]
    assert {source[0] for thing in outcome.consensus.objects for source in thing.sources} == {PERSON, "a"}
    assert [v.key for v in outcome.verdicts] == ["a"]
    assert outcome.consensus.agreement == outcome.verdicts[0].agreement < 1.0
    assert outcome.verdicts[0].evidence["missed"] == [1]


def test_tags_are_chosen_the_same_way():
    policy = asks(tags=["day", "night"], tag_choice="one")
    answers = [given("a", tags=["day"]), given("b", tags=["day"]), given("c", tags=["night"])]

    outcome = choose(answers=answers, chosen=["c"], policy=policy)

    assert [tag.label for tag in outcome.consensus.tags] == ["night"]
    assert [v.accepted for v in outcome.verdicts] == [False, False, True]


@for_all(st.lists(st.lists(a_box, max_size=3), min_size=1, max_size=4), st.data())
def test_a_picked_answer_is_adopted_box_by_box(crowd, data):
    answers = [given(str(n), *shapes) for n, shapes in enumerate(crowd)]
    picked = data.draw(st.sampled_from(answers))

    outcome = choose(answers=answers, chosen=[picked.key], policy=asks())

    wanted = sorted((shape.label, shape.bbox) for shape in picked.answer.shapes)
    assert sorted(adopted(outcome)) == wanted
    verdict = next(v for v in outcome.verdicts if v.key == picked.key)
    assert verdict.accepted
    assert outcome.consensus.empty == (not picked.answer.shapes)


def test_nothing_and_what_is_not_there_cannot_be_chosen():
    answers = [given("a", *boxes(CAN))]
    for nothing in ((), ("b",), ("a", "b")):
        with pytest.raises(ValueError, match="among the answers"):
            choose(answers=answers, chosen=nothing, policy=asks())


def test_votes_leave_an_image_undecided_when_they_scatter_or_are_less_sure_than_was_asked_for():
    clear = decide(answers=[given(key, *boxes(CAN)) for key in "abc"], policy=asks())
    scattered = decide(answers=[given("a", *boxes(CAN)), given("b", *boxes(ELSEWHERE))], policy=asks())
    alone = decide(answers=[given("a", *boxes(CAN))], policy=asks(target_confidence=0.9))

    assert not is_undecided(outcome=clear, policy=asks(target_confidence=0.9))
    assert is_undecided(outcome=scattered, policy=asks())
    assert is_undecided(outcome=alone, policy=asks(target_confidence=0.9))
    assert is_undecided(outcome=replace(clear, misses_target=True), policy=asks(target_error=0.1))


def test_the_worth_of_a_decision_grows_with_disagreement_answers_and_money_that_waits():
    assert doubt_of(agreement=1.0, answers=5, waiting=5) == 0
    assert doubt_of(agreement=0.75, answers=4, waiting=0) == 1.0
    assert doubt_of(agreement=0.75, answers=4, waiting=2) == 1.5
    assert doubt_of(agreement=0.5, answers=4, waiting=0) == 2.0
