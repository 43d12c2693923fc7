"""Whom a requester lets in, and what others learn of it: nothing."""

import pytest
from django.utils import timezone

from marketplace.models import Enrolment, Job


def at(job, *parts):
    return "/api/v1/jobs/" + "/".join((job.public_id, *map(str, parts))) + "/"


@pytest.fixture
def rita(world):
    return world.api(world.rita)


def test_a_private_job_is_posted_and_told_with_its_link_and_limits(world, rita):
    body = {
        "title": "Faces", "instructions": "Box every face.", "labels": [{"name": "face", "shapes": ["box"]}],
        "reward": "0.05", "visibility": "link", "limits": {"answers_per_day": 20},
    }  # fmt: skip
    made = rita.post("/api/v1/jobs/", body)

    assert made.status_code == 201
    job = Job.objects.get(public_id=made.json()["id"])
    assert made.json()["visibility"] == "link"
    assert made.json()["link"].endswith(f"/work/{job.public_id}/?key={job.invite_key}")
    assert made.json()["limits"] == {"answers_per_day": 20, "share_percent": None}


def test_a_job_without_a_word_about_it_is_public_and_has_no_link(world, rita):
    told = rita.get(at(world.job(images=0))).json()

    assert (told["visibility"], told["link"]) == ("public", None)


@pytest.mark.parametrize("visibility", ["invited", "link"])
def test_a_private_job_is_not_found_by_who_is_not_let_in(world, visibility):
    job = world.published(images=1, visibility=visibility)
    wei = world.api(world.wei)

    answers = [
        wei.get(at(job)),
        wei.get(at(job) + "?key=wrong"),
        wei.post(at(job, "enrol"), {}),
        wei.post(at(job, "enrol"), {"key": "wrong"}),
        wei.post(at(job, "claim"), {}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    nothing = wei.get("/api/v1/jobs/nosuchjob222/").json()
    assert all(answer.json() == nothing for answer in answers)
    assert not Enrolment.objects.exists()


def test_the_link_shows_the_job_and_its_key_lets_in(world):
    job = world.published(images=1, visibility="link", limits={"answers_per_day": 3})
    wei = world.api(world.wei)

    seen = wei.get(at(job), {"key": job.invite_key})
    assert seen.json()["limits"] == {"answers_per_day": 3, "answers": None}
    assert "key" not in seen.text
    assert wei.post(at(job, "enrol"), {"key": job.invite_key}).json()["state"] == "ready"
    assert wei.post(at(job, "claim"), {}).status_code == 200


def test_a_key_is_text_and_nothing_else_is_taken(world):
    job = world.published(images=1)
    wei = world.api(world.wei)

    assert wei.post(at(job, "enrol"), {"key": 5.5}).status_code in {200, 400}
    assert wei.post(at(job, "enrol"), {"key": ["a"]}).json()["errors"][0]["field"] == "key"
    assert wei.post(at(job, "enrol"), {"kee": "a"}).json()["errors"][0]["rule"] == "unknown_field"


def test_visibility_changes_while_the_job_is_open_and_a_new_link_kills_the_old(world, rita):
    job = world.published(images=1)

    first = rita.put(at(job, "visibility"), {"visibility": "link"}).json()["link"]
    second = rita.post(at(job, "link"), {}).json()["link"]

    wei = world.api(world.wei)
    assert wei.get(at(job) + first[first.index("?") :]).status_code == 404
    assert wei.get(at(job) + second[second.index("?") :]).status_code == 200
    refused = rita.put(at(job, "visibility"), {"visibility": "friends"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "visibility")
    rita.put(at(job, "visibility"), {"visibility": "invited"})
    assert rita.post(at(job, "link"), {}).json()["reason"] == "no_link"


def test_invitations_are_made_listed_and_withdrawn(world, rita):
    job = world.published(images=1, visibility="invited")

    done = rita.post(at(job, "invitations"), {"emails": ["Wei@example.org", "nobody"]}).json()
    assert [row["email"] for row in done["added"]] == ["wei@example.org"]
    assert [(fault["field"], fault["rule"]) for fault in done["refused"]] == [("emails[1]", "email")]
    assert world.api(world.wei).post(at(job, "enrol"), {}).json()["state"] == "ready"

    [row] = rita.get(at(job, "invitations")).json()["results"]
    assert rita.delete(at(job, "invitations", row["id"])).status_code == 204
    assert rita.delete(at(job, "invitations", row["id"])).status_code == 404
    refused = world.api(world.wei).post(at(job, "claim"), {})
    assert (refused.status_code, refused.json()["reason"]) == (403, "blocked")
    assert "invit" not in refused.text


def test_nothing_but_bad_addresses_is_refused_by_name(world, rita):
    job = world.published(images=1)

    refused = rita.post(at(job, "invitations"), {"emails": ["nobody", "@"]})

    assert refused.status_code == 400
    assert [fault["field"] for fault in refused.json()["errors"]] == ["emails[0]", "emails[1]"]
    assert rita.post(at(job, "invitations"), {"emails": []}).status_code == 400


def test_a_worker_is_blocked_and_let_in_again(world, rita):
    job = world.published(images=2)
    wei = world.api(world.wei)
    wei.post(at(job, "enrol"), {})
    name = world.wei.pseudonym

    made = rita.post("/api/v1/blocks/", {"worker": name, "reason": "Copies others."})
    assert (made.status_code, made.json()["worker"]) == (201, name)
    refused = wei.post(at(job, "enrol"), {})
    assert (refused.status_code, refused.json()["detail"]) == (403, "You cannot work on this job.")
    assert [row["reason"] for row in rita.get("/api/v1/blocks/").json()["results"]] == ["Copies others."]

    assert rita.delete(f"/api/v1/blocks/{name}/").status_code == 204
    assert rita.delete(f"/api/v1/blocks/{name}/").status_code == 404
    assert wei.post(at(job, "enrol"), {}).json()["state"] == "ready"


def test_who_has_given_all_that_a_job_takes_is_told_when_they_enrol(world):
    job = world.published(images=2, limits={"answers_per_day": 1})
    wei = world.api(world.wei)
    wei.post(at(job, "enrol"), {})
    job.enrolments.update(answers_on=timezone.now().date(), answers_today=1)

    told = wei.post(at(job, "enrol"), {}).json()

    assert (told["state"], [reason["code"] for reason in told["reasons"]]) == ("ready", ["daily_cap"])
    assert "Come back tomorrow" in told["reasons"][0]["message"]


def test_a_stranger_cannot_be_blocked(world, rita):
    for name in (world.wei.pseudonym, "w-nobody", "a b"):
        assert rita.post("/api/v1/blocks/", {"worker": name}).status_code == 404
