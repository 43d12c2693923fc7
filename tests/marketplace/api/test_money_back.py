"""Refunds and reversals over the API."""

from uuid import uuid4

import pytest

from billing.models import Clawback, Deposit, Refund

BOX = ("can", [10, 10, 40, 30])
REFUNDS = "/api/v1/wallet/refunds/"


@pytest.fixture
def deposit(world):
    world.fund(world.rita, "5.00")
    return str(Deposit.objects.get().pk)


def test_a_requester_has_a_deposit_paid_back_once_a_key(world, deposit):
    client = world.api(world.rita)
    said = {"deposit": deposit, "amount": "2.00"}
    first, again = [client.post(REFUNDS, said, HTTP_IDEMPOTENCY_KEY="r") for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    assert {name: first.json()[name] for name in ("deposit", "state", "amount", "reason")} == {
        "deposit": deposit, "state": "requested", "amount": "2.00", "reason": "",
    }  # fmt: skip
    assert client.post(REFUNDS, {"deposit": deposit}).json()["amount"] == "3.00", "all that is left"
    assert [row["amount"] for row in client.get(REFUNDS).json()["results"]] == ["3.00", "2.00"]
    assert client.get("/api/v1/wallet/").json()["balance"] == "0.00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "6.00"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"deposit": "x"}, "deposit"),
        ({"to": "x"}, "to"),
    ],
)
def test_bad_input_names_the_field_and_moves_nothing(world, deposit, changes, field):
    reply = world.api(world.rita).post(REFUNDS, {"deposit": deposit, **changes})
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, field)
    assert not Refund.objects.exists()


def test_somebody_elses_deposit_is_not_found(world, deposit):
    for pk in (deposit, str(uuid4())):
        assert world.api(world.rosa).post(REFUNDS, {"deposit": pk}).status_code == 404
    world.api(world.rita).post(REFUNDS, {"deposit": deposit})
    assert world.api(world.rosa).get(REFUNDS).json()["results"] == []


def test_an_admin_takes_back_pay_and_nobody_else(world):
    job = world.published(images=1, overlap=1, reward="2.00")
    given = world.answer(job, world.wei, BOX)
    world.settled(job)
    address = f"/api/v1/assignments/{given.pk}/reverse/"
    for person, status in ((world.rita, 403), (world.wei, 403), (None, 401)):
        assert world.api(person).post(address, {"reason": "x"}).status_code == status
    ada = world.api(world.ada)
    assert ada.post(address, {"reason": " "}).status_code == 400
    assert not Clawback.objects.exists()
    reply = ada.post(address, {"reason": "Copied."})
    assert (reply.status_code, reply.json()["reward"], reply.json()["owed"]) == (200, "2.00", "0.00")
    assert ada.post(address, {"reason": "Copied."}).status_code == 409
