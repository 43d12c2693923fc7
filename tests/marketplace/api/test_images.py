"""Images of a job over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.closing import close
from marketplace.models import Task
from tests.world import picture


def send(world, job, *files, who=None, **extra):
    address = f"/api/v1/jobs/{job.public_id}/images/"
    return world.api(who or world.rita).post(address, {"files": list(files)}, format="multipart", **extra)


def test_good_files_are_taken_and_bad_ones_named(world):
    job = world.job(images=0)
    reply = send(world, job, picture("a.png", shade=1), SimpleUploadedFile("b.jpg", b"text"), picture("c.png", shade=2))
    body = reply.json()
    assert reply.status_code == 200
    assert (body["added"], [image["name"] for image in body["images"]]) == (2, ["a.png", "c.png"])
    assert [refused["name"] for refused in body["refused"]] == ["b.jpg"]


def test_when_no_file_is_good_the_answer_is_a_problem_that_names_each(world):
    job = world.job(images=0)
    reply = send(world, job, SimpleUploadedFile("b.jpg", b"text"), SimpleUploadedFile("c.svg", b"<svg/>"))
    body = reply.json()
    assert reply.status_code == 400
    assert [fault["field"] for fault in body["errors"]] == ["b.jpg", "c.svg"]
    assert all(fault["rule"] and fault["message"] for fault in body["errors"])
    assert (body["added"], len(body["refused"])) == (0, 2)


def test_the_same_file_under_one_key_is_one_image(world):
    job = world.job(images=0)
    replies = [send(world, job, picture("a.png"), HTTP_IDEMPOTENCY_KEY="up") for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert replies[1]["Idempotency-Replayed"] == "true"
    assert Task.objects.filter(job=job).count() == 1


def test_nothing_sent_and_unknown_fields_are_refused(world):
    job = world.job(images=0)
    client, address = world.api(world.rita), f"/api/v1/jobs/{job.public_id}/images/"
    assert client.post(address, {}, format="multipart").json()["errors"][0]["rule"] == "required"
    unknown = client.post(address, {"pictures": picture("a.png")}, format="multipart")
    assert unknown.json()["errors"][0]["rule"] == "unknown_field"
    assert client.post(address, {"urls": ["http://x"]}, format="json").status_code == 415


def test_images_are_listed_in_their_order_and_can_be_taken_out(world):
    job, client = world.job(images=3), world.api(world.rita)
    address = f"/api/v1/jobs/{job.public_id}/images/"
    rows = client.get(address).json()["results"]
    assert [row["name"] for row in rows] == ["0.png", "1.png", "2.png"]
    assert client.delete(f"{address}{rows[1]['id']}/").status_code == 204
    assert [row["name"] for row in client.get(address).json()["results"]] == ["0.png", "2.png"]
    assert client.delete(f"{address}{rows[1]['id']}/").status_code == 404


def test_a_published_job_takes_images_and_loses_none_that_is_paid_for(world):
    job, client = world.published(), world.api(world.rita)
    reply = send(world, job, picture("new.png", shade=99))
    assert (reply.status_code, reply.json()["added"]) == (200, 1)
    paid, new = Task.objects.filter(job=job)[0], reply.json()["images"][0]["id"]
    assert client.delete(f"/api/v1/jobs/{job.public_id}/images/{paid.pk}/").status_code == 409
    assert client.delete(f"/api/v1/jobs/{job.public_id}/images/{new}/").status_code == 204


def test_a_job_that_ended_takes_no_images(world):
    job = world.published()
    close(job=job, now=world.now)
    assert send(world, job, picture("new.png", shade=99)).status_code == 409


def test_another_requesters_task_number_is_not_found(world):
    mine, other = world.job(), world.job(owner=world.rosa)
    task = Task.objects.filter(job=other)[0]
    assert world.api(world.rita).delete(f"/api/v1/jobs/{mine.public_id}/images/{task.pk}/").status_code == 404


@pytest.mark.parametrize("count", [3])
def test_more_files_than_one_request_may_carry_are_refused(world, settings, count):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = count - 1
    reply = send(world, world.job(images=0), *(picture(f"{n}.png", shade=n) for n in range(count)))
    assert (reply.status_code, reply.json()["type"]) == (400, "urn:tally:problem:too-many-files")


def test_a_refusal_is_told_again_under_the_same_key_and_frees_it(world):
    job = world.job(images=0)
    for _ in range(2):
        reply = send(world, job, SimpleUploadedFile("b.jpg", b"text"), HTTP_IDEMPOTENCY_KEY="k")
        assert (reply.status_code, reply.json()["added"]) == (400, 0)
    assert send(world, job, picture("a.png"), HTTP_IDEMPOTENCY_KEY="k").status_code == 200
