"""A job's state."""

from marketplace.models import AuditEntry
from tests.world import picture


def act(world, job, verb, who=None):
    return world.api(who or world.rita).post(f"/api/v1/jobs/{job.public_id}/{verb}/")


def test_publishing_holds_the_money_and_answers_202(world):
    job = world.job()
    world.fund(world.rita, "1.00")
    reply = act(world, job, "publish")
    assert (reply.status_code, reply.json()) == (202, {"id": job.public_id, "state": "publishing"})
    assert world.api(world.rita).get("/api/v1/wallet/").json()["balance"] == "0.64"


def test_a_short_wallet_is_402_and_says_what_is_missing(world):
    job = world.job()
    world.fund(world.rita, "0.10")
    reply = act(world, job, "publish")
    assert reply.status_code == 402
    assert (reply.json()["needed"], reply.json()["available"], reply.json()["missing"]) == ("0.36", "0.10", "0.26")
    job.refresh_from_db()
    assert job.state == "draft"


def test_a_job_timed_below_the_floor_is_published_only_when_its_requester_says_that_they_know(world):
    job = world.job()
    world.fund(world.rita, "1.00")
    job.trial_ms = 60_000  # 5 cents a minute
    job.save()
    client, address = world.api(world.rita), f"/api/v1/jobs/{job.public_id}/publish/"

    refused = client.post(address, {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tally:problem:below-fair-pay")
    assert (refused.json()["hourly"], refused.json()["floor"]) == ("3.00", "8.00")
    assert client.post(address, {"confirm": True}).status_code == 400

    assert client.post(address, {"confirm_low_pay": True}).status_code == 202
    assert AuditEntry.objects.get(action="job.published").after["confirm_low_pay"] is True


def test_money_is_added_to_a_running_job(world):
    job = world.published(images=1)
    client, address = world.api(world.rita), f"/api/v1/jobs/{job.public_id}/money/"

    assert world.api(world.rosa).post(address, {"answers": 1}).status_code == 404
    refused = client.post(address, {"answers": -1, "reserve": "0.001"})
    assert [error["field"] for error in refused.json()["errors"]] == ["answers", "reserve"]
    added = [client.post(address, {"answers": 2, "reserve": "0.50"}, HTTP_IDEMPOTENCY_KEY="m") for _ in range(2)]
    assert [reply.status_code for reply in added] == [200, 200]
    assert world.api(world.rita).get("/api/v1/wallet/").json()["balance"] == "99.20"


def test_a_job_without_images_is_not_published(world):
    reply = act(world, world.job(images=0), "publish")
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "images"


def test_publishing_twice_is_409_but_a_repeat_under_the_key_is_the_first_answer(world):
    job = world.job()
    world.fund(world.rita, "1.00")
    client, address = world.api(world.rita), f"/api/v1/jobs/{job.public_id}/publish/"
    assert [client.post(address, HTTP_IDEMPOTENCY_KEY="p").status_code for _ in range(2)] == [202, 202]
    assert client.post(address).status_code == 409


def test_pause_resume_and_close_follow_the_rules(world):
    job = world.published()
    assert act(world, job, "resume").status_code == 409
    assert act(world, job, "pause").json()["state"] == "paused"
    assert act(world, job, "pause").status_code == 409
    assert act(world, job, "resume").json()["state"] == "open"
    assert act(world, job, "close").json()["state"] == "closing"
    assert act(world, job, "close").status_code == 409
    assert world.api(world.rita).get("/api/v1/wallet/").json()["balance"] == "100.00"


def test_a_body_nobody_reads_is_refused(world):
    reply = world.api(world.rita).post(f"/api/v1/jobs/{world.job().public_id}/publish/", {"now": True})
    assert reply.status_code == 400


def test_images_added_to_an_open_job_are_paid_for_by_publishing_again(world):
    job, client = world.published(images=1, funds="0.40"), world.api(world.rita)
    address = f"/api/v1/jobs/{job.public_id}/"
    assert client.get(f"{address}quote/").json()["added"] is None
    files = [picture("a.png", shade=11), picture("b.png", shade=12)]
    client.post(f"{address}images/", {"files": files}, format="multipart")

    assert client.get(address).json()["added"] == {"images": 2, "at_most": "0.36"}
    quote = client.get(f"{address}quote/").json()
    assert (quote["images"], quote["at_most"], quote["added"]) == (3, "0.54", {"images": 2, "at_most": "0.36"})
    short = act(world, job, "publish")
    assert (short.status_code, short.json()["missing"]) == (402, "0.14")

    world.fund(world.rita, "1.00")
    reply = act(world, job, "publish")
    assert (reply.status_code, reply.json()["state"]) == (202, "open")
    assert client.get(address).json()["added"] is None
    assert act(world, job, "publish").status_code == 409
