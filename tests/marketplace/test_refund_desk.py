"""Refunds as admins see them: asked for by one, agreed to by another, and what to do when one failed."""

import pytest

from billing import gateway, refunds
from billing.models import Adjustment, Deposit, Refund
from billing.wallets import wallet_of
from marketplace import adjusting, auditing, bell, refund_desk
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import AuditEntry


@pytest.fixture
def deposit(world):
    world.fund(world.rita, "50.00")
    return Deposit.objects.get()


def ask(world, deposit, amount="20.00", by=None, reason="She closes her account."):
    return refund_desk.ask(deposit=str(deposit), amount=amount, reason=reason, by=by or world.ada, now=world.now)


def failed(world, deposit, reason, number=1):
    said = {"id": f"re_{number}", "payment": deposit.provider_payment, "amount": 10_000_000, "left": True}
    told = gateway.Refund(status="failed", reason=reason, **said)
    assert refunds.record(refund=told, now=world.later(minutes=1))


def listed(show):
    return refund_desk.rows(found=list(refund_desk.refunds_in(show=show)))


def test_what_one_admin_asks_for_leaves_the_wallet_when_another_agrees(world, deposit, monkeypatch):
    rings = []
    monkeypatch.setattr(bell, "ring", lambda *rung: rings.append(rung))
    row, abe = ask(world, deposit.pk), world.person("Abe", is_staff=True)
    assert (list(refund_desk.waiting()), list(adjusting.waiting()), rings) == ([row], [], [])
    assert wallet_of(owner=world.rita).balance == 50_000_000
    with pytest.raises(Conflict, match="Somebody else"):
        adjusting.decide(adjustment_id=row.pk, agreed=True, by=world.ada, now=world.now)
    adjusting.decide(adjustment_id=row.pk, agreed=True, by=abe, now=world.now)
    made = Refund.objects.get()
    assert (made.adjustment.pk, made.asked_by, rings) == (row.pk, world.ada, [("send_refund", str(made.pk))])
    assert (wallet_of(owner=world.rita).balance, [one.refund for one in listed("open")]) == (30_000_000, [made])
    entries = AuditEntry.objects.filter(action__startswith="refund.").order_by("pk")
    assert [(one.action, one.actor.name, one.after["deposit"]) for one in entries] == [
        ("refund.asked", "Ada", str(deposit.pk)), ("refund.done", "Abe", str(deposit.pk)),
    ]  # fmt: skip
    assert (auditing.audit(), refund_desk.counts()) == ([], {"open": 1, "failed": 0, "unknown": 0, "paid": 0})


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "50.01"}, "amount"), ({"amount": "1.005"}, "amount"), ({"amount": "1,5"}, "amount"),
        ({"deposit": "x"}, "deposit"), ({"deposit": "00000000-0000-4000-8000-000000000000"}, "deposit"),
        ({"reason": " "}, "reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_names_its_field(world, deposit, typed, field):
    with pytest.raises(Refused) as refused:
        ask(world, **{"deposit": deposit.pk, **typed})
    assert refused.value.problems[0].field == field
    assert not Adjustment.objects.exists()


def test_nobody_asks_for_their_own_and_it_needs_an_admin_with_a_second_factor(world, deposit, settings):
    world.fund(world.ada, "5.00")
    own = Deposit.objects.get(owner=world.ada)
    with pytest.raises(Conflict, match="own money"):
        ask(world, own.pk, "1.00")
    with pytest.raises(Forbidden):
        ask(world, deposit.pk, by=world.rita)
    settings.MFA_REQUIRED = True
    with pytest.raises(Forbidden):
        ask(world, deposit.pk)
    assert not Adjustment.objects.exists()


def test_one_that_failed_says_what_to_do_until_it_was_asked_for_again(world, deposit):
    failed(world, deposit, "lost_or_stolen_card")
    failed(world, deposit, "", number=2)
    other, lost = listed("failed")
    assert (other.to_do, "takes nothing any more" in lost.to_do) == (refund_desk.ELSE, True)
    assert (lost.may_ask_again, lost.amount) == (True, "10.00")
    told = gateway.Refund("re_3", deposit.provider_payment, 10_000_000, "pending", "")
    refunds.record(refund=told, now=world.later(minutes=1))
    assert {(row.to_do, row.may_ask_again) for row in listed("failed")} == {(refund_desk.AGAIN, False)}
    assert [row.to_do for row in listed("open")] == [""]


def test_one_of_a_payment_that_is_not_known_is_listed_apart(world):
    refunds.record(refund=gateway.Refund("re_1", "pi_other", 10_000, "pending", ""), now=world.now)
    assert refund_desk.counts() == {"open": 0, "failed": 0, "unknown": 1, "paid": 0}
    [row] = listed("unknown")
    assert (row.to_do, row.may_ask_again) == (refund_desk.UNKNOWN, False)


def test_the_deposits_of_somebody_are_found_by_their_address_or_pseudonym(world, deposit):
    for name in (world.rita.email.upper(), world.rita.pseudonym):
        owner, rows = refund_desk.deposits_of(whose=f" {name} ")
        assert (owner, [(row.deposit, row.refundable) for row in rows]) == (world.rita, [(deposit, 50_000_000)])
    assert refund_desk.deposits_of(whose="nobody@example.org") == refund_desk.deposits_of(whose="") == (None, [])
