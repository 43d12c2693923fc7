"""Admins decide about payouts: each with a second factor, each noted, none about their own."""

import csv
import io

import pytest

from billing import approvals, payout_accounts, payouts
from billing.models import Payout
from billing.wallets import earnings_of
from marketplace import bell, payout_desk
from marketplace.auditing import audit
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import AuditEntry
from tests.billing.conftest import fund

pytestmark = pytest.mark.django_db


@pytest.fixture
def abe(world):
    return world.person("Abe", is_staff=True)


@pytest.fixture
def rung(monkeypatch):
    """What the background was told of."""
    rings = []
    monkeypatch.setattr(bell, "ring", lambda name, *args: rings.append((name, *args)))
    return rings


@pytest.fixture
def ask(world):
    """Wei asks for a payout."""
    fund(earnings_of(worker=world.wei), 900_000_000)

    def request(amount, key="k"):
        payout = payouts.request(worker=world.wei, amount=amount, idempotency_key=key, now=world.now)
        return payouts.send(payout_id=payout.pk, now=world.now)

    return request


@pytest.fixture
def by_hand(world, ask):
    """A payout of Wei's that waits for the bank's file; their details look like a formula."""
    payout_accounts.give_details(worker=world.wei, country="IN", details="=HYPERLINK(1)\nAcme Bank 12", now=world.now)
    return ask(5_000_000)


def act(world, name, payout, by=None, **more):
    return getattr(payout_desk, name)(
        payout_id=payout.pk, by=by or world.ada, now=world.now, address="192.0.2.9", **more
    )


def noted(action):
    return [(entry.actor.name, entry.after.get("state")) for entry in AuditEntry.objects.filter(action=action)]


def test_two_admins_agree_and_it_is_sent(world, abe, ask, rung):
    payout = ask(600_000_000)
    act(world, "approve", payout)
    assert rung == []
    with pytest.raises(Forbidden, match="Somebody else has to agree"):
        act(world, "approve", payout)
    act(world, "approve", payout, abe)
    assert rung == [("send_payout", str(payout.pk))]
    assert noted("payout.approved") == [("Ada", "awaiting_approval"), ("Abe", "requested")]
    with pytest.raises(Conflict, match="Somebody was first"):
        act(world, "refuse", Payout.objects.create(
            worker=world.wei, amount=10_000, idempotency_key="x", created_at=world.now, state="failed", reason="x"
        ), reason="late")  # fmt: skip


def test_a_refusal_has_a_reason(world, ask):
    payout = ask(600_000_000)
    for reason, rule in ((" \n", "empty"), ("x" * 301, "too_long")):
        with pytest.raises(Refused) as refused:
            act(world, "refuse", payout, reason=reason)
        assert refused.value.problems[0].rule == rule
    act(world, "refuse", payout, reason="Under review.")
    assert AuditEntry.objects.get(action="payout.refused").after["reason"] == "Under review."
    assert audit() == []


def test_the_banks_file_holds_what_waits_once_and_runs_nothing(world, by_hand):
    lines, text = payout_desk.export(by=world.ada, now=world.now)
    [row] = csv.DictReader(io.StringIO(text))
    assert (lines, row["payout"], row["amount"], row["country"]) == (1, str(by_hand.pk), "5.00", "IN")
    assert row["details"] == "'=HYPERLINK(1) / Acme Bank 12"
    assert AuditEntry.objects.get(action="payout.exported").actor == world.ada
    assert "Acme" not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    assert payout_desk.export(by=world.ada, now=world.now)[0] == 0


def test_marked_by_one_and_confirmed_by_another(world, abe, by_hand):
    payout_desk.export(by=world.ada, now=world.now)
    with pytest.raises(Refused, match="reference"):
        act(world, "mark_paid", by_hand, reference=" ")
    act(world, "mark_paid", by_hand, reference="SEPA 1")
    with pytest.raises(Forbidden):
        act(world, "confirm", by_hand)
    assert act(world, "confirm", by_hand, abe).state == "paid"
    assert (noted("payout.marked_paid"), noted("payout.confirmed")) == ([("Ada", "sent")], [("Abe", "paid")])
    assert act(world, "came_back", by_hand, abe, reason="Closed.").state == "returned"
    assert audit() == []


def test_sent_back_and_tried_again(world, by_hand, rung):
    payout_desk.export(by=world.ada, now=world.now)
    failed = act(world, "send_back", by_hand, reason="No such account.")
    again = act(world, "retry", failed)
    assert (again.retry_of, again.state, rung) == (failed, "requested", [("send_payout", str(again.pk))])
    case = payout_desk.case(payout_id=failed.pk)
    assert (case.retry, case.obstacle) == (again, "It was tried again already.")
    assert [entry.action for entry in case.log] == ["payout.exported", "payout.sent_back", "payout.retried"]
    with pytest.raises(Conflict, match="Only a payout that failed"):
        act(world, "retry", again)


def test_without_a_second_factor_nothing_is_decided(world, ask, settings):
    settings.MFA_REQUIRED = True
    payout = ask(600_000_000)
    for name, more in (("approve", {}), ("refuse", {"reason": "x"}), ("retry", {}), ("confirm", {})):
        with pytest.raises(Forbidden, match="two-step login"):
            act(world, name, payout, **more)
    with pytest.raises(Forbidden):
        payout_desk.export(by=world.ada, now=world.now)


def test_the_queue_counts_what_is_in_each_state(world, ask):
    large, small = ask(600_000_000, "a"), ask(1_000_000, "b")
    assert set(payout_desk.payouts_in(state="awaiting_approval")) == {large, small}, "of one day together"
    counts = payout_desk.counts()
    assert (counts["awaiting_approval"], counts["failed"], set(counts)) == (2, 0, set(payout_desk.SHOWS))


def test_the_audit_names_a_word_that_is_in_no_log(world, ask):
    payout = ask(600_000_000)
    approvals.approve(payout_id=payout.pk, by=world.ada, now=world.now)
    [fault] = audit()
    assert f"payout {payout.pk}: payout.approved by user {world.ada.pk} is not in the audit log" in fault
