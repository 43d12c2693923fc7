import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.likeness import likeness
from qa.peers import compare_peers
from qa.tagging import Tagged
from qa.verdict import decide
from tests.qa.answers import (
    FAR,
    a_weight,
    area,
    asks,
    box,
    boxes,
    crowds,
    given,
    mask,
    mixed_crowds,
    points,
    rectangle,
)

EVERYTHING = box(0, 0, 640, 480)


def verdict(outcome, key):
    return next(each for each in outcome.verdicts if each.key == key)


def test_a_lone_answer_is_adopted_and_accepted():
    outcome = decide(answers=[given("a", *boxes(*FAR))], policy=asks(min_overlap=1, max_overlap=1))
    (only,) = outcome.verdicts
    assert [thing.bbox for thing in outcome.consensus.objects] == list(FAR)
    assert (only.accepted, only.agreement, only.reason) == (True, 1, "only_answer")
    assert not outcome.disputed
    assert not outcome.ask_more
    assert outcome.lessons == {}


def test_answers_that_agree_are_accepted():
    outcome = decide(answers=[given(key, *boxes(*FAR)) for key in "abc"], policy=asks())
    assert all(each.accepted and each.reason == "agrees" and each.agreement == 1 for each in outcome.verdicts)
    assert (outcome.disputed, outcome.consensus.agreement, outcome.consensus.confidence) == (False, 1, 1)


@pytest.mark.parametrize("spam", [(), (EVERYTHING,), boxes((10, 300, 40, 40), (90, 400, 30, 30))])
def test_spam_among_answers_that_agree_is_rejected_with_its_evidence(spam):
    outcome = decide(answers=[given("a", *boxes(*FAR)), given("b", *boxes(*FAR)), given("spam", *spam)], policy=asks())
    rejected = verdict(outcome, "spam")
    assert (rejected.accepted, rejected.reason, rejected.agreement) == (False, "low_agreement", 0)
    assert rejected.evidence["missed"] == [0, 1, 2, 3, 4, 5]
    assert rejected.evidence["extra"] == list(range(len(spam)))
    assert rejected.explanation.startswith("You missed all 6 adopted objects")
    assert verdict(outcome, "a").accepted
    assert not outcome.disputed


def test_two_answers_that_differ_reject_nobody_whatever_their_weights():
    for weight in (1, 1.01, 100):
        crowd = [given("a", *boxes(*FAR[:3]), weight=weight), given("b", *boxes(*FAR[3:]))]
        outcome = decide(answers=crowd, policy=asks(min_overlap=2, max_overlap=2))
        assert all(each.accepted for each in outcome.verdicts)
        assert outcome.disputed
        assert verdict(outcome, "b").reason == "no_clear_consensus"


def test_when_the_answers_scatter_nobody_is_rejected_and_the_image_is_disputed():
    crowd = [given("a", *boxes(*FAR[:2])), given("b", *boxes(*FAR[2:4])), given("c", *boxes(*FAR[4:]))]
    outcome = decide(answers=crowd, policy=asks())
    assert all(each.accepted and each.reason == "no_clear_consensus" for each in outcome.verdicts)
    assert outcome.disputed


def test_the_policy_says_from_where_on_an_answer_is_low_and_a_consensus_clear():
    crowd = [given("a", *boxes(*FAR)), given("b", *boxes(*FAR)), given("c", *boxes(*FAR[:2]))]
    # c finds 2 of 6: F1 is 4 / 8.
    assert verdict(decide(answers=crowd, policy=asks()), "c").accepted
    assert not verdict(decide(answers=crowd, policy=asks(accept_agreement=0.51)), "c").accepted
    assert all(each.accepted for each in decide(answers=crowd, policy=asks(accept_agreement=0)).verdicts)


def test_a_clear_consensus_is_as_clear_as_the_policy_wants():
    crowd = [given("a", *boxes(*FAR)), given("b", *boxes(*FAR[:5])), given("c")]
    assert not verdict(decide(answers=crowd, policy=asks(clear_agreement=0.9)), "c").accepted
    unclear = decide(answers=crowd, policy=asks(clear_agreement=1.0))
    assert verdict(unclear, "c").accepted
    assert unclear.disputed


