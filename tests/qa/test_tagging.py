"""Tags of many images judged together by what is known of their workers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.calibration import Calibration
from qa.tagging import Tagged, TagRecords, TagVote, judge_tags, questions, said_of, taught
from tests.qa.answers import asks

ONE = asks(tags=["day", "night", "dusk"], tag_choice="one", min_overlap=2, max_overlap=5, target_error=0.1)
ANY = asks(tags=["rain", "snow"], tag_choice="any")
GOOD, BAD, SAME = 1, 2, 3


def votes(**tags):
    """By worker: w1="day" is worker 1 saying day; "" nothing; "rain snow" both."""
    return [TagVote(int(name[1:]), said.split()) for name, said in tags.items()]


def record(*, right, of=100, classes=3):
    rows = np.full((classes, classes), of * (1 - right) / (classes - 1) / classes)
    rows[range(classes), range(classes)] = of * right / classes
    return [rows]


def known(**right):
    workers = {int(name[1:]): record(right=value) for name, value in right.items()}
    everyone = [np.sum([own[0] for own in workers.values()], axis=0)]
    return TagRecords(workers=workers, everyone=everyone, tasks=[np.full(3, 33.0)])


def test_the_questions_follow_from_how_tags_are_chosen():
    assert questions(ONE) == [("day", "night", "dusk")]
    assert questions(ANY) == [("", "rain"), ("", "snow")]
    assert questions(asks()) == []
    assert [said_of(tags=["dusk"], classes=questions(ONE)[0]), said_of(tags=[], classes=questions(ONE)[0])] == [2, None]
    assert [said_of(tags=tags, classes=("", "rain")) for tags in (["rain"], ["snow"])] == [1, 0]


def test_one_good_worker_outweighs_two_hopeless_ones():
    images = {7: votes(w1="night", w2="day", w3="day")}
    records = known(w1=0.97, w2=0.36, w3=0.36)
    assert list(judge_tags(images=images, policy=ONE, records=records)[7].adopted) == ["night"]
    assert list(judge_tags(images=images, policy=ONE, records=TagRecords())[7].adopted) == ["day"]


def test_who_is_not_heard_does_not_count_unless_nobody_is():
    images = {7: [TagVote(1, ["night"]), TagVote(2, ["day"], counts=False), TagVote(3, ["day"], counts=False)]}
    assert list(judge_tags(images=images, policy=ONE, records=TagRecords())[7].adopted) == ["night"]
    silent = {7: [TagVote(1, ["night"], counts=False)]}
    assert list(judge_tags(images=silent, policy=ONE, records=TagRecords())[7].adopted) == ["night"]


def test_a_tie_is_told_and_the_label_set_decides_it():
    found = judge_tags(images={7: votes(w1="night", w2="day")}, policy=ONE, records=TagRecords())[7]
    assert (list(found.adopted), found.tied) == (["day"], True)


def test_a_tied_yes_or_no_is_not_set():
    found = judge_tags(images={7: votes(w1="rain", w2="")}, policy=ANY, records=TagRecords())[7]
    assert (dict(found.adopted), found.tied, len(found.claims)) == ({}, False, 2)
    both = judge_tags(images={7: votes(w1="rain snow", w2="rain snow")}, policy=ANY, records=TagRecords())[7]
    assert list(both.adopted) == ["rain", "snow"]


def test_an_image_nobody_tagged_has_no_tag_and_no_claim():
    found = judge_tags(images={7: votes(w1="", w2=""), 8: votes(w1="day")}, policy=ONE, records=TagRecords())
    assert (dict(found[7].adopted), found[7].claims, found[7].posteriors) == ({}, (), (None,))
    assert found[7].expected_error == 1.0
    assert judge_tags(images={7: votes(w1="day")}, policy=asks(), records=TagRecords()) == {}


def test_what_was_judged_teaches_and_what_was_learnt_adds_up_to_the_crowd():
    images = {7: votes(w1="night", w2="night"), 8: votes(w1="day", w2="")}
    found = judge_tags(images=images, policy=ONE, records=TagRecords())
    learnt = taught(images=images, tagged=found, policy=ONE)
    assert learnt.workers[2][0].sum() == pytest.approx(1)
    assert learnt.workers[1][0][:, 1] == pytest.approx(found[7].posteriors[0])
    assert learnt.everyone[0] == pytest.approx(learnt.workers[1][0] + learnt.workers[2][0])
    assert learnt.tasks[0].sum() == pytest.approx(2)


def tagged(*claims, calibration=None):
    return Tagged({}, claims, False, (), calibration)


def test_one_more_answer_is_asked_for_while_the_error_is_too_likely():
    assert tagged(0.8).wants_more(policy=ONE, answers=2)
    assert not tagged(0.95).wants_more(policy=ONE, answers=2)
    assert not tagged(0.8).wants_more(policy=ONE, answers=5)
    assert not tagged(0.5).wants_more(policy=ANY, answers=1)  # no target was set
    assert tagged(0.99, 0.75).expected_error == pytest.approx(0.13)


def test_calibrated_it_is_what_the_claim_is_worth_that_counts():
    modest = Calibration((0.5, 1.0), (0.5, 0.92), 60)
    assert tagged(0.95, calibration=modest).wants_more(policy=ONE, answers=2)
    assert tagged(0.95, calibration=modest).calibrated == pytest.approx(0.878)
    assert tagged(0.95).calibrated is None


def test_a_target_out_of_reach_stops_the_buying():
    hopeless = Calibration((0.5, 1.0), (0.5, 0.8), 60, sure_right=32, sure_seen=40)
    assert not tagged(0.95, calibration=hopeless).wants_more(policy=ONE, answers=2)
    assert tagged(0.95, calibration=hopeless).wants_more(policy=ONE, answers=1)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["day", "night", "dusk", ""]), min_size=3, max_size=3), min_size=1, max_size=6)
)
def test_neither_the_order_of_images_nor_of_workers_matters(said):
    images = {key: [TagVote(number, one.split()) for number, one in enumerate(row)] for key, row in enumerate(said)}
    turned = {key: list(reversed(group)) for key, group in reversed(images.items())}
    one, other = (judge_tags(images=some, policy=ONE, records=TagRecords()) for some in (images, turned))
    for key in images:
        assert one[key].adopted == other[key].adopted
        assert one[key].claims == pytest.approx(other[key].claims)


def test_an_answer_agrees_as_far_as_it_is_probably_right():
    found = judge_tags(images={7: votes(w1="night", w2="night", w3="day")}, policy=ONE, records=TagRecords())[7]
    night, day, dusk, none = (found.agreement(tags=tags, policy=ONE) for tags in (["night"], ["day"], ["dusk"], []))

    assert night > day > dusk > none == 0.0
    assert night + day + dusk == pytest.approx(1.0)


def test_of_several_questions_the_agreement_is_the_mean():
    images = {7: votes(w1="rain", w2="rain", w3="rain snow")}
    found = judge_tags(images=images, policy=ANY, records=TagRecords())[7]
    both, rain = (found.agreement(tags=tags, policy=ANY) for tags in (["rain", "snow"], ["rain"]))

    wet, white = (float(posterior[1]) for posterior in found.posteriors)
    assert (both, rain) == (pytest.approx((wet + white) / 2), pytest.approx((wet + 1 - white) / 2))
    assert Tagged({}, (), False, (None, None)).agreement(tags=["rain"], policy=ANY) == 1.0
