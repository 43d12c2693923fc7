"""Money in and out over the API."""

import pytest

from billing import deposits, payouts
from billing.models import Deposit, Payout

BOX = ("can", [10, 10, 40, 30])


@pytest.fixture
def provider(monkeypatch):
    """Stands where `deposits.start` would open the provider's page; notes the keys it was called with."""
    keys = []

    def start(*, owner, amount, idempotency_key, success_url, cancel_url, now):
        deposits.check_amount(amount=amount)
        keys.append(idempotency_key)
        fields = {"amount": amount, "success_url": success_url, "cancel_url": cancel_url, "created_at": now}
        fields["checkout_url"] = "http://127.0.0.1:8001/pay/1"
        return Deposit.objects.update_or_create(owner=owner, idempotency_key=idempotency_key, defaults=fields)[0]

    monkeypatch.setattr(deposits, "start", start)
    return keys


def test_a_deposit_starts_with_an_address_to_pay_at(world, provider):
    client = world.api(world.rita)
    reply = client.post("/api/v1/wallet/deposits/", {"amount": "50.00"}, HTTP_IDEMPOTENCY_KEY="d-1")
    body = reply.json()
    assert reply.status_code == 201
    assert (body["state"], body["amount"], body["checkout_url"]) == ("waiting", "50.00", "http://127.0.0.1:8001/pay/1")
    assert provider == ["d-1"]
    assert client.get(f"/api/v1/wallet/deposits/{body['id']}/").json() == body
    assert client.get("/api/v1/wallet/deposits/").json()["results"] == [body]


def test_a_repeated_deposit_calls_the_provider_once(world, provider):
    client = world.api(world.rita)
    for _ in range(3):
        client.post("/api/v1/wallet/deposits/", {"amount": "50.00"}, HTTP_IDEMPOTENCY_KEY="d-1")
    other = client.post("/api/v1/wallet/deposits/", {"amount": "60.00"}, HTTP_IDEMPOTENCY_KEY="d-1")
    assert (provider, other.status_code, Deposit.objects.count()) == (["d-1"], 422, 1)


@pytest.mark.parametrize("amount", ["0", "-1.00", "1e3", "NaN", "0.001", "1.0000001", 50.0, None, "", [], "9" * 30])
def test_a_nonsense_amount_is_refused_naming_the_field(world, provider, amount):
    reply = world.api(world.rita).post("/api/v1/wallet/deposits/", {"amount": amount})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "amount"
    assert not provider


def test_the_wallet_tells_its_movements(world):
    world.fund(world.rita, "5.00")
    body = world.api(world.rita).get("/api/v1/wallet/").json()
    assert (body["balance"], body["currency"]) == ("5.00", "USD")
    assert [(line["amount"], line["balance"]) for line in body["statement"]] == [("5.00", "5.00")]


@pytest.fixture
def paid(world):
    """Wei has earned 2.00."""
    job = world.published(images=1, overlap=1, reward="2.00")
    world.answer(job, world.wei, BOX)
    world.settled(job)
    return job


def test_earnings_are_told_by_job(world, paid):
    body = world.api(world.wei).get("/api/v1/earnings/").json()
    assert (body["balance"], body["lifetime"], body["waiting"]) == ("2.00", "2.00", "0.00")
    assert [(row["job"], row["accepted"], row["earned"]) for row in body["by_job"]] == [(paid.public_id, 1, "2.00")]


def test_a_payout_is_reserved_once_a_key(world, paid):
    client = world.api(world.wei)
    replies = [client.post("/api/v1/payouts/", {"amount": "1.50"}, HTTP_IDEMPOTENCY_KEY="p") for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert (replies[0].status_code, replies[0].json()["amount"], replies[0].json()["state"]) == (
        201,
        "1.50",
        "requested",
    )
    assert Payout.objects.count() == 1
    assert client.get("/api/v1/earnings/").json()["balance"] == "0.50"
    assert len(client.get("/api/v1/payouts/").json()["results"]) == 1


def test_without_an_amount_everything_is_paid_out(world, paid):
    assert world.api(world.wei).post("/api/v1/payouts/").json()["amount"] == "2.00"


@pytest.mark.parametrize("amount", ["5.00", "0.01", "1.001"])
def test_a_payout_that_cannot_be_is_refused_with_the_rule(world, paid, amount):
    reply = world.api(world.wei).post("/api/v1/payouts/", {"amount": amount})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "amount"
    assert not Payout.objects.exists()


def test_the_deposits_and_payouts_of_others_are_not_found(world, provider, paid):
    deposit = world.api(world.rita).post("/api/v1/wallet/deposits/", {"amount": "50.00"}).json()
    assert world.api(world.rosa).get(f"/api/v1/wallet/deposits/{deposit['id']}/").status_code == 404
    assert world.api(world.rosa).get("/api/v1/wallet/deposits/").json()["results"] == []
    payouts.request(worker=world.wei, amount=None, idempotency_key="x", now=world.now)
    assert world.api(world.wanda).get("/api/v1/payouts/").json()["results"] == []
