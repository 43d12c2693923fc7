import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace import bell


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr(bell.app, "send_task", lambda name, args, **_: calls.append((name, args)))
    return calls


@pytest.mark.django_db(transaction=True)
def test_it_rings_when_the_transaction_has_committed(rung):
    with transaction.atomic():
        bell.ring("settle", 7)
        assert rung == []

    assert rung == [("marketplace.background.settle", (7,))]


@pytest.mark.django_db(transaction=True)
def test_it_does_not_ring_for_what_was_rolled_back(rung):
    with transaction.atomic():
        bell.ring("settle", 7)
        transaction.set_rollback(True)

    assert rung == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_costs_the_caller_nothing(monkeypatch, caplog):
    def down(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(bell.app, "send_task", down)

    bell.ring("settle", 7)

    assert "sweeper" in caplog.text
