"""What admins decide about suspense leaves a trace, and refusals are in the market's words."""

import uuid

import pytest

from billing import reconciling
from billing.models import SuspenseItem
from marketplace import bookkeeping
from marketplace.errors import Conflict, Refused
from marketplace.models import AuditEntry
from tests.billing.bank import Bank, hours
from tests.billing.conftest import NOW


@pytest.fixture
def item(world, monkeypatch):
    Bank(monkeypatch).add("adjustment", 700)
    reconciling.run(now=NOW + hours(24))
    return SuspenseItem.objects.get()


def ask(world, item, **changes):
    typed = {"account": "losses", "email": "", "reason": "Ours."} | changes
    return bookkeeping.ask(item_id=item.pk, by=world.ada, now=world.now, address="192.0.2.7", **typed)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": "escrow_free"}, "account"), ({"email": "nobody@example.org"}, "email"),
        ({"email": "rita@example.org"}, "email"), ({"account": "wallet"}, "email"), ({"reason": ""}, "reason"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_and_nothing_is_noted(world, item, changes, field):
    assert world.rita
    with pytest.raises(Refused) as refused:
        ask(world, item, **changes)
    assert refused.value.problems[0].field == field
    assert not AuditEntry.objects.filter(action__startswith="suspense").exists()


def test_each_step_is_noted_with_who_where_to_and_why(world, item):
    ask(world, item)
    bookkeeping.decline(item_id=item.pk, by=world.ada, now=world.now)
    ask(world, item, account="wallet", email="RITA@example.org" if world.rita else "")
    bookkeeping.agree(item_id=item.pk, by=world.person("Amos", is_staff=True), now=world.now)
    noted = AuditEntry.objects.filter(action__startswith="suspense").order_by("pk")
    told = [(one.action, one.after["account"], one.after["owner"], one.after["reason"]) for one in noted]
    assert told == [
        ("suspense.asked", "losses", None, "Ours."), ("suspense.declined", "losses", None, "Ours."),
        ("suspense.asked", "wallet", world.rita.pk, "Ours."), ("suspense.resolved", "wallet", world.rita.pk, "Ours."),
    ]  # fmt: skip
    assert noted[0].address == "192.0.2.7"


def test_what_cannot_be_is_a_conflict_and_what_is_not_there_is_not(world, item):
    for act in (bookkeeping.agree, bookkeeping.decline):
        with pytest.raises(Conflict, match="Nobody has said"):
            act(item_id=item.pk, by=world.ada, now=world.now)
        with pytest.raises(SuspenseItem.DoesNotExist):
            act(item_id=uuid.uuid4(), by=world.ada, now=world.now)
