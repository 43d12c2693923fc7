"""Releases over the API."""

import hashlib
import json

import pytest

BOX = ("can", [10, 10, 40, 30])


@pytest.fixture
def settled(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wei, BOX)
    world.settled(job)
    return job


def test_a_release_is_made_listed_and_read(world, settled):
    client, address = world.api(world.rita), f"/api/v1/jobs/{settled.public_id}/releases/"
    made = client.post(address)
    assert made.status_code == 201
    assert (made.json()["number"], made.json()["counts"]["objects"]) == (1, 1)
    assert client.get(address).json()["results"] == [made.json()]
    assert client.get(f"/api/v1/releases/{made.json()['id']}/").json() == made.json()


def test_the_file_is_the_bytes_whose_checksum_was_told(world, settled):
    client = world.api(world.rita)
    release = client.post(f"/api/v1/jobs/{settled.public_id}/releases/").json()
    reply = client.get(release["files"]["coco"])
    content = b"".join(reply.streaming_content)
    assert hashlib.sha256(content).hexdigest() == release["sha256"]
    assert reply["ETag"] == f'"{release["sha256"]}"'
    assert "attachment" in reply["Content-Disposition"]
    assert json.loads(content)["annotations"][0]["bbox"] == [10, 10, 40, 30]


def test_an_unknown_format_is_not_found(world, settled):
    client = world.api(world.rita)
    release = client.post(f"/api/v1/jobs/{settled.public_id}/releases/").json()
    assert client.get(f"/api/v1/releases/{release['id']}/files/tfrecord").status_code == 404


def test_nothing_settled_is_nothing_to_release(world):
    reply = world.api(world.rita).post(f"/api/v1/jobs/{world.published().public_id}/releases/")
    assert (reply.status_code, reply.json()["reason"]) == (409, "nothing_settled")


def test_somebody_elses_release_is_not_found(world, settled):
    release = world.api(world.rita).post(f"/api/v1/jobs/{settled.public_id}/releases/").json()
    for address in (f"/api/v1/releases/{release['id']}/", release["files"]["coco"]):
        assert world.api(world.rosa).get(address).status_code == 404