def test_a_tie_for_the_one_tag_is_disputed():
    crowd = [given("a", tags=["day"]), given("b", tags=["night"])]
    outcome = decide(answers=crowd, policy=asks(tag_choice="one", tags=["day", "night"]))
    assert outcome.disputed
    assert all(each.accepted for each in outcome.verdicts)


def test_a_tie_is_disputed_even_when_every_answer_is_good_enough():
    crowd = [given("a", *boxes(*FAR), tags=["day"]), given("b", *boxes(*FAR), tags=["night"])]
    outcome = decide(answers=crowd, policy=asks(tag_choice="one", tags=["day", "night"]))
    assert [each.reason for each in outcome.verdicts] == ["agrees", "agrees"]
    assert outcome.disputed


def test_a_wrong_tag_is_rejected_where_the_others_agree():
    crowd = [given("a", tags=["day"]), given("b", tags=["day"]), given("c", tags=["night"])]
    outcome = decide(answers=crowd, policy=asks(tag_choice="one", tags=["day", "night"]))
    rejected = verdict(outcome, "c")
    assert (rejected.accepted, rejected.explanation) == (False, "You chose night where day was adopted.")
    assert (rejected.evidence["tags_missing"], rejected.evidence["tags_extra"]) == (["day"], ["night"])


def test_one_wrong_tag_beside_six_right_boxes_is_one_mistake_in_seven():
    right = {"tags": ["day"]}
    crowd = [given("a", *boxes(*FAR), **right), given("b", *boxes(*FAR), **right), given("c", *boxes(*FAR))]
    assert verdict(decide(answers=crowd, policy=asks(tags=["day"])), "c").agreement == pytest.approx(6 / 7, abs=1e-6)


def test_one_lucky_tag_does_not_carry_a_picture_of_missed_objects():
    right = {"tags": ["day"]}
    crowd = [given("a", *boxes(*FAR), **right), given("b", *boxes(*FAR), **right), given("c", **right)]
    assert not verdict(decide(answers=crowd, policy=asks(tags=["day"])), "c").accepted


def test_tags_alone_are_judged_as_tags_alone():
    crowd = [given("a", tags=["day"]), given("b", tags=["day"]), given("c", tags=["rain"])]
    outcome = decide(answers=crowd, policy=asks(tags=["day", "rain"]))
    assert verdict(outcome, "c").agreement == 0
    assert not outcome.consensus.empty


def test_one_more_answer_is_asked_for_until_the_target_or_the_maximum_is_reached():
    policy = asks(min_overlap=1, max_overlap=4, target_confidence=0.9)
    same = [given(key, *boxes(*FAR)) for key in "abc"]
    assert decide(answers=same[:1], policy=policy).ask_more
    assert not decide(answers=same, policy=policy).ask_more
    differing = [given("a", *boxes(*FAR)), given("b", *boxes(*FAR[:4])), given("c", *boxes(*FAR[:2]))]
    assert decide(answers=differing, policy=policy).ask_more
    assert not decide(answers=[*differing, given("d", *boxes(*FAR))], policy=policy).ask_more


def test_a_dispute_asks_for_one_more_answer_where_the_job_allows_it():
    crowd = [given("a", *boxes(*FAR[:3])), given("b", *boxes(*FAR[3:]))]
    assert decide(answers=crowd, policy=asks(min_overlap=2, max_overlap=3)).ask_more
    assert not decide(answers=crowd, policy=asks(min_overlap=2, max_overlap=2)).ask_more


def test_evidence_names_own_shapes_and_adopted_objects_by_index():
    crowd = [
        given("a", *boxes(*FAR[:3])),
        given("b", *boxes(*FAR[:3])),
        given("c", *boxes(FAR[5], FAR[2]), box(*FAR[0], "bag")),
    ]
    evidence = verdict(decide(answers=crowd, policy=asks()), "c").evidence
    assert evidence["matches"] == [[1, 2, 1.0]]
    assert evidence["wrong_label"] == [[2, 0, 1.0]]
    assert (evidence["missed"], evidence["extra"]) == ([1], [0])


