"""All that is kept of a person, as one document, and nothing of anybody else."""

import json
import re

from django.apps import apps

from marketplace import auditlog, own_data, tokens
from marketplace.erasing import GOES, STAYS
from marketplace.models import User
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import three_answers


def document(world, person):
    return json.loads("".join(own_data.document(person=person, now=world.now)))


def test_a_worker_finds_answers_verdicts_money_and_appeals(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    contest(world, world.rejected())
    tokens.issue(user=world.wei, name="laptop", now=world.now)
    auditlog.record(actor=world.wei, action="role.taken", subject=world.wei, now=world.now, address="203.0.113.9")
    found = document(world, world.wei)
    assert found["profile"]["email"] == "wei@example.org"
    assert {row["state"] for row in found["answers"]} == {"accepted", "rejected"}
    assert all(row["answer"]["shapes"] and row["verdict"] for row in found["answers"])
    assert [(row["what"], row["amount"]) for row in found["earnings"]] == [("Accepted work", "0.05")]
    assert found["appeals"][0]["state"] == "open"
    assert [row["what"] for row in found["consents"]] == ["role", "job", "job"]
    assert found["api_keys"][0]["name"] == "laptop"
    assert found["log"][0]["address"] == "203.0.113.9"
    assert set(found) == {"profile", "skills", *own_data.SECTIONS}


def test_a_requester_finds_jobs_deposits_and_the_wallet(world):
    job = world.published(images=1, funds="10.00")
    found = document(world, world.rita)
    assert [(row["job"], row["instructions"]) for row in found["jobs"]] == [
        (job.public_id, ["Draw a box around every can and every bag."])
    ]
    assert [row["amount"] for row in found["wallet"]] == ["-0.18", "10.00"]
    assert found["deposits"][0]["payment"] == "pi_1"


def test_nothing_of_others_and_no_number_of_a_task_is_in_it(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    text = "".join(own_data.document(person=world.wei, now=world.now))
    for secret in (world.wanda.email, world.wanda.pseudonym, world.rita.email, "gold", "cursor", "task"):
        assert secret not in text, secret
    assert not re.search(r'"(id|image_id|place|position)"', text)


def test_whoever_has_nothing_gets_an_empty_document(world):
    found = document(world, world.sam)
    assert [name for name, rows in found.items() if rows and name != "profile"] == []


def test_somebody_decided_about_every_row_that_points_to_a_person():
    """Else a new table would keep what its rows say of people who have left."""
    pointing = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model is User
    }
    decided = set(GOES) | {name for names in STAYS.values() for name in names}
    assert pointing - decided == set(), "say in marketplace.erasing whether it goes with the person or stays, and why"
    assert decided - pointing == set()
