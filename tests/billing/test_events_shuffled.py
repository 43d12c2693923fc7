"""What the provider tells, five times each and in any order, ends as it ends when it is told once and in order."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from billing import deposits, gateway, payout_accounts, payouts, reconcile, refunds, webhooks
from billing.models import Account, Deposit, Dispute, Event, Payout, PayoutAccount, PayoutReturn, Refund
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, deliver, fill_bank, fund, told

pytestmark = pytest.mark.django_db
SEED, RUNS, COPIES = 13, 6, 5


@pytest.fixture
def story(person, sandbox):
    """Four payment pages: contested and won, refunded by hand at the provider (one such refund failed after it left,
    another one before), paid in a way that failed, expired. A payout that was taken back in part; a worker's bank that
    refused. Nothing of it is known yet, not even the payments.
    """
    rita, wei = person("rita"), person("wei")
    pages = [
        deposits.start(
            owner=rita, amount=50_000_000, idempotency_key=str(number), success_url="https://x.org/ok",
            cancel_url="https://x.org/no", now=NOW,
        ).provider_session
        for number in range(4)
    ]  # fmt: skip
    contested, refunded = (sandbox.do("pay", session=page)["payment_intent"] for page in pages[:2])
    sandbox.do("pay", session=pages[2], later=True)
    sandbox.do("settle_payment", session=pages[2], paid=False)
    waits = gateway.create_refund(payment=refunded, amount=20_000_000, reference="by hand", key="waits for funds")
    sandbox.do("fail_refund", refund=waits.id)
    fill_bank(sandbox)
    dispute = sandbox.do("open_dispute", payment=contested)["id"]
    sandbox.do("close_dispute", dispute=dispute, won=True)
    for amount, fails in ((10_000_000, False), (5_000_000, True)):
        made = gateway.create_refund(payment=refunded, amount=amount, reference="by hand", key=f"{amount}")
        if fails:
            sandbox.do("fail_refund", refund=made.id)
    gateway.expire_checkout(session_id=pages[3])
    fund(earnings_of(worker=wei), 9_000_000)
    payout = payouts.request(worker=wei, amount=9_000_000, idempotency_key="p", now=NOW)
    sent = payouts.send(payout_id=payout.pk, now=NOW)
    gateway.create_reversal(transfer=sent.provider_transfer, amount=2_000_000, reference="v", key="v")
    sandbox.do("enable_account", account=PayoutAccount.objects.get().provider_account, number="000111111116")
    sandbox.do("run_payouts")
    return [event for event in told(sandbox) if event["type"] in webhooks._MEANINGS]


def outcome():
    """All that may differ: balances, states, and what is known of accounts."""
    rows = [
        sorted(model.objects.values_list(*fields))
        for model, fields in (
            (Deposit, ("idempotency_key", "state")), (Dispute, ("pk", "state")), (Refund, ("provider_refund", "state")),
            (Payout, ("pk", "state")), (PayoutReturn, ("pk", "amount")),
            (PayoutAccount, ("provider_account", "payouts_enabled", "bank_problem")),
        )
    ]  # fmt: skip
    money = sorted((a.kind, a.owner_id or 0, a.balance) for a in Account.objects.exclude(balance=None))
    return rows, money


def ended(events, now=NOW):
    """How it ends when these are delivered, and the sweepers have had their turn; undone afterwards."""
    before = transaction.savepoint()
    for event in events:
        assert deliver(event, now=now)
    for minutes in (1, 2, 3):
        webhooks.process_pending(now=now + minutes * webhooks.RETRY_AFTER * 2)
    payout_accounts.sweep(now=now)
    refunds.sweep(now=now)
    assert list(Event.objects.filter(state="received").values_list("type", "problem")) == []
    assert reconcile.audit() == []
    end = outcome()
    transaction.savepoint_rollback(before)
    return end


def test_any_order_any_number_of_times_ends_as_once_in_order(story):
    kinds = {event["type"] for event in story}
    assert len(kinds) >= 6, kinds
    straight, dice = ended(story), random.Random(SEED)
    assert ended(story[::-1]) == straight
    for run in range(RUNS):
        shuffled = story * COPIES
        dice.shuffle(shuffled)
        assert ended(shuffled) == straight, f"seed {SEED}, run {run}"


@pytest.mark.django_db(transaction=True)
def test_eight_deliveries_at_a_time_end_the_same_and_none_gets_in_another_ones_way(story):
    with transaction.atomic():
        straight = ended(story)
    shuffled = story * COPIES
    random.Random(SEED).shuffle(shuffled)

    def bring(event):
        try:
            return deliver(event)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as eight:
        assert all(eight.map(bring, shuffled))
    assert list(Event.objects.exclude(problem="").values_list("type", "problem")) == []
    payout_accounts.sweep(now=NOW)
    refunds.sweep(now=NOW)
    assert outcome() == straight
    assert reconcile.audit() == []
