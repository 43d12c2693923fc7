import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing.models import Deposit
from tests.billing.bank import Bank
from tests.marketplace.test_auditing import FAULTS, plant
from tests.marketplace.test_settling import three_answers


@pytest.fixture
def job(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    return job


def reconcile(**options):
    out = io.StringIO()
    call_command("reconcile", stdout=out, **options)
    return out.getvalue()


def test_it_says_that_all_is_well(job):
    assert "All accounts balance" in reconcile()
    assert json.loads(reconcile(json=True)) == {"faults": []}


def test_with_the_provider_its_books_are_compared_first(job, monkeypatch):
    bank = Bank(monkeypatch)
    bank.add("charge", 10_000, reference=str(Deposit.objects.get().pk))
    assert "1 lines of the provider, 1 matched" in reconcile(provider=True)
    assert json.loads(reconcile(provider=True, json=True))["provider"]["state"] == "done"
    bank.add("payout", -700, name="txn_unknown", at=timezone.now() - dt.timedelta(hours=3))
    out = io.StringIO()
    with pytest.raises(CommandError, match="found"):
        call_command("reconcile", stdout=out, provider=True)
    assert "The provider moved -7.00 by payout txn_unknown, which is not in our books." in out.getvalue()
    bank.away = True
    with pytest.raises(CommandError):
        call_command("reconcile", stdout=out, provider=True)
    assert "did not answer" in out.getvalue()


def test_it_names_the_fault_and_fails(job):
    plant(FAULTS["accepted means paid"])
    out = io.StringIO()

    with pytest.raises(CommandError, match="found"):
        call_command("reconcile", stdout=out)

    assert "its reward was not paid" in out.getvalue()
