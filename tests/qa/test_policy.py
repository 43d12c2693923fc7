import json
import math
from dataclasses import replace

import pytest

from qa.policy import Policy, PolicyRefused


def test_a_policy_comes_back_from_json_as_it_was():
    policy = Policy(min_overlap=1, max_overlap=5, target_confidence=0.9, tag_choice="one", tags=("day", "night"))
    policy = replace(policy, sigmas=(("person", (0.1, 0.2)),), texts=(("sign", ("says",)),))
    assert Policy.from_json(json.loads(json.dumps(policy.as_json()))) == policy


def test_what_is_not_given_keeps_its_default():
    assert Policy.from_json({}) == Policy()
    assert Policy.from_json({"match_iou": 0.5}) == Policy(match_iou=0.5)


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        ([], "", "type"),
        ({"matchiou": 0.5}, "matchiou", "unknown_key"),
        ({"judge": "dice"}, "judge", "one_of"),
        ({"judge": ["consensus"]}, "judge", "one_of"),
        ({"tag_choice": "two"}, "tag_choice", "one_of"),
        ({"min_overlap": 0}, "min_overlap", "range"),
        ({"min_overlap": True}, "min_overlap", "range"),
        ({"max_overlap": 51}, "max_overlap", "range"),
        ({"max_overlap": 2.5}, "max_overlap", "range"),
        ({"min_overlap": 4, "max_overlap": 3}, "max_overlap", "at_least_min"),
        ({"match_iou": 0}, "match_iou", "range"),
        ({"match_iou": "0.4"}, "match_iou", "range"),
        ({"accept_agreement": -0.1}, "accept_agreement", "range"),
        ({"accept_agreement": True}, "accept_agreement", "range"),
        ({"clear_agreement": 0}, "clear_agreement", "range"),
        ({"clear_agreement": math.nan}, "clear_agreement", "range"),
        ({"target_confidence": 1}, "target_confidence", "range"),
        ({"pay_rule": "never"}, "pay_rule", "one_of"),
        ({"adjudicator": "crowd"}, "adjudicator", "one_of"),
        ({"auto_accept_hours": 0}, "auto_accept_hours", "range"),
        ({"auto_accept_hours": 505}, "auto_accept_hours", "range"),
        ({"auto_accept_hours": 1.5}, "auto_accept_hours", "range"),
        ({"tags": "night"}, "tags", "type"),
        ({"sigmas": [0.1]}, "sigmas", "type"),
        ({"sigmas": {"person": ["wide"]}}, "sigmas", "type"),
        ({"texts": {"sign": "says"}}, "texts", "type"),
        ({"tags": ["night", ""]}, "tags[1]", "type"),
        ({"tags": ["night", "night"]}, "tags[1]", "unique"),
    ],
)
def test_nonsense_is_refused_naming_field_and_rule(data, field, rule):
    with pytest.raises(PolicyRefused) as refused:
        Policy.from_json(data)
    assert [(problem.field, problem.rule) for problem in refused.value.problems] == [(field, rule)]


def test_all_that_is_wrong_is_named_at_once():
    with pytest.raises(PolicyRefused) as refused:
        Policy.from_json({"judge": "dice", "match_iou": 7})
    assert [problem.field for problem in refused.value.problems] == ["judge", "match_iou"]


def test_a_requester_sets_only_what_the_job_does_not_say_already():
    told = {"min_overlap", "max_overlap", "tag_choice", "tags", "sigmas", "texts"}
    assert set(Policy().as_json()) - set(Policy.SETTABLE) == told


def test_who_judges_what_is_sampled_and_who_adjudicates_are_part_of_a_policy():
    read = Policy.from_json({"judge": "both", "review_share": 0.1, "adjudicator": "admin"})
    assert (read.judge, read.review_share, read.adjudicator) == ("both", 0.1, "admin")
    assert Policy.from_json(read.as_json()) == read
    assert (Policy().judge, Policy().review_share, Policy().adjudicator) == ("consensus", 0.0, "requester")
    with pytest.raises(PolicyRefused) as refused:
        Policy.from_json({"judge": "nobody", "review_share": 1.1, "adjudicator": "crowd"})
    assert {problem.field for problem in refused.value.problems} == {"judge", "review_share", "adjudicator"}
