from dataclasses import replace

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.peers import compare_peers, peer_agreements
from qa.verdict import decide
from tests.qa.answers import FAR, a_weight, asks, boxes, crowds, given


def test_a_lone_answer_teaches_nothing():
    assert peer_agreements(answers=[given("a", *boxes(FAR[0]))], policy=asks()) == {}


def test_it_is_the_mean_agreement_with_the_others_by_their_weight():
    crowd = [given("a", *boxes(FAR[0])), given("b", *boxes(FAR[0]), weight=3), given("c", *boxes(FAR[1]))]
    assert peer_agreements(answers=crowd, policy=asks()) == {"a": 0.75, "b": 0.5, "c": 0}


def test_ones_own_weight_is_no_part_of_it():
    light, heavy = (
        peer_agreements(answers=[given("a", *boxes(FAR[0]), weight=w), given("b", *boxes(FAR[1]))], policy=asks())["a"]
        for w in (1, 1000)
    )
    assert light == heavy == 0


def test_tags_and_boxes_count_the_same():
    crowd = [given("a", *boxes(FAR[0]), tags=["night"]), given("b", *boxes(FAR[0]))]
    assert peer_agreements(answers=crowd, policy=asks(tags=["night"])) == {"a": 0.5, "b": 0.5}


def test_peers_without_weight_count_the_same_only_when_all_are_without():
    crowd = [given(key, *boxes(FAR[place]), weight=0) for key, place in (("a", 0), ("b", 0), ("c", 1))]
    assert peer_agreements(answers=crowd, policy=asks()) == {"a": 0.5, "b": 0.5, "c": 0}
    alone = [given("a", *boxes(FAR[0])), given("b", *boxes(FAR[0]), weight=0)]
    assert peer_agreements(answers=alone, policy=asks()) == {"b": 1}


@when(crowds(smallest=2), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_agreement_lies_between_0_and_1(crowd, chance):
    found = peer_agreements(answers=crowd, policy=asks(tags=["night", "rain"]))
    turned = chance.sample(crowd, len(crowd))
    assert peer_agreements(answers=turned, policy=asks(tags=["night", "rain"])) == found
    assert all(0 <= agreement <= 1 for agreement in found.values())
    assert set(found) == {each.key for each in crowd}


def test_a_copy_agrees_fully():
    crowd = [given("a", *boxes(*FAR)), given("b", *boxes(*FAR))]
    assert peer_agreements(answers=crowd, policy=asks()) == {"a": pytest.approx(1), "b": pytest.approx(1)}


@when(crowds(), st.randoms(use_true_random=False), st.data())
def test_answers_compared_before_are_judged_the_same_whatever_they_weighed_then(crowd, chance, data):
    policy = asks(tags=["night", "rain"], max_overlap=5, target_confidence=0.8)
    then = [replace(each, weight=data.draw(a_weight)) for each in chance.sample(crowd, len(crowd))]
    peers = compare_peers(answers=then, policy=policy)
    assert decide(answers=crowd, policy=policy, peers=peers) == decide(answers=crowd, policy=policy)
    assert peer_agreements(answers=crowd, policy=policy, peers=peers) == peer_agreements(answers=crowd, policy=policy)
