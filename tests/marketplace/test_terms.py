import pytest

from marketplace.errors import Refused
from marketplace.terms import Limits, parse_instructions, parse_job, parse_visibility
from tests.world import JOB


def refused(**changes):
    with pytest.raises(Refused) as found:
        parse_job({**JOB, **changes})
    return {(problem.field, problem.rule) for problem in found.value.problems}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": "  "}, ("title", "required")),
        ({"title": "x" * 121}, ("title", "too_long")),
        ({"title": "a\x00b"}, ("title", "no_nul")),
        ({"instructions": ""}, ("instructions", "required")),
        ({"labels": []}, ("labels", "required")),
        ({"reward": "0.0000004"}, ("reward", "decimals")),
        ({"reward": "0"}, ("reward", "minimum")),
        ({"overlap": 0}, ("overlap.min", "range")),
        ({"overlap": {"min": 3, "max": 2}}, ("overlap.max", "at_least_min")),
        ({"overlap": {"min": 3, "mux": 2}}, ("overlap.mux", "unknown_field")),
        ({"overlap": True}, ("overlap.min", "range")),
        ({"policy": {"min_overlap": 1}}, ("policy.min_overlap", "unknown_field")),
        ({"policy": {"match_iou": 7}}, ("policy.match_iou", "range")),
        ({"colour": "red"}, ("colour", "unknown_field")),
        ({"visibility": "friends"}, ("visibility", "choice")),
        ({"visibility": ["link"]}, ("visibility", "choice")),
        ({"limits": 5}, ("limits", "object")),
        ({"limits": {"answers_per_week": 5}}, ("limits.answers_per_week", "unknown_field")),
        ({"limits": {"answers_per_day": 0}}, ("limits.answers_per_day", "range")),
        ({"limits": {"answers_per_day": "5"}}, ("limits.answers_per_day", "range")),
        ({"limits": {"share_percent": True}}, ("limits.share_percent", "range")),
        ({"limits": {"share_percent": 101}}, ("limits.share_percent", "range")),
        ({"appeal_days": 0}, ("appeal_days", "range")),
        ({"appeal_days": 31}, ("appeal_days", "range")),
        ({"appeal_days": 7.0}, ("appeal_days", "range")),
        ({"appeal_days": True}, ("appeal_days", "range")),
        ({"policy": {"pay_rule": "mood"}}, ("policy.pay_rule", "one_of")),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(changes, problem):
    assert problem in refused(**changes)


def test_every_wrong_field_is_named_at_once():
    fields = {field for field, _ in refused(title="", labels=[], reward="free", overlap=0)}

    assert {"title", "labels", "reward", "overlap.min"} <= fields


def test_a_job_is_public_and_without_limits_unless_it_says_otherwise():
    plain = parse_job(JOB)
    strict = parse_job({**JOB, "visibility": "invited", "limits": {"answers_per_day": 20, "share_percent": None}})

    assert (plain.visibility, plain.limits) == ("public", Limits(None, None))
    assert (strict.visibility, strict.limits) == ("invited", Limits(20, None))


def test_a_visibility_by_itself_is_held_to_the_same_rule():
    assert parse_visibility("link") == "link"
    with pytest.raises(Refused, match="public, invited, link"):
        parse_visibility("secret")


def test_instructions_by_themselves_are_held_to_the_same_rule():
    assert parse_instructions(" Only cans. ") == "Only cans."
    with pytest.raises(Refused, match="Give the job instructions"):
        parse_instructions(" ")


def test_a_rejection_can_be_contested_for_as_long_as_the_job_says_or_the_site_does(settings):
    assert parse_job({**JOB, "appeal_days": 30}).appeal_days == 30
    settings.APPEAL_DAYS = 9
    assert parse_job(JOB).appeal_days == parse_job({**JOB, "appeal_days": None}).appeal_days == 9


def test_one_answer_an_image_is_judged_by_a_person_unless_the_job_says_otherwise():
    def judge(**changes):
        return parse_job({**JOB, **changes}).policy.judge

    assert (judge(overlap=1), judge(overlap={"min": 1, "max": 2}), judge(overlap=3)) == (
        "requester",
        "consensus",
        "consensus",
    )
    assert judge(overlap=1, policy={"judge": "consensus"}) == "consensus"
