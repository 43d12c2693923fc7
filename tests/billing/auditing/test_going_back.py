"""The audit of money that goes back: silent when all is well, and naming what is off for every rule."""

import pytest
from django.db import connection

from billing import adjustments, clawbacks, debts, disputes, gateway, payouts, reconcile, refunds, returns
from billing.auditing import going_back
from billing.gateway import Clearing, Reversal
from billing.models import Transfer
from billing.wallets import earnings_of, wallet_of
from tests.billing.all_money.bank import Bank
from tests.billing.conftest import NOW, fund
from tests.billing.test_debts import EARNINGS
from tests.billing.test_refunds import ask, paid, spend


def sql(statement):
    """What only a superuser with the triggers off could do to the books."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def books(db, person, monkeypatch):
    """One of each: a refund that failed after it left, a lost dispute with a debt, a payout that came back, pay taken
    back, a debt netted, one written off, and a wrong gift corrected."""
    Bank(monkeypatch)
    rita, wen, ada, abe = person("rita"), person("wen"), person("ada"), person("abe")
    deposit = paid(rita)
    refund = refunds.send(refund_id=ask(deposit, 10_000_000).pk, now=NOW)
    said = refund.provider_refund, "pi_1", 10_000_000, "failed", ""
    refunds.record(refund=gateway.Refund(*said, str(refund.pk), True), now=NOW)
    by_two = adjustments.ask_refund(deposit_id=deposit.pk, amount=20_000, reason="x", asked_by=ada, now=NOW)
    adjustments.agree(adjustment_id=by_two.pk, decided_by=abe, now=NOW)
    spend(rita, 45_000_000)
    moved = (Clearing("txn_1", -20_000_000, 15_000_000, NOW),)
    disputes.record(dispute=gateway.Dispute("dp_1", "pi_1", 20_000_000, "USD", "lost", "", moved), now=NOW)
    fund(earnings_of(worker=wen), 5_000_000)
    payout = payouts.request(worker=wen, amount=None, idempotency_key="k", now=NOW)
    payout = payouts.send(payout_id=payout.pk, now=NOW)
    returns.record(reversal=Reversal("trr_1", payout.provider_transfer, 5_000_000), now=NOW)
    clawbacks.take_back(
        key="a", worker=wen, reward=6_000_000, fee=10, target=wallet_of(owner=abe).pk, reason="Copied.", decided_by=ada,
        now=NOW,
    )  # fmt: skip
    fund(earnings_of(worker=wen), 100)
    debts.sweep(now=NOW)
    asked = {"reason": "x", "asked_by": ada, "now": NOW}
    gift = adjustments.ask_goodwill(worker=wen, amount=50, **asked)
    for row in (gift, adjustments.ask_write_off(person=wen, kind=EARNINGS, amount=10, **asked)):
        adjustments.agree(adjustment_id=row.pk, decided_by=abe, now=NOW)
    given = Transfer.objects.get(kind="goodwill", key=str(gift.pk))
    wrong = adjustments.ask_correction(transfer_id=given.pk, **asked)
    adjustments.agree(adjustment_id=wrong.pk, decided_by=abe, now=NOW)


BROKEN = {
    "a refund has the transfers its state says": (
        "UPDATE billing_refund SET state = 'paid', came_back = false WHERE state = 'failed'"
    ),
    "no more of a deposit is refunded than was paid": (
        "UPDATE billing_refund SET amount = 60000000 WHERE state = 'requested'"
    ),
    "a refund of a payment of ours is with its deposit": (
        "UPDATE billing_refund SET deposit_id = NULL, asked_by_id = NULL WHERE state = 'failed'"
    ),
    "a refund that failed came back from where it was": (
        "UPDATE billing_refund SET came_back = false WHERE state = 'failed'"
    ),
    "a refund that two admins agreed to is what they agreed to": (
        "UPDATE billing_adjustment SET amount = 1 WHERE kind = 'refund'"
    ),
    "a dispute moved what the bank moved": """UPDATE billing_dispute SET movements = '{"txn_1": [-20000000, 0]}'""",
    "a dispute of a payment of ours is with its deposit": "UPDATE billing_dispute SET deposit_id = NULL",
    "what came back of a payout is in its worker's balance": "UPDATE billing_payoutreturn SET amount = 4990000",
    "a payout is returned when all of it came back": "UPDATE billing_payout SET state = 'paid'",
    "a clawback took what it says from its worker": "UPDATE billing_clawback SET fee = 11",
    "an adjustment that two admins agreed to was made, and no other": (
        "UPDATE billing_adjustment SET state = 'asked', decided_by_id = NULL, decided_at = NULL WHERE kind <> 'refund'"
    ),
    "nobody paid more of a debt than they owed": "DELETE FROM billing_transfer WHERE kind = 'debt_made'",
    "a debt is made by what was taken": """
        UPDATE billing_transfer SET key = 'a:b' WHERE kind = 'debt_made' AND amount = 1000000""",
    "a worker keeps half of what they earn": """
        UPDATE billing_transfer SET details = '{"earned": 99}' WHERE kind = 'debt_netted'""",
}


def test_books_in_order_have_no_faults_and_each_rule_that_is_broken_is_named(books):
    assert reconcile.audit() == []
    assert set(BROKEN) == set(going_back.CHECKS)
    for rule, statement in BROKEN.items():
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT broken")
            sql(statement)
            cursor.execute(reconcile.query(checks=[going_back.CHECKS[rule]]))
            assert cursor.fetchall(), rule
            cursor.execute("ROLLBACK TO SAVEPOINT broken")
    assert reconcile.audit() == []
