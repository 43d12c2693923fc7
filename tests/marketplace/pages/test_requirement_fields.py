"""Requirements in the job's form: as typed, in the API's shape, and back."""

import pytest

from marketplace.models import Job
from marketplace.pages.requirement_fields import FIELDS, field_of, first_values, requirements_of
from marketplace.requirements import Exam, Requirements, SkillNeeded
from tests.marketplace.pages.test_job_form import typed as form_typed

NOTHING = dict.fromkeys(FIELDS, "")


def test_what_a_job_has_is_what_the_form_sends_back():
    value = Requirements(
        skill=(SkillNeeded(0.8, 20), SkillNeeded(0.7, 5, "can")),
        countries=("DE", "AT"),
        languages=("de",),
        exam=Exam(3, 0.6, 1, 0, 0),
    )

    typed = {name: str(first) for name, first in first_values(value.as_json()).items()}

    assert set(typed) == set(FIELDS)
    assert Requirements.from_json(requirements_of(typed)) == value


def test_an_empty_form_asks_for_nothing():
    typed = {name: str(first) for name, first in first_values().items()}

    assert Requirements.from_json(requirements_of(typed)) == Requirements()
    assert Requirements.from_json(requirements_of(NOTHING)) == Requirements()


def test_codes_may_be_typed_as_people_type_them():
    found = requirements_of({**NOTHING, "countries": "de, at;CH ", "languages": "EN de"})

    assert (found["countries"], found["languages"]) == (["DE", "AT", "CH"], ["en", "de"])


@pytest.mark.parametrize(
    ("path", "typed", "field"),
    [
        ("requirements.countries[2]", {}, "countries"),
        ("requirements.exam.attempts", {}, "exam_attempts"),
        ("requirements.skill[0].at_least", {"skill_at_least": "2"}, "skill_at_least"),
        ("requirements.skill[0].answers", {"skill_answers": "-1"}, "skill_answers"),
        ("requirements.skill[1].label", {"skill_at_least": "0.5"}, "skill_labels"),
        ("requirements.skill[0].label", {}, "skill_labels"),
    ],
)
def test_a_problem_finds_its_field(path, typed, field):
    assert field_of(path, {**NOTHING, **typed}) == field


@pytest.mark.django_db
def test_a_wrong_requirement_is_told_at_its_field_and_nothing_typed_is_lost(world):
    browser = world.browser(world.rita)
    changes = {**NOTHING, "countries": "Germany", "exam_questions": "0", "skill_labels": "dog, 0.8"}

    page = browser.post("/jobs/new/", form_typed(("can", "box"), **changes))

    form = page.context["form"]
    assert page.status_code == 422
    assert set(form.errors) == {"countries", "exam_questions", "skill_labels"}
    assert "dog, 0.8" in page.text
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_requirements_typed_are_the_jobs_and_shown_when_it_is_edited(world):
    browser = world.browser(world.rita)
    changes = {**NOTHING, "countries": "de", "skill_labels": "can, 0.8, 20"}
    browser.post("/jobs/new/", form_typed(("can", "box"), **changes))

    job = Job.objects.get()
    assert job.requirements["countries"] == ["DE"]
    assert job.requirements["skill"] == [{"label": "can", "at_least": 0.8, "answers": 20}]
    page = browser.get(f"/jobs/{job.public_id}/edit/")
    assert "can, 0.8, 20" in page.text