def test_lessons_are_the_agreement_with_the_others():
    crowd = [given("a", *boxes(*FAR), weight=100), given("b", weight=1)]
    outcome = decide(answers=crowd, policy=asks(min_overlap=2, max_overlap=2))
    assert verdict(outcome, "a").agreement == 1
    assert outcome.lessons == {"a": 0, "b": 0}


def test_what_is_stored_is_plain_json():
    outcome = decide(answers=[given(key, *boxes(*FAR), tags=["day"]) for key in "abc"], policy=asks(tags=["day"]))
    body = outcome.consensus.as_json()
    assert json.loads(json.dumps(body)) == body
    assert body["objects"][0] == {
        "type": "box",
        "label": "can",
        "bbox": [0, 0, 50, 50],
        "votes_for": 3,
        "votes_of": 3,
        "confidence": 1.0,
        "sources": [["a", 0], ["b", 0], ["c", 0]],
    }
    assert body["tags"] == [{"label": "day", "votes_for": 3, "votes_of": 3, "confidence": 1.0}]
    assert json.loads(json.dumps(outcome.verdicts[0].evidence)) == outcome.verdicts[0].evidence


def test_there_is_nothing_to_decide_without_answers_or_between_answers_of_one_key():
    with pytest.raises(ValueError, match="without answers"):
        decide(answers=[], policy=asks())
    with pytest.raises(ValueError, match="key of its own"):
        decide(answers=[given("a"), given("a")], policy=asks())


@when(crowds(), st.randoms(use_true_random=False), st.sampled_from([0.25, 16.0]))
def test_neither_order_nor_scale_of_weights_changes_an_outcome(crowd, chance, scale):
    policy = asks(tags=["night", "rain"], max_overlap=6)
    turned = [given(each.key, *each.answer.shapes, tags=each.answer.tags, weight=each.weight * scale) for each in crowd]
    chance.shuffle(turned)
    assert decide(answers=turned, policy=policy) == decide(answers=crowd, policy=policy)


@when(crowds())
def test_a_rejection_always_has_a_rule_and_two_witnesses(crowd):
    policy = asks()
    outcome = decide(answers=crowd, policy=policy)
    for each in outcome.verdicts:
        others = [other.agreement for other in outcome.verdicts if other is not each]
        assert 0 <= each.agreement <= 1
        assert each.explanation.endswith(".")
        if not each.accepted:
            assert each.reason == "low_agreement"
            assert each.agreement < policy.accept_agreement
            assert len(others) >= 2
            assert sum(others) / len(others) >= policy.clear_agreement


def test_fifteen_boxes_of_three_answers_are_judged_in_milliseconds():
    grid = [(x * 100.0, y * 100.0, 80.0, 80.0) for x in range(5) for y in range(3)]
    crowd = [given(key, *boxes(*[(x + n, y + n, w, h) for x, y, w, h in grid])) for n, key in enumerate("abc")]
    best = min(_seconds(crowd) for _ in range(10))
    assert best < 0.02  # about 0.002 on a quiet machine


def _seconds(crowd) -> float:
    start = time.perf_counter()
    decide(answers=crowd, policy=asks())
    return time.perf_counter() - start


EVERY_TYPE = (box(*FAR[0]), rectangle(*FAR[1]), mask(*FAR[2]), area(*FAR[3]), points((420, 10, 2), (440, 40, 1)))


