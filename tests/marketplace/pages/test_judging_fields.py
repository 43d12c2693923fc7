import pytest

from marketplace.pages.judging_fields import GOLD, HOURS_AND_DAYS, IN_POLICY, LIMITS, RULES, SHARES, policy_of, whole
from qa.policy import ADJUDICATORS, JUDGES, PAY_RULES, Policy

NOTHING = dict.fromkeys((*SHARES, *RULES, *GOLD, *HOURS_AND_DAYS, *LIMITS), "")


def test_what_is_left_empty_keeps_its_default():
    assert policy_of(NOTHING) == {}


def test_what_was_typed_is_told_as_it_is_for_the_rules_to_refuse():
    typed = {
        **NOTHING,
        "match_iou": "0.5",
        "pay_rule": "never",
        "auto_accept_hours": " 24 ",
        "target_confidence": "much",
        "gold_share": "0.05",
        "gold_onboarding": "two",
        "gold_first": "8",
    }
    assert policy_of(typed) == {
        "match_iou": 0.5,
        "target_confidence": "much",
        "pay_rule": "never",
        "auto_accept_hours": 24,
        "gold_share": 0.05,
        "gold_onboarding": "two",
        "gold_first": 8,
    }


@pytest.mark.parametrize(("text", "number"), [("7", 7), (" 7 ", 7), ("7.5", "7.5"), ("", ""), ("1e3", "1e3")])
def test_whole_numbers_are_read_and_the_rest_is_left_to_the_rules(text, number):
    assert whole(text) == number


def test_every_field_is_of_the_policy_and_every_choice_is_known_to_it():
    assert set(IN_POLICY) <= set(Policy.SETTABLE)
    assert [value for value, _ in RULES["pay_rule"][2]] == list(PAY_RULES)
    assert {value for value, _ in RULES["judge"][2]} == set(JUDGES)
    assert [value for value, _ in RULES["adjudicator"][2]] == list(ADJUDICATORS)
