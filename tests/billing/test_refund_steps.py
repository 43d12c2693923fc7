"""The steps of a refund, as the provider's own books tell them: each movement there is one here, and none more."""

import datetime as dt
import itertools

import pytest
from django.db import transaction

from billing import deposits, gateway, ledger, reconcile, reconciling, refunds
from billing.ledger import AccountKind, platform
from billing.models import BankLine, Refund, SuspenseItem, Transfer
from billing.wallets import wallet_of
from tests.billing.conftest import NOW, deliver, fill_bank, pay, told

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def deposit(person, sandbox):
    """Rita's 50 dollars, paid; nobody was told. Available at once, less the fee."""
    made = deposits.start(
        owner=person("rita"), amount=50_000_000, idempotency_key="d", success_url="https://x.org/ok",
        cancel_url="https://x.org/no", now=NOW,
    )  # fmt: skip
    pay(sandbox, made)
    return made


def sent_back(deposit, amount):
    asked = {"deposit_id": deposit.pk, "amount": amount, "asked_by": deposit.owner, "idempotency_key": "k"}
    row, _ = refunds.request(**asked, now=NOW)
    return refunds.send(refund_id=row.pk, now=NOW)


def news(sandbox):
    """What the provider tells of refunds, in its order."""
    return [event for event in told(sandbox) if event["type"].startswith("refund.")]


def told_of_payment(sandbox):
    assert deliver(next(event for event in told(sandbox) if event["type"] == "checkout.session.completed"))


def compared():
    """What the daily comparison finds a day later, when all is seen that is to be seen."""
    deposits.sweep(now=NOW + DAY)
    refunds.sweep(now=NOW + DAY)
    run = reconciling.run(now=NOW + DAY)
    return run.found, sorted(BankLine.objects.values_list("type", "transfer__kind"))


def moved():
    kinds = Transfer.objects.filter(kind__startswith="refund_").order_by("kind")
    return list(kinds.values_list("kind", flat=True))


PAYMENT = ("charge", "deposit")
OUT, BACK = ("refund", "refund_cleared"), ("refund_failure", "refund_failed")


def test_one_that_fails_before_it_left_the_balance_is_no_difference_whatever_the_order(sandbox, deposit):
    told_of_payment(sandbox)
    sent = sent_back(deposit, 50_000_000)
    assert (sent.state, sandbox.do("fail_refund", refund=sent.provider_refund)["balance_transaction"]) == ("sent", None)
    events = news(sandbox)
    sandbox.do("settle_balance")
    for order in itertools.permutations(range(3)):
        with transaction.atomic():
            for number in order:
                assert deliver(events[number])
                refunds.sweep(now=NOW)
            sent.refresh_from_db()
            assert (sent.state, sent.came_back, wallet_of(owner=deposit.owner).balance) == ("failed", False, 50_000_000)
            assert moved() == ["refund_failed", "refund_requested"]
            assert compared() == (0, [PAYMENT])
            assert (reconcile.audit(), SuspenseItem.objects.count()) == ([], 0)
            transaction.set_rollback(True)


@pytest.mark.parametrize("seen", [False, True])
def test_one_that_fails_after_it_left_is_two_movements_on_both_sides(sandbox, deposit, seen):
    told_of_payment(sandbox)
    fill_bank(sandbox)
    sent = sent_back(deposit, 20_000_000)
    if seen:
        refunds.sweep(now=NOW)
        assert Refund.objects.get().state == "paid"
    sandbox.do("fail_refund", refund=sent.provider_refund)
    for event in reversed(news(sandbox)):
        deliver(event)
    sent.refresh_from_db()
    assert (sent.state, sent.came_back, moved()) == (
        "failed", True, ["refund_cleared", "refund_failed", "refund_requested"],
    )  # fmt: skip
    sandbox.do("settle_balance")
    found, lines = compared()
    assert (found, lines) == (1, [PAYMENT, OUT, BACK, ("topup", None)]), "what we wired in is in nobody's books"
    assert wallet_of(owner=deposit.owner).balance == 50_000_000


def test_one_made_by_hand_before_its_payment_is_told_explains_itself_to_the_reconciliation(sandbox, deposit):
    fill_bank(sandbox)
    payment = sandbox.store.all("charge")[0]["payment_intent"]
    gateway.create_refund(payment=payment, amount=20_000_000, reference="by hand", key="k")
    for event in news(sandbox):
        deliver(event)
    sandbox.do("settle_balance")
    assert (Refund.objects.get().deposit, reconciling.run(now=NOW + DAY).found) == (None, 3)
    told_of_payment(sandbox)
    found, lines = compared()
    assert (found, lines) == (0, [PAYMENT, OUT, ("topup", None)])
    assert wallet_of(owner=deposit.owner).balance == 30_000_000
    assert ledger.balance(account_id=platform(AccountKind.TRANSFERS_IN_TRANSIT).pk) == 0
    assert [item.line.type for item in SuspenseItem.objects.filter(state__in=SuspenseItem.LEFT)] == ["topup"]
