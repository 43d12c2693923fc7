import threading
from collections import Counter

import pytest
from django.db import connection
from rest_framework.test import APIClient

from billing.wallets import wallet_of
from marketplace import tokens
from marketplace.auditing import audit
from marketplace.models import Bonus
from tests.marketplace.test_settling import CAN, earned
from tests.world import World

CLIENTS, EACH, AFFORDED = 32, 2, 20


def test_a_requester_gives_a_bonus_its_worker_reads_of_it_and_nobody_else_may(world):
    job = world.published(images=1, overlap=1)
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    address, said = f"/api/v1/assignments/{given.pk}/bonus/", {"amount": "0.50", "reason": "Careful work."}

    for who, status in ((world.rosa, 404), (world.wei, 403), (None, 401)):
        assert world.api(who).post(address, said).status_code == status
    for wrong, field in (({"amount": "1e3"}, "amount"), ({"reason": ""}, "reason"), ({"tip": "1"}, "tip")):
        refused = world.api(world.rita).post(address, {**said, **wrong})
        assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, [field])
    answers = [world.api(world.rita).post(address, said, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["amount"], answers[0].json()["fee"]) == ("0.50", "0.10")
    assert Bonus.objects.count() == 1
    seen = world.api(world.wei).get(f"/api/v1/assignments/{given.pk}/").json()
    assert [(bonus["amount"], bonus["reason"]) for bonus in seen["bonuses"]] == [("0.50", "Careful work.")]
    by_job = world.api(world.wei).get("/api/v1/earnings/").json()["by_job"]
    assert [(row["earned"], row["bonuses"], row["top_ups"]) for row in by_job] == [("0.05", "0.50", "0.00")]


@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_a_wallet_pays_as_many_as_it_holds_and_refuses_the_others():
    world = World()
    job = world.published(images=4, overlap=1, funds="0.48")  # half of it is held for the answers
    answers = [world.answer(job, world.wei, CAN).pk for _ in range(4)]
    world.settled(job)
    before, key, start = earned(world.wei), tokens.issue(user=world.rita, name="t"), threading.Barrier(CLIENTS)
    statuses = Counter()

    def spend(number):
        client = APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=f"Token {key}")
        address = f"/api/v1/assignments/{answers[number % 4]}/bonus/"
        start.wait(timeout=30)
        for time in range(EACH):
            said = {"amount": "0.01", "reason": "Thanks."}
            reply = client.post(address, said, format="json", HTTP_IDEMPOTENCY_KEY=f"{number}:{time}")
            statuses[reply.status_code] += 1
        connection.close()

    threads = [threading.Thread(target=spend, args=[number]) for number in range(CLIENTS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert statuses == {201: AFFORDED, 402: CLIENTS * EACH - AFFORDED}
    assert (wallet_of(owner=world.rita).balance, earned(world.wei) - before) == (0, AFFORDED * 10_000)
    assert audit() == []
