"""What two admins put right: nobody else may, and each of their acts is noted."""

import pytest

from billing import adjustments
from billing.ledger import AccountKind
from billing.models import Transfer
from billing.wallets import earnings_of
from marketplace import adjusting, auditing
from marketplace.errors import Conflict, Forbidden
from marketplace.models import AuditEntry


@pytest.fixture
def abe(world):
    return world.person("Abe", is_staff=True)


def gift(world, by):
    return adjusting.ask_goodwill(
        worker=world.wei, amount=1_500_000, reason="Our fault.", by=by, now=world.now, address="192.0.2.9"
    )


def test_one_asks_another_agrees_and_both_are_noted(world, abe):
    row = gift(world, world.ada)
    assert list(adjusting.waiting()) == [row]
    with pytest.raises(Conflict):
        adjusting.decide(adjustment_id=row.pk, agreed=True, by=world.ada, now=world.now)
    adjusting.decide(adjustment_id=row.pk, agreed=True, by=abe, now=world.now)
    assert (earnings_of(worker=world.wei).balance, list(adjusting.waiting())) == (1_500_000, [])
    notes = AuditEntry.objects.order_by("pk").values_list("actor", "action", "after__reason")
    assert list(notes) == [
        (world.ada.pk, "goodwill.asked", "Our fault."),
        (abe.pk, "goodwill.done", "Our fault."),
    ]
    assert auditing.audit() == []


def test_a_declined_one_is_noted_and_moves_nothing(world, abe):
    row = gift(world, abe)
    adjusting.decide(adjustment_id=row.pk, agreed=False, by=abe, now=world.now)
    assert AuditEntry.objects.latest("pk").action == "goodwill.declined"
    assert not Transfer.objects.exists()


def test_only_admins_with_a_second_factor(world, abe, settings):
    row = gift(world, abe)
    asked = {"reason": "x", "now": world.now}
    for by, waived in ((world.rita, True), (world.ada, False)):
        settings.MFA_REQUIRED = not waived
        with pytest.raises(Forbidden):
            gift(world, by)
        with pytest.raises(Forbidden):
            adjusting.ask_correction(transfer_id=1, by=by, **asked)
        with pytest.raises(Forbidden):
            adjusting.ask_write_off(person=world.wei, kind=AccountKind.WALLET, amount=1, by=by, **asked)
        with pytest.raises(Forbidden):
            adjusting.decide(adjustment_id=row.pk, agreed=True, by=by, now=world.now)


def test_without_its_entry_it_is_not_done(world, abe, monkeypatch):
    row = gift(world, world.ada)
    monkeypatch.setattr(adjusting.auditlog, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        adjusting.decide(adjustment_id=row.pk, agreed=True, by=abe, now=world.now)
    row.refresh_from_db()
    assert (row.state, earnings_of(worker=world.wei).balance) == (adjustments.S.ASKED, 0)
