"""Whose line is it? Each kind of movement by its own way, one to one."""

import pytest

from billing import ledger, matching, reconciling
from billing.ledger import AccountKind, Posting
from billing.models import BankLine, Refund
from tests.billing.bank import CENT, Bank, deposited, hours, paid_out
from tests.billing.conftest import NOW

pytestmark = pytest.mark.django_db


def post(kind, key, source, target, cents):
    ends = ledger.platform(source).pk, ledger.platform(target).pk
    return ledger.post(postings=[Posting(kind, key, *ends, cents * CENT)], now=NOW)[0].pk


def test_each_kind_of_movement_is_found_by_its_own_way(monkeypatch, person):
    bank, kinds = Bank(monkeypatch), AccountKind
    available, goodwill, fees = kinds.STRIPE_AVAILABLE, kinds.GOODWILL, kinds.STRIPE_FEES
    deposit, payout = deposited(person(), 900)[0], paid_out(person(), 500)
    refund = Refund.objects.create(
        deposit=deposit, amount=200 * CENT, idempotency_key="r", state="failed", reason="Closed.", created_at=NOW,
        provider_refund="re_1", sent_at=NOW, finished_at=NOW,
    )  # fmt: skip
    expected = {
        bank.add("charge", 900, reference=str(deposit.pk)): deposit.provider_payment,
        bank.add("transfer", -500, source=payout.provider_transfer): str(payout.pk),
        bank.add("transfer_refund", 100, source="trr_1"): "trr_1",
        bank.add("refund", -200, source="re_1"): str(refund.pk),
        bank.add("refund_failure", 200, source="re_1"): str(refund.pk),
    }
    post("payout_returned", "trr_1", available, goodwill, 100)
    post("refund_cleared", str(refund.pk), goodwill, available, 200)
    post("refund_failed", str(refund.pk), available, goodwill, 200)
    for amount, fee, kind in ((-300, 15, "dispute_opened"), (300, 0, "dispute_won"), (0, -15, None)):
        line = bank.add("adjustment", amount, fee=fee, source="dp_1")
        if kind:
            ends = (goodwill, available) if amount < 0 else (available, goodwill)
            post(kind, line, *ends, abs(amount))
        if fee:
            post("dispute_fee", line, *((fees, available) if fee > 0 else (available, fees)), abs(fee))
        expected[line] = line
    run = reconciling.run(now=NOW + hours(24))
    assert dict(BankLine.objects.values_list("pk", "transfer__key")) == expected
    assert (run.found, matching.differences(since=reconciling.FIRST, until=NOW + hours(24))) == (0, [])


def test_no_transfer_is_two_lines(monkeypatch, person):
    bank, deposit = Bank(monkeypatch), deposited(person(), 900)[0]
    twice = [bank.add("charge", 900, reference=str(deposit.pk)) for _ in range(2)]
    reconciling.run(now=NOW + hours(24))
    other = BankLine.objects.get(transfer=None)
    assert other.pk in twice
    assert other.suspense.get().amount == 900 * CENT
