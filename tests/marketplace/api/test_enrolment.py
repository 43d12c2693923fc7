"""Enrolling, practice and exam over the API, and the questions a requester gives."""

import json

import pytest
from django.urls import reverse

from tests.marketplace.examining import RIGHT, WRONG, asking
from tests.world import picture

EXAM = {"questions": 2, "pass_mark": 0.7}


def at(job, what, **args):
    return reverse(f"api:job-{what}", args=[job.public_id, *args.values()])


def step(world, job, payload):
    """Wei asks for the next question and answers it."""
    wei = world.api(world.wei)
    asked = wei.post(at(job, "exercise")).json()
    answered = wei.post(reverse("api:exercise-answer", args=[asked["exercise"]]), {"annotation": payload})
    return asked, answered.json()


def test_practice_shows_what_is_right_and_an_exam_tells_at_its_end(world):
    job = asking(world, practice=1, exam=EXAM)
    wei = world.api(world.wei)
    standing = wei.post(at(job, "enrol")).json()
    assert (standing["state"], standing["next"], standing["practice"]) == ("practice", "exercise", {"done": 0, "of": 1})
    assert wei.post(at(job, "claim")).json()["reason"] == "practice_first"

    asked, answered = step(world, job, WRONG)
    assert (asked["kind"], asked["number"], asked["of"], asked["paid"]) == ("practice", 1, 1, False)
    assert answered["mark"]["agreement"] == 0
    assert answered["mark"]["known"]["shapes"][0]["label"] == "can"
    assert answered["standing"]["state"] == "exam"

    asked, answered = step(world, job, RIGHT)
    assert (asked["kind"], answered["mark"], answered["standing"]["exam"]["results"]) == ("exam", None, [])
    assert answered["standing"]["exam"]["score"] is None
    _, answered = step(world, job, WRONG)
    sat = answered["standing"]["exam"]
    assert (answered["standing"]["state"], answered["standing"]["next"]) == ("failed", "wait")
    assert (sat["score"], sat["attempt"], sat["attempts"]) == (0.5, 1, 2)
    assert [one["agreement"] for one in sat["results"]] == [1.0, 0.0]
    assert sat["retry_at"]
    assert wei.post(at(job, "exercise")).status_code == 204


def test_a_passed_exam_opens_the_images(world):
    job = asking(world, exam=EXAM)
    wei = world.api(world.wei)
    wei.post(at(job, "enrol"))
    step(world, job, RIGHT)
    _, answered = step(world, job, RIGHT)

    assert answered["standing"]["next"] == "claim"
    assert wei.post(at(job, "claim")).status_code == 200


def test_who_lacks_something_gets_a_line_for_each_and_the_board_says_so_before(world):
    job = world.published(requirements={"countries": ["DE"], "languages": ["de"]})
    wei = world.api(world.wei)
    (row,) = wei.get("/api/v1/jobs/?open=true").json()["results"]
    assert [one["code"] for one in row["missing"]] == ["country", "language"]
    assert wei.get(f"/api/v1/jobs/{job.public_id}/").json()["requirements"]["countries"] == ["DE"]

    refused = wei.post(at(job, "enrol"))

    assert refused.status_code == 403
    assert refused.json()["reason"] == "not_eligible"
    assert [(one["field"], one["rule"]) for one in refused.json()["errors"]] == [
        ("requirements", "country"),
        ("requirements", "language"),
    ]


def test_the_board_says_where_one_stands(world):
    job = asking(world, practice=1)
    wei = world.api(world.wei)
    assert wei.get("/api/v1/jobs/?open=true").json()["results"][0]["standing"] == ""
    wei.post(at(job, "enrol"))
    assert wei.get("/api/v1/jobs/?open=true").json()["results"][0]["standing"] == "practice"


def test_a_bad_answer_names_the_shape_and_the_rule(world):
    job = asking(world, practice=1)
    wei = world.api(world.wei)
    wei.post(at(job, "enrol"))
    exercise = wei.post(at(job, "exercise")).json()["exercise"]
    address = reverse("api:exercise-answer", args=[exercise])

    bad = wei.post(address, {"annotation": {"shapes": [{"type": "box", "label": "can", "bbox": [0, 0, -1, 5]}]}})
    assert bad.status_code == 400
    assert bad.json()["errors"][0]["field"].startswith("shapes[0]")
    assert wei.post(address, {}).json()["errors"][0]["field"] == "annotation"
    assert wei.post(address, {"annotation": RIGHT, "next": True}).json()["errors"][0]["rule"] == "unknown_field"
    assert world.api(world.wanda).post(address, {"annotation": RIGHT}).status_code == 404


def test_a_requester_gives_lists_and_takes_out_questions(world):
    job = world.job(images=0, requirements={"exam": EXAM})
    rita, address = world.api(world.rita), f"/api/v1/jobs/{job.public_id}/questions/"
    body = {"kind": "exam", "image": picture("a.png", shade=50), "annotation": json.dumps(RIGHT)}

    added = rita.post(address, body, format="multipart")

    assert (added.status_code, added.json()["kind"], added.json()["name"]) == (201, "exam", "a.png")
    (listed,) = rita.get(address).json()["results"]
    assert listed["annotation"]["shapes"][0]["label"] == "can"
    assert rita.delete(f"{address}{listed['id']}/").status_code == 204
    assert rita.get(address).json()["results"] == []
    assert world.api(world.rosa).get(address).status_code == 404
    assert world.api(world.rosa).delete(f"{address}{listed['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"annotation": "{"}, "annotation"),
        ({"annotation": '{"shapes": [{"type": "box", "label": "dog", "bbox": [1, 1, 2, 2]}]}'}, "shapes[0].label"),
        ({"kind": "gold"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"colour": "red"}, "colour"),
        ({"image": "no file"}, "image"),
    ],
)
def test_a_bad_question_names_its_field(world, change, field):
    job = world.job(images=0)
    body = {"kind": "exam", "image": picture("a.png", shade=50), "annotation": json.dumps(RIGHT), **change}

    refused = world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/questions/", body, format="multipart")

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == field


def test_requirements_are_written_read_and_refused_with_the_job(world):
    rita = world.api(world.rita)
    body = {
        "title": "Cans",
        "instructions": "Draw.",
        "labels": [{"name": "can", "shapes": ["box"]}],
        "reward": "0.05",
        "requirements": {"skill": [{"label": "can", "at_least": 0.8}], "countries": ["DE"], "exam": {"questions": 3}},
    }
    made = rita.post("/api/v1/jobs/", body)
    assert made.json()["requirements"] == {
        "skill": [{"label": "can", "at_least": 0.8, "answers": 10}],
        "countries": ["DE"],
        "languages": [],
        "exam": {"questions": 3, "pass_mark": 0.7, "attempts": 2, "wait_hours": 24, "valid_days": 180},
    }
    body["requirements"]["skill"][0]["label"] = "dog"
    assert rita.post("/api/v1/jobs/", body).json()["errors"][0]["field"] == "requirements.skill[0].label"


def test_who_enrols_hears_when_nobody_can_be_paid_where_they_live(world, settings):
    settings.PAYOUT_MANUAL_COUNTRIES = []
    job, wei = world.published(), world.api(world.wei)
    assert wei.post(at(job, "enrol")).json()["reasons"] == []
    world.wei.country = "KE"
    world.wei.save()
    [reason] = wei.post(at(job, "enrol")).json()["reasons"]
    assert reason["code"] == "cannot_be_paid_yet"
    assert "Kenya" in reason["message"]
