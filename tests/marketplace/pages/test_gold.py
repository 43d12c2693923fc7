import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace import gold
from qa.models import Gold

pytestmark = pytest.mark.django_db

BOX = {"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 20, 20]}]}


def page(job, rest=""):
    return f"/jobs/{job.public_id}/gold/{rest}"


def test_known_answers_are_added_by_hand_and_listed(world):
    job, browser = world.job(images=2), world.browser(world.rita)
    assert "No known answers" in browser.get(page(job)).content.decode()
    reply = browser.post(page(job), {"image": "0.png", "annotation": json.dumps(BOX)}, follow=True)
    assert "1 known answer added." in reply.content.decode()
    assert "0 of 0 answers agree." in reply.content.decode()
    assert "None of them is handed out" in reply.content.decode()  # the job's policy asks for no gold


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world):
    job = world.job(images=1)
    reply = world.browser(world.rita).post(page(job), {"image": "0.png", "annotation": "{"})
    assert reply.status_code == 422
    assert "0 added, 1 not taken" in reply.content.decode()
    assert 'value="0.png"' in reply.content.decode()


def test_known_answers_are_read_from_files(world):
    job = world.job(images=1)
    voc = b"<annotation><filename>0.png</filename><size><width>120</width><height>90</height></size></annotation>"
    reply = world.browser(world.rita).post(page(job), {"files": [SimpleUploadedFile("0.xml", voc)]})
    assert reply.status_code == 302
    assert Gold.objects.get().source == "imported"


def test_a_known_answer_is_taken_out_of_use_or_confirmed(world):
    job, browser = world.job(images=1), world.browser(world.rita)
    found = gold.add_gold(job=job, image="0.png", annotation=BOX, now=world.now)
    Gold.objects.update(state="review")
    browser.post(page(job, f"{found.pk}/"), {"do": "confirm"})
    assert Gold.objects.get().state == "active"
    reply = browser.post(page(job, f"{found.pk}/"), {"do": "retire"}, follow=True)
    assert "The answer to 0.png is retired now." in reply.content.decode()
    assert browser.post(page(job, "999/"), {"do": "retire"}).status_code == 404


def test_the_page_is_its_requesters_alone(world):
    job = world.job(images=1)
    assert world.browser(world.rosa).get(page(job)).status_code == 404
    assert world.browser(world.rosa).post(page(job, "1/"), {"do": "retire"}).status_code == 404
