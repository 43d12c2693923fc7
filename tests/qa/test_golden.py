import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes import Answer, Box
from qa.golden import (
    accuracy_bounds,
    against_truth,
    budget,
    crowd_of,
    has_gold,
    is_doubtful,
    is_gold,
    surely_fails,
    told_of,
)
from qa.policy import Policy
from qa.verdict import WorkerAnswer

POLICY = Policy(gold_share=0.2, gold_onboarding=3, gold_first=10)


def answer(*boxes, tags=()):
    return Answer(200, 200, tuple(tags), tuple(Box("can", bbox) for bbox in boxes), not boxes)


@given(st.integers(0, 2**62))
def test_the_first_images_hold_just_as_much_gold_as_the_policy_says(seed):
    assert sum(is_gold(seed=seed, ordinal=number, policy=POLICY) for number in range(1, 11)) == 3


def test_after_them_gold_comes_by_its_share_and_in_another_order_for_everybody():
    drawn = [[is_gold(seed=seed, ordinal=n, policy=POLICY) for n in range(11, 1011)] for seed in range(5)]
    assert 0.18 < sum(map(sum, drawn)) / 5000 < 0.22
    assert len({tuple(one) for one in drawn}) == 5


def test_without_a_share_nothing_is_gold():
    assert not has_gold(policy=Policy())
    assert not any(is_gold(seed=7, ordinal=number, policy=Policy()) for number in range(1, 200))


def test_the_budget_is_the_share_of_all_that_is_handed_out_and_what_beginners_get():
    assert budget(answers=80, policy=POLICY, first=False) == 20  # a fifth of 100
    assert budget(answers=80, policy=POLICY, first=True) == 20 + 3 * 20
    assert budget(answers=1_000, policy=Policy(), first=True) == 0


def test_an_answer_is_right_when_it_agrees_with_the_known_one():
    truth = answer((10, 10, 40, 40))
    assert against_truth(answer=truth, truth=truth, policy=POLICY) == (1.0, True)
    agreement, right = against_truth(answer=answer((120, 120, 40, 40)), truth=truth, policy=POLICY)
    assert (agreement, right) == (0.0, False)


def told(own, truth, *peers, policy=POLICY):
    mine = WorkerAnswer("own", own)
    others = [WorkerAnswer(f"peer{number}", peer) for number, peer in enumerate(peers)]
    crowd = crowd_of(own=mine, peers=others, truth=truth, policy=policy)
    assert len(crowd) == policy.min_overlap
    return told_of(key="own", crowd=crowd, policy=policy)


def test_what_is_told_of_gold_is_told_in_the_words_of_any_image():
    found = told(answer((120, 120, 40, 40)), answer((10, 10, 40, 40))).verdicts
    assert [(one.key, one.accepted, one.reason) for one in found] == [("own", False, "low_agreement")]
    assert found[0].explanation == "You missed the only adopted object and drew 1 that nobody else saw."


def test_what_is_adopted_beside_an_answer_to_gold_is_made_from_it_too():
    own, peer, truth = answer((10, 10, 40, 40)), answer((11, 12, 40, 41)), answer((9, 11, 42, 40))
    found = told(own, truth, peer).consensus.objects[0]
    assert found.bbox == (10, 11, 41, 40)  # the middle of the three
    assert (found.votes_for, found.votes_of) == (3, 3)


def test_enough_right_peers_stand_in_for_the_known_answer():
    own, truth = answer((10, 10, 40, 40)), answer((9, 11, 42, 40))
    found = told(own, truth, answer((11, 11, 40, 40)), answer((12, 12, 40, 40)), answer((90, 90, 40, 40)))
    assert found.consensus.objects[0].bbox == (11, 11, 40, 40)


def test_a_job_that_asks_one_answer_an_image_rejects_none_by_gold():
    one = Policy(min_overlap=1, max_overlap=1, gold_share=0.1)
    found = told(answer((120, 120, 40, 40)), answer((10, 10, 40, 40)), policy=one).verdicts[0]
    assert (found.accepted, found.reason) == (True, "only_answer")


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_share_of_right_answers_lies_between_its_bounds(right, wrong):
    low, high = accuracy_bounds(right=right, wrong=wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low - 1e-9 <= right / (right + wrong) <= high + 1e-9


@pytest.mark.parametrize(("right", "wrong", "fails"), [(0, 1, False), (0, 5, True), (3, 2, False), (10, 20, True)])
def test_only_who_surely_fails_is_turned_out(right, wrong, fails):
    assert surely_fails(right=right, wrong=wrong, policy=POLICY) is fails


def test_a_known_answer_is_in_doubt_when_most_good_workers_disagree():
    assert is_doubtful(right=2, wrong=3)
    assert not is_doubtful(right=3, wrong=3)
    assert not is_doubtful(right=0, wrong=2)
