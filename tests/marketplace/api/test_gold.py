"""Known answers over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.models import Task
from qa.models import Gold

pytestmark = pytest.mark.django_db

BOX = {"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 20, 20]}]}


def address(job, rest=""):
    return f"/api/v1/jobs/{job.public_id}/gold/{rest}"


def test_a_known_answer_is_given_listed_and_retired(world):
    job, api = world.job(images=2), world.api(world.rita)
    task = Task.objects.filter(job=job).first()
    reply = api.post(address(job), {"image": task.pk, "annotation": BOX})
    assert reply.status_code == 201
    known = reply.json()["added"][0]
    assert (known["image"], known["state"], known["source"]) == ("0.png", "active", "chosen")
    assert api.get(address(job)).json()["results"] == [known]
    assert api.delete(address(job, f"{known['id']}/")).status_code == 204
    assert api.get(address(job)).json()["results"][0]["state"] == "retired"
    assert api.delete(address(job, "999/")).status_code == 404


def test_of_a_list_the_bad_ones_are_named_and_the_good_ones_taken(world):
    job = world.job(images=2)
    rows = [{"image": "0.png", "annotation": BOX}, {"image": "no.png", "annotation": BOX}]
    reply = world.api(world.rita).post(address(job), rows)
    assert reply.status_code == 201
    assert [one["image"] for one in reply.json()["added"]] == ["0.png"]
    assert reply.json()["refused"] == [
        {"name": "[1].image", "rule": "unknown", "message": "This job has no image 'no.png'."}
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"image": "no.png", "annotation": BOX}, "image"),
        ({"image": "0.png", "annotation": {"shapes": [], "colour": 1}}, "annotation.colour"),
        ({"image": "0.png", "annotation": BOX, "colour": "red"}, "colour"),
    ],
)
def test_nonsense_is_refused_naming_the_field(world, body, field):
    reply = world.api(world.rita).post(address(world.job(images=1)), body)
    assert reply.status_code == 400
    assert any(field in fault["field"] or field in fault["message"] for fault in reply.json()["errors"])
    assert not Gold.objects.exists()


def test_files_are_taken(world):
    job = world.job(images=1)
    voc = b"""<annotation><filename>0.png</filename><size><width>120</width><height>90</height></size></annotation>"""
    file = SimpleUploadedFile("0.xml", voc)
    reply = world.api(world.rita).post(address(job), {"files": [file]}, format="multipart")
    assert reply.status_code == 201
    assert reply.json()["added"][0]["annotation"]["empty"] is True


def test_a_known_answer_that_needs_review_is_confirmed(world):
    job, api = world.job(images=1), world.api(world.rita)
    known = api.post(address(job), {"image": "0.png", "annotation": BOX}).json()["added"][0]
    assert api.post(address(job, f"{known['id']}/confirm/"), {}).status_code == 409
    Gold.objects.update(state="review", good_wrong=3)
    reply = api.post(address(job, f"{known['id']}/confirm/"), {})
    assert (reply.status_code, reply.json()["state"]) == (200, "active")
    assert Gold.objects.get().good_wrong == 0


def test_known_answers_are_their_requesters_alone(world):
    job = world.job(images=1)
    for other in (world.rosa, world.wei):
        assert world.api(other).get(address(job)).status_code in (403, 404)
        assert world.api(other).post(address(job), {"image": "0.png", "annotation": BOX}).status_code in (403, 404)
    assert not Gold.objects.exists()
