"""Nobody reaches what is not theirs: every endpoint × everybody who should not."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from billing.models import Deposit
from marketplace import appealing, blocking, gold, inviting
from marketplace.api import urls
from marketplace.api.base import Endpoint
from marketplace.api.docs import NoSuchAddress
from marketplace.api.roles import IsAdmin, IsDecider, IsMember, IsRequester, IsWorker
from marketplace.models import Assignment, Job, Task
from marketplace.releases import make_release
from tests.marketplace.test_telling_apart import apart

BOX = ("can", [10, 10, 40, 30])
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ENDPOINTS = [
    (pattern.name, pattern.callback.cls, list(pattern.pattern.converters))
    for pattern in urls.urlpatterns
    if issubclass(getattr(pattern.callback, "cls", object), Endpoint) and pattern.callback.cls is not NoSuchAddress
]
CALLS = [(name, view, args, method) for name, view, args in ENDPOINTS for method in METHODS if method in view.who]
# What any worker may call on any published job.
OPEN_TO_WORKERS = {"job", "job-enrol", "job-claim", "job-exercise"}


@pytest.fixture
def addresses(world):
    """The address of every endpoint, about Rita's job and what Wei did in it."""
    job = world.published(images=2, overlap=1)
    answered = world.answer(job, world.wei, BOX)
    world.settled(job)
    refused = world.rejected()
    blocking.block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    release = make_release(job=job, by=world.rita, now=world.now)
    deposit = Deposit.objects.create(owner=world.rita, amount=1_000_000, idempotency_key="d", created_at=world.now)
    ids = {
        "job": job.public_id,
        "task": Task.objects.filter(job=job)[0].pk,
        "assignment": answered.pk,
        "release": release.public_id,
        "deposit": deposit.pk,
        "format": "coco",
        "invitation": inviting.invite(job=job, addresses=["a@example.org"], now=world.now).added[0].pk,
        "pseudonym": world.wei.pseudonym,
        "stop": 1,
        "pair": apart(world, world.wei, world.wanda)[0].pk,
        "known": gold.add_gold(job=job, image=answered.task_id, annotation={"empty": True}, now=world.now).pk,
        "question": 1,
        "exercise": uuid.uuid4(),
        "appeal": appealing.appeal(assignment_id=refused.pk, worker=refused.worker, reason="No.", now=world.now).pk,
    }
    return {name: reverse(f"api:{name}", kwargs={arg: ids[arg] for arg in args}) for name, _, args in ENDPOINTS}


def call(client, method, address):
    return getattr(client, method.lower())(
        address, {}, format="multipart" if address.endswith(("images/", "questions/")) else "json"
    )


def test_every_method_says_who_may_call_it():
    for name, view, _ in ENDPOINTS:
        assert set(view.who) == {method for method in METHODS if hasattr(view, method.lower())}, name


def test_the_walk_is_complete():
    assert len(CALLS) >= 56
    assert {role for _, view, _, method in CALLS for role in [view.who[method]]} >= {
        IsAdmin,
        IsMember,
        IsRequester,
        IsWorker,
    }


def expected(world, name, args, role):
    """Who should not get in, and the answers they may get."""
    yield None, {401}
    yield world.sam, {403}
    if role is IsDecider:
        yield world.wei, {403}
        if args:
            yield world.rosa, {400, 404}
        return
    if role is IsAdmin:
        for person in (world.rita, world.wei):
            yield person, {403}
    else:
        yield world.ada, {403}
    if role is IsRequester:
        yield world.wei, {403}
        if args:
            yield world.rosa, {404}
    if role is IsWorker:
        yield world.rosa, {403}
        if args and name not in OPEN_TO_WORKERS:
            yield world.wanda, {400, 404}


def test_outsiders_get_nowhere(world, addresses):
    before = (Job.objects.first().state, Assignment.objects.count(), Task.objects.count())
    faults = []
    for name, view, args, method in CALLS:
        for person, answers in expected(world, name, args, view.who[method]):
            status = call(world.api(person), method, addresses[name]).status_code
            if status not in answers:
                faults.append(f"{method} {name} by {person}: {status}")
    assert not faults, "\n".join(faults)
    assert (Job.objects.first().state, Assignment.objects.count(), Task.objects.count()) == before


def test_the_lists_of_others_are_empty(world, addresses):
    lists = {
        world.rosa: {"jobs": "results", "deposits": "results", "wallet": "statement", "blocks": "results"},
        world.wanda: {"assignments": "results", "payouts": "results", "earnings": "by_job"},
    }
    for person, members in lists.items():
        for name, member in members.items():
            assert call(world.api(person), "GET", addresses[name]).json()[member] == [], name


def test_another_requester_does_not_even_see_an_open_job(world, addresses):
    assert world.api(world.rosa).get(addresses["job"]).status_code == 404


def test_an_assignment_of_another_worker_is_not_found_whatever_is_sent(world, addresses):
    for name in ("assignment-submit", "assignment-renew", "assignment-skip", "assignment-give-back"):
        body = {"annotation": {"shapes": []}} if name == "assignment-submit" else {}
        assert world.api(world.wanda).post(addresses[name], body).status_code == 404, name
        assert world.api(world.wanda).post(reverse(f"api:{name}", args=[uuid.uuid4()]), body).status_code == 404, name