def test_answers_of_all_types_at_once_are_judged():
    crowd = [
        given("a", *EVERY_TYPE),
        given("b", *EVERY_TYPE[::-1]),
        given("c", *EVERY_TYPE[:2], area(*FAR[5]), mask(*FAR[2], "bag")),
    ]
    outcome = decide(answers=crowd, policy=asks())
    adopted = [(thing.type, thing.label, thing.votes_for) for thing in outcome.consensus.objects]
    assert adopted == [
        ("box", "can", 3),
        ("polygon", "can", 3),
        ("mask", "can", 2),
        ("keypoints", "can", 2),
        ("mask", "can", 3),
    ]
    evidence = verdict(outcome, "c").evidence
    assert (evidence["matches"], evidence["wrong_label"]) == ([[0, 0, 1.0], [1, 1, 1.0], [2, 4, 0.0]], [[3, 2, 1.0]])
    assert (evidence["missed"], evidence["extra"]) == ([3], [])
    # Two matches, one label wrong, one object missed: 2 · 2 / 7 of four judgements; and nothing of the semantic one.
    assert verdict(outcome, "c").agreement == pytest.approx((4 / 7 * 4 + 0) / 5, abs=1e-6)
    assert verdict(outcome, "a").agreement == verdict(outcome, "b").agreement == 1


def test_what_is_stored_of_each_type_has_the_shapes_own_keys():
    outcome = decide(answers=[given(key, *EVERY_TYPE) for key in "abc"], policy=asks())
    body = outcome.consensus.as_json()
    assert json.loads(json.dumps(body)) == body
    votes = {"votes_for": 3, "votes_of": 3, "confidence": 1.0}
    for told in body["objects"]:
        (shape,) = [each for each in EVERY_TYPE if each.as_json().items() <= ({"attributes": {}} | told).items()]
        assert told["sources"] == [[key, EVERY_TYPE.index(shape)] for key in "abc"]
        assert votes.items() <= told.items()
    assert len(body["objects"]) == len(EVERY_TYPE)


def test_what_is_said_in_words_is_kept_for_every_answer():
    sign = [replace(box(*FAR[0]), attributes={"says": says, "lit": True}) for says in ("STOP", "SHOP", "STOP")]
    crowd = [given(key, each) for key, each in zip("abc", sign, strict=True)]
    policy = asks(texts={"can": ["says"]})
    (thing,) = decide(answers=crowd, policy=policy).consensus.as_json()["objects"]
    assert thing["attributes"] == {"lit": True, "says": "STOP"}
    assert thing["texts"] == {"says": {"a": "STOP", "b": "SHOP", "c": "STOP"}}


def test_painting_alone_is_judged_as_painting_alone():
    crowd = [given("a", area(0, 0, 100, 50)), given("b", area(0, 0, 100, 50)), given("c", area(0, 0, 100, 20))]
    outcome = decide(answers=crowd, policy=asks())
    assert [thing.shape for thing in outcome.consensus.objects] == [area(0, 0, 100, 50)]
    loose = verdict(outcome, "c")
    assert (loose.agreement, loose.accepted) == (0.4, False)
    assert loose.explanation == "You painted loosely (your pixels overlap the adopted ones by 40% on average)."
    assert outcome.lessons["a"] == pytest.approx(0.7)


def test_an_image_with_nothing_to_paint_is_empty_when_most_say_so():
    outcome = decide(answers=[given("a"), given("b"), given("c", area(0, 0, 9, 9))], policy=asks())
    assert outcome.consensus.empty
    assert not verdict(outcome, "c").accepted


@when(
    st.lists(st.sampled_from(EVERY_TYPE), unique_by=id),
    st.integers(1, 4),
    st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=4, max_size=4),
)
def test_identical_answers_of_any_types_are_themselves(shapes, workers, weights):
    crowd = [given(f"w{number}", *shapes, weight=weights[number]) for number in range(workers)]
    outcome = decide(answers=crowd, policy=asks(min_overlap=1))
    found = [thing.shape for thing in outcome.consensus.objects]
    assert sorted(map(repr, found)) == sorted(map(repr, shapes))
    assert all(each.accepted and each.agreement == 1 for each in outcome.verdicts)


@when(mixed_crowds(), st.randoms(use_true_random=False), st.sampled_from([0.25, 16.0]))
def test_neither_order_nor_scale_of_weights_changes_an_outcome_of_any_types(crowd, chance, scale):
    turned = [given(each.key, *each.answer.shapes, weight=each.weight * scale) for each in crowd]
    chance.shuffle(turned)
    assert decide(answers=turned, policy=asks(max_overlap=6)) == decide(answers=crowd, policy=asks(max_overlap=6))


