import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.paying import BY_DOUBT, BY_STANDING, in_good_standing, lower_bound, pay_by_rule
from qa.verdict import decide
from tests.qa.answers import asks, boxes, crowds, given

sums = st.floats(0, 500)
FAIR = asks(pay_rule="good_standing", max_overlap=5)
TAGS = {"tags": ["day", "night"], "tag_choice": "one"}


def against(many, few, **policy):
    """The outcome when `many` choose day and `few` night, tags alone."""
    crowd = [given(f"d{n}", tags=["day"]) for n in range(many)] + [given(f"n{n}", tags=["night"]) for n in range(few)]
    asked = asks(max_overlap=9, **TAGS, **policy)
    return decide(answers=crowd, policy=asked), asked


def refused(outcome):
    return {verdict.key for verdict in outcome.verdicts if not verdict.accepted}


def test_by_agreement_nobody_is_spared():
    outcome, policy = against(3, 2)
    assert refused(outcome) == {"n0", "n1"}
    assert pay_by_rule(outcome=outcome, policy=policy, standing={"n0", "n1"}) is outcome


@pytest.mark.parametrize(("many", "few", "doubt"), [(2, 1, False), (3, 2, True), (4, 2, False), (4, 3, True)])
def test_an_honest_minority_is_paid_where_the_votes_leave_doubt(many, few, doubt):
    outcome, policy = against(many, few, pay_rule="good_standing")
    assert len(refused(outcome)) == few
    paid = pay_by_rule(outcome=outcome, policy=policy, standing=())
    assert len(refused(paid)) == (0 if doubt else few)
    for verdict in paid.verdicts:
        assert (verdict.reason == "good_standing") == (doubt and verdict.key.startswith("n"))
        assert (BY_DOUBT in verdict.explanation) == (verdict.reason == "good_standing")


def test_a_worker_in_good_standing_is_paid_though_alone_and_told_why():
    crowd = [
        given("a", *boxes((10, 10, 50, 50))),
        given("b", *boxes((12, 10, 50, 50))),
        given("c", *boxes((300, 300, 9, 9))),
    ]
    outcome = decide(answers=crowd, policy=FAIR)
    assert refused(pay_by_rule(outcome=outcome, policy=FAIR, standing={"a"})) == {"c"}
    paid = pay_by_rule(outcome=outcome, policy=FAIR, standing={"c"})
    [spared] = [verdict for verdict in paid.verdicts if verdict.key == "c"]
    assert (spared.accepted, spared.reason) == (True, "good_standing")
    assert spared.explanation.startswith("You missed the only adopted object")
    assert BY_STANDING in spared.explanation
    assert spared.agreement == next(verdict.agreement for verdict in outcome.verdicts if verdict.key == "c")


def test_who_is_flagged_is_never_spared():
    outcome, policy = against(3, 2, pay_rule="good_standing")
    assert refused(pay_by_rule(outcome=outcome, policy=policy, standing={"n0"}, flagged={"n0"})) == {"n0"}
    assert in_good_standing(records={1: (90.0, 10.0), 2: (90.0, 10.0)}, flagged={2}) == {1}


@when(crowds(), st.booleans())
def test_the_rule_changes_pay_and_nothing_else(crowd, all_good):
    outcome = decide(answers=crowd, policy=FAIR)
    paid = pay_by_rule(outcome=outcome, policy=FAIR, standing={each.key for each in crowd} if all_good else ())
    assert (paid.consensus, paid.lessons, paid.disputed) == (outcome.consensus, outcome.lessons, outcome.disputed)
    assert refused(paid) <= refused(outcome)
    assert not (all_good and refused(paid))


@when(sums, sums)
def test_the_lower_bound_grows_with_what_is_right_and_stays_below_the_mean(right, wrong):
    bound = lower_bound(right=right, wrong=wrong)
    assert 0.0 <= bound <= 1.0
    assert lower_bound(right=right + 1, wrong=wrong) > bound > lower_bound(right=right, wrong=wrong + 1)
    if right + wrong > 1:
        assert bound < (right + 0.5) / (right + wrong + 1)


def test_standing_is_earned_and_bad_sums_are_refused():
    records = {1: (0.0, 0.0), 2: (3.0, 0.0), 3: (1.0, 1.0), 4: (16.0, 4.0), 5: (55.0, 45.0), 6: (600.0, 400.0)}
    assert in_good_standing(records=records) == {2, 4, 6}
    with pytest.raises(ValueError, match="0 or more"):
        lower_bound(right=-1, wrong=0)
