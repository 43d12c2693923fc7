"""Requirements as a value: read and written, refused by name, and told in words a person can act on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.requirements import (
    NONE,
    Applicant,
    Exam,
    Requirements,
    RequirementsRefused,
    SkillNeeded,
    missing,
    percent,
)
from qa.skill import Estimate

LABELS = {"can", "bag"}


def refusals(data):
    with pytest.raises(RequirementsRefused) as refused:
        Requirements.from_json(data, labels=LABELS)
    return {problem.field: problem.rule for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        ({"age": 3}, "requirements.age", "unknown_key"),
        ([], "requirements", "type"),
        ({"countries": ["XX"]}, "requirements.countries[0]", "known"),
        ({"countries": ["de"]}, "requirements.countries[0]", "known"),
        ({"countries": "DE"}, "requirements.countries", "type"),
        ({"languages": ["de", "xx"]}, "requirements.languages[1]", "known"),
        ({"skill": [{"at_least": 1.2}]}, "requirements.skill[0].at_least", "range"),
        ({"skill": [{"at_least": 0}]}, "requirements.skill[0].at_least", "range"),
        ({"skill": [{"at_least": True}]}, "requirements.skill[0].at_least", "range"),
        ({"skill": [{}]}, "requirements.skill[0].at_least", "range"),
        ({"skill": [{"at_least": 0.5, "answers": -1}]}, "requirements.skill[0].answers", "range"),
        ({"skill": [{"at_least": 0.5, "label": "dog"}]}, "requirements.skill[0].label", "known"),
        ({"skill": [{"at_least": 0.5}, {"at_least": 0.6}]}, "requirements.skill[1].label", "unique"),
        ({"exam": {}}, "requirements.exam.questions", "range"),
        ({"exam": {"questions": 51}}, "requirements.exam.questions", "range"),
        ({"exam": {"questions": 5, "pass_mark": 0}}, "requirements.exam.pass_mark", "range"),
        ({"exam": {"questions": 5, "attempts": 0}}, "requirements.exam.attempts", "range"),
        ({"exam": {"questions": 5, "wait_hours": 721}}, "requirements.exam.wait_hours", "range"),
        ({"exam": {"questions": 5, "valid_days": -1}}, "requirements.exam.valid_days", "range"),
        ({"exam": {"questions": 5, "mark": 1}}, "requirements.exam.mark", "unknown_key"),
    ],
)
def test_what_is_wrong_is_named_with_its_rule(data, field, rule):
    assert refusals(data) == {field: rule}


def test_all_that_is_wrong_is_named_at_once():
    assert len(refusals({"countries": ["XX"], "languages": ["xx"], "exam": {"questions": 0}})) == 3


def test_what_is_not_given_asks_nothing_and_defaults_are_said():
    assert Requirements.from_json({}) == NONE
    assert Requirements.from_json({"exam": {"questions": 5}}).exam == Exam(5, 0.7, 2, 24, 180)


shares = st.floats(0.01, 1.0)
values = st.builds(
    Requirements,
    skill=st.lists(
        st.builds(SkillNeeded, at_least=shares, answers=st.integers(0, 100), label=st.sampled_from(["", *LABELS])),
        max_size=3,
        unique_by=lambda one: one.label,
    ).map(tuple),
    countries=st.lists(st.sampled_from(["DE", "AT", "CH"]), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(["de", "fr"]), unique=True).map(tuple),
    exam=st.none() | st.builds(Exam, questions=st.integers(1, 50), pass_mark=shares),
)


@given(values)
def test_what_is_written_reads_back_the_same(value):
    assert Requirements.from_json(value.as_json(), labels=LABELS) == value


def told(requirements, **known):
    return [one.message for one in missing(requirements=requirements, applicant=Applicant(**known))]


def test_country_and_language_say_what_to_do():
    asked = Requirements(countries=("DE", "AT"), languages=("de", "fr"))

    assert told(asked) == [
        "For people who live in Germany or Austria. Say in your profile where you live.",
        "For people who speak German or French. If you do, add it to your profile.",
    ]
    assert told(asked, country="FR", languages=("fr", "en")) == [
        "For people who live in Germany or Austria. Your profile says France."
    ]
    assert told(asked, country="AT", languages=("fr",)) == []


def good(low, answers):
    return Estimate(mean=min(1.0, low + 0.05), low=low, weight=float(answers), answers=answers)


def test_skill_is_asked_of_what_is_sure_and_the_words_say_how_much_is_lacking():
    asked = Requirements(skill=(SkillNeeded(0.8, 20, "can"),))
    ask = "For people who are surely right 80 of 100 times at “can”, shown by 20 answers or more."

    assert told(asked) == [f"{ask} You have no answers at “can” yet; other jobs with the same labels give you some."]
    assert told(asked, skills={"can": good(0.9, 19)}) == [f"{ask} You have 19 answers so far."]
    assert told(asked, skills={"can": good(0.799, 30)}) == [
        f"{ask} Your 30 answers show 79 of 100 for sure; more can raise it."
    ]
    assert told(asked, skills={"can": good(0.8, 20)}) == []


def test_skill_at_another_label_is_none_at_this_one():
    asked = Requirements(skill=(SkillNeeded(0.5, 1, "can"), SkillNeeded(0.5, 1)))

    assert len(told(asked, skills={"bag": good(0.9, 99)})) == 2
    assert len(told(asked, skills={"": good(0.9, 99)})) == 1


def test_a_share_is_never_rounded_up():
    assert [percent(share) for share in (0.7999, 0.8, 0.57, 1.0)] == [79, 80, 57, 100]
