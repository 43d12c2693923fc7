"""A requester's jobs and the workers' board."""

import pytest

from marketplace.models import Job
from tests.world import JOB


def test_a_new_job_is_a_draft_with_its_quote(world):
    reply = world.api(world.rita).post("/api/v1/jobs/", JOB)
    body = reply.json()
    assert reply.status_code == 201
    assert body["state"] == "draft"
    assert body["quote"]["at_most"] == "0.00"
    assert body["overlap"] == {"min": 3, "max": 3}
    job = Job.objects.get(public_id=body["id"])
    assert job.owner == world.rita
    assert str(job.pk) not in body["id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"labels": []}, "labels"),
        ({"reward": "0.0000001"}, "reward"),
        ({"reward": "0.0000000"}, "reward"),
        ({"reward": 0.05}, "reward"),
        ({"overlap": 0}, "overlap.min"),
        ({"overlap": {"min": 3, "max": 2}}, "overlap.max"),
        ({"nmae": 1}, "nmae"),
    ],
)
def test_nonsense_is_refused_naming_the_field(world, change, field):
    reply = world.api(world.rita).post("/api/v1/jobs/", {**JOB, **change})
    assert reply.status_code == 400
    assert field in {fault["field"] for fault in reply.json()["errors"]}
    assert not Job.objects.exists()


def test_a_repeat_under_one_key_makes_one_job(world):
    replies = [world.api(world.rita).post("/api/v1/jobs/", JOB, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert Job.objects.count() == 1


def test_a_requester_sees_their_own_jobs_only(world):
    mine, _ = world.job(images=0), world.job(owner=world.rosa, images=0)
    rows = world.api(world.rita).get("/api/v1/jobs/").json()["results"]
    assert [row["id"] for row in rows] == [mine.public_id]


def test_the_board_shows_open_jobs_with_reward_rate_and_places_left(world):
    job = world.published()
    world.job(images=0)
    rows = world.api(world.wei).get("/api/v1/jobs/?open=true").json()["results"]
    assert [row["id"] for row in rows] == [job.public_id]
    assert (rows[0]["reward"], rows[0]["places_left"], rows[0]["hourly"]) == ("0.05", 6, None)
    assert rows[0]["places_left_capped"] is False
    assert [label["name"] for label in rows[0]["labels"]] == ["can", "bag"]


def test_the_board_is_read_page_by_page(world, monkeypatch):
    monkeypatch.setattr("marketplace.boards.A_PAGE", 1)
    first, second = world.published(images=1), world.published(images=1)
    client = world.api(world.wei)
    page = client.get("/api/v1/jobs/?open=true").json()
    following = client.get(page["next"]).json()
    assert {page["results"][0]["id"], following["results"][0]["id"]} == {first.public_id, second.public_id}
    assert following["next"] is None


@pytest.mark.parametrize("page", ["0", "-1", "two", "10001", "²"])
def test_a_page_that_is_no_number_is_refused_by_name(world, page):
    reply = world.api(world.wei).get("/api/v1/jobs/", {"open": "true", "page": page})
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, "page")


def test_the_board_is_for_workers(world):
    assert world.api(world.rita).get("/api/v1/jobs/?open=true").status_code == 403
    assert world.api(world.rita).get("/api/v1/jobs/?open=maybe").status_code == 400


def test_a_worker_reads_the_instructions_of_an_open_job_but_not_its_quote(world):
    job = world.published()
    body = world.api(world.wei).get(f"/api/v1/jobs/{job.public_id}/").json()
    assert body["instructions"] == JOB["instructions"]
    assert "quote" not in body


def test_a_worker_finds_no_draft_and_no_job_that_was_paused_before_they_came(world):
    draft, paused = world.job(), world.published()
    Job.objects.filter(pk=paused.pk).update(state=Job.State.PAUSED)
    for job in (draft, paused):
        assert world.api(world.wei).get(f"/api/v1/jobs/{job.public_id}/").status_code == 404


def test_a_draft_can_be_rewritten_and_deleted_a_published_job_cannot(world):
    client, draft, open_job = world.api(world.rita), world.job(images=0), world.published()
    reply = client.put(f"/api/v1/jobs/{draft.public_id}/", {**JOB, "title": "New", "reward": "0.10"})
    assert (reply.json()["title"], reply.json()["reward"]) == ("New", "0.10")
    assert client.delete(f"/api/v1/jobs/{draft.public_id}/").status_code == 204
    assert client.get(f"/api/v1/jobs/{draft.public_id}/").status_code == 404
    assert client.put(f"/api/v1/jobs/{open_job.public_id}/", JOB).status_code == 409
    assert client.delete(f"/api/v1/jobs/{open_job.public_id}/").status_code == 409


def test_a_copy_is_a_new_draft_without_images(world):
    job = world.published()
    copy = world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/duplicate/")
    assert copy.status_code == 201
    assert (copy.json()["state"], copy.json()["quote"]["images"]) == ("draft", 0)


def test_the_quote_follows_the_images(world):
    job = world.job(images=2)
    quote = world.api(world.rita).get(f"/api/v1/jobs/{job.public_id}/quote/").json()
    assert (quote["images"], quote["reward"], quote["fee"], quote["at_most"]) == (2, "0.05", "0.01", "0.36")


def test_new_instructions_are_a_new_version(world):
    job = world.published()
    reply = world.api(world.rita).put(f"/api/v1/jobs/{job.public_id}/instructions/", {"text": "Look twice."})
    assert (reply.json()["instructions"], reply.json()["instructions_version"]) == ("Look twice.", 2)