@when(mixed_crowds(), st.data())
def test_answers_of_any_types_compared_before_are_judged_the_same(crowd, data):
    then = [replace(each, weight=data.draw(a_weight)) for each in crowd]
    peers = compare_peers(answers=then, policy=asks())
    assert decide(answers=crowd, policy=asks(), peers=peers) == decide(answers=crowd, policy=asks())


@pytest.mark.parametrize("make", [box, rectangle, mask, area])
@pytest.mark.parametrize("wild", [(0, 0, 640, 480), (500, 400, 20, 20), (60, 60, 100, 30)])
def test_one_spammer_among_five_moves_no_shape_further_than_the_honest_reach(make, wild):
    crowd = [given(key, make(100 + by, 100, 80, 80)) for by, key in enumerate("abcd")]
    outcome = decide(answers=[*crowd, given("e", make(*wild))], policy=asks(max_overlap=5))
    (thing,) = outcome.consensus.objects
    assert likeness(left=[thing.shape], right=[make(101, 100, 80, 80)], policy=asks())[0, 0] > 0.95


def test_one_spammer_among_five_moves_no_point_further_than_the_honest_reach():
    crowd = [given(key, points((100 + by, 100, 2), (180, 200 + by, 2))) for by, key in enumerate("abcd")]
    for wild in (points((600, 470, 1), (1, 1, 2)), points((130, 130, 2), (150, 170, 2)), points((0, 0, 0), (9, 9, 1))):
        outcome = decide(answers=[*crowd, given("e", wild)], policy=asks(max_overlap=5))
        (thing,) = outcome.consensus.objects
        x, y, v, right, down, _ = thing.shape.keypoints
        assert 100 <= x <= 103
        assert 200 <= down <= 203
        assert (y, right, v) == (100, 180, 2)


def test_drawings_are_asked_for_until_their_expected_error_is_below_the_target():
    policy = asks(min_overlap=2, max_overlap=5, target_error=0.2)
    loose = [given(key, rectangle(100 + by, 100, 80, 80)) for key, by in zip("abcd", (0, 14, 28, 14), strict=True)]
    close = [given(key, rectangle(100, 100, 80, 80)) for key in "abcd"]
    assert decide(answers=loose[:2], policy=policy).ask_more
    assert not decide(answers=close[:3], policy=policy).ask_more
    assert decide(answers=close[:3], policy=policy).expected_error < 0.2
    assert decide(answers=close, policy=asks()).expected_error is None
    only_tags = [given(key, tags=["wet"]) for key in "ab"]
    assert decide(answers=only_tags, policy=asks(tags=["wet"], target_error=0.2)).expected_error is None


def test_where_nobody_is_sure_of_a_tag_nobody_is_rejected_for_another():
    policy = asks(tags=["day", "night", "dusk"], tag_choice="one")
    said = {"a": "day", "b": "day", "c": "night", "d": "dusk"}
    crowd = [given(key, tags=[tag]) for key, tag in said.items()]
    unsure = Tagged({"day": 0.45}, (0.45,), False, (np.array([0.45, 0.3, 0.25]),))

    outcome = decide(answers=crowd, policy=policy, tagged=unsure)

    assert {each.key: each.agreement for each in outcome.verdicts} == {"a": 0.45, "b": 0.45, "c": 0.3, "d": 0.25}
    assert all(each.accepted for each in outcome.verdicts)
    assert outcome.disputed


def test_where_the_tag_is_sure_another_is_rejected():
    policy = asks(tags=["day", "night"], tag_choice="one")
    crowd = [given(key, tags=[tag]) for key, tag in {"a": "day", "b": "day", "c": "night"}.items()]

    outcome = decide(
        answers=crowd, policy=policy, tagged=Tagged({"day": 0.95}, (0.95,), False, (np.array([0.95, 0.05]),))
    )

    assert [each.accepted for each in outcome.verdicts] == [True, True, False]
    assert not outcome.disputed
