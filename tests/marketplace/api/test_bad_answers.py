"""Whatever is wrong with an answer: it is refused naming the rule, no row changes, and the draft is kept."""

from __future__ import annotations

import json
from functools import cache

import pytest
from django.apps import apps
from django.db import connection

from marketplace.assigning import claim
from marketplace.closing import close, finish_closing
from marketplace.leases import expire, give_back
from marketplace.models import Draft, User
from marketplace.settling import settle
from marketplace.workdrafts import save_draft

BOX = {"type": "box", "label": "can", "bbox": [10, 10, 30, 20]}
GOOD = {"annotation": {"schema": 1, "shapes": [BOX]}, "next": True}
# A key's last use is told whoever uses it; the keys of repeats live beside the work.
APART = {"marketplace_apitoken", "marketplace_idempotencyrecord", "django_session"}


@cache
def tables():
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return sorted(names - APART)


def contents():
    """A checksum of every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for name in tables():
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t")
            found[name] = cursor.fetchone()[0]
    return found


@pytest.fixture
def mine(world):
    return world.recalled(held_by_wei)


def held_by_wei(world):
    """What Wei holds, with a draft."""
    handout = claim(job=world.published(images=4), worker=world.wei, now=world.now)
    save_draft(
        assignment_id=handout.assignment_id, worker=world.wei, body=GOOD["annotation"], revision=0, now=world.now
    )
    return handout


def send(world, handout, body, who=None, **extra):
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    address = f"/api/v1/assignments/{handout.assignment_id}/submit/"
    client = world.api(who or world.wei)
    return client.generic("POST", address, raw, content_type="application/json", **extra)


def refused(world, handout, body, **extra):
    """The problem with which a submission is refused, once it is sure that it changed nothing."""
    world.api(extra.get("who") or world.wei)  # its key is made before anything is compared
    before = contents()
    reply = send(world, handout, body, **extra)
    after = contents()

    assert 400 <= reply.status_code < 500
    assert reply["Content-Type"] == "application/problem+json"
    assert [name for name in after if after[name] != before[name]] == []
    assert Draft.objects.get().body == GOOD["annotation"]
    problem = reply.json()
    assert problem["detail"]
    return problem


def shapes(*found):
    return {"annotation": {"schema": 1, "shapes": list(found)}, "next": True}


@pytest.mark.parametrize("body", ["{", "", "shapes=1", b"\xff\xfe", "[" * 100_000])
def test_a_body_that_is_not_json(world, mine, body):
    problem = refused(world, mine, body)

    assert problem["status"] == 400
    assert "JSON" in problem["detail"] or problem["errors"][0]["field"] == "annotation"


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null"])
def test_json_that_is_no_object(world, mine, body):
    assert refused(world, mine, body)["errors"][0]["rule"] in {"object", "required"}


def test_a_body_of_ten_megabytes(world, mine):
    problem = refused(world, mine, {**GOOD, "annotation": {"tags": ["x" * 10_000_000]}})

    assert problem["status"] == 413
    assert "MB" in problem["detail"]


def test_more_shapes_than_one_answer_may_have(world, mine):
    problem = refused(world, mine, shapes(*[BOX] * 2_001))

    assert (problem["errors"][0]["field"], problem["errors"][0]["rule"]) == ("shapes", "too_many_shapes")
    assert "2000" in problem["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_coordinates_that_are_no_numbers(world, mine, number):
    body = json.dumps(shapes({**BOX, "bbox": [10, 10, 30, 4711]})).replace("4711", number)

    problem = refused(world, mine, body)

    assert number in problem["detail"] or problem["errors"][0]["field"] == "shapes[0].bbox"


@pytest.mark.parametrize(
    "bbox", [[100, 10, 40, 30], [-1, 0, 5, 5], [1, 1, 0, 5], [1, 1, 5], "1,1,5,5", [1, 1, True, 5]]
)
def test_a_box_outside_the_image_or_none_at_all_is_named(world, mine, bbox):
    problem = refused(world, mine, shapes(BOX, {**BOX, "bbox": bbox}))

    assert problem["errors"][0]["field"] == "shapes[1].bbox"
    assert problem["errors"][0]["rule"]


def test_an_assignment_of_somebody_else(world, mine):
    assert refused(world, mine, GOOD, who=world.wanda)["status"] == 404


def test_an_assignment_that_never_was(world, mine):
    never = type(mine)(**{**mine.__dict__, "assignment_id": "00000000-0000-4000-8000-000000000000"})

    assert refused(world, never, GOOD)["status"] == 404


def test_what_was_given_back_is_no_longer_held(world, mine):
    give_back(assignment_id=mine.assignment_id, worker=world.wei, now=world.now)

    problem = refused(world, mine, GOOD)

    assert (problem["status"], problem["reason"], problem["state"]) == (409, "assignment_given_back", "given_back")


def test_a_lease_whose_place_was_given_on_keeps_the_answer_once_and_the_draft(world):
    """The one refusal that writes: the late answer is kept beside its assignment. A repeat writes nothing."""
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    save_draft(
        assignment_id=handout.assignment_id, worker=world.wei, body=GOOD["annotation"], revision=0, now=world.now
    )
    expire(now=world.later(hours=1))
    assert claim(job=job, worker=world.wanda, now=world.now)

    assert send(world, handout, GOOD).json()["reason"] == "place_given_on"
    assert refused(world, handout, GOOD)["reason"] == "place_given_on"


def test_a_closed_job(world):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    save_draft(
        assignment_id=handout.assignment_id, worker=world.wei, body=GOOD["annotation"], revision=0, now=world.now
    )
    close(job=job, now=world.now)
    expire(now=world.later(hours=1))
    assert finish_closing(job_id=job.pk, now=world.now)
    send(world, handout, GOOD)  # kept beside its assignment, as any late answer

    assert refused(world, handout, GOOD)["status"] == 409
    reply = world.api(world.wei).post(f"/api/v1/jobs/{job.public_id}/claim/")
    assert (reply.status_code, reply.json()["reason"], reply.json()["state"]) == (409, "job_not_open", "closed")
    assert settle(job_id=job.pk, now=world.now) == 0


@pytest.mark.parametrize(("change", "status"), [({"is_active": False}, 401), ({"is_worker": False}, 403)])
def test_a_suspended_worker(world, mine, change, status):
    world.api(world.wei)
    User.objects.filter(pk=world.wei.pk).update(**change)

    assert refused(world, mine, GOOD)["status"] == status


@pytest.mark.parametrize("body", ["{", shapes({**BOX, "label": "cat"}), {**GOOD, "annotaton": 1}, {"next": True}])
def test_a_refusal_under_an_idempotency_key_changes_nothing_either(world, mine, body):
    assert refused(world, mine, body, HTTP_IDEMPOTENCY_KEY="k")["status"] == 400
    assert send(world, mine, GOOD, HTTP_IDEMPOTENCY_KEY="another").json()["state"] == "submitted"


@pytest.mark.parametrize("field", ["next", "ahead"])
@pytest.mark.parametrize("value", [1, "true", None, []])
def test_a_flag_that_is_neither_true_nor_false(world, mine, field, value):
    problem = refused(world, mine, {**GOOD, field: value})

    assert (problem["errors"][0]["field"], problem["errors"][0]["rule"]) == (field, "boolean")


def test_a_good_answer_after_all_these_is_taken_and_ends_the_draft(world, mine):
    refused(world, mine, shapes({**BOX, "label": "cat"}))
    before = contents()

    reply = send(world, mine, GOOD)

    assert (reply.status_code, reply.json()["state"]) == (200, "submitted")
    assert contents() != before
    assert not Draft.objects.exists()
