"""Chargebacks: facts of the bank, whatever the wallet holds, in any order and any number of times."""

import itertools

import pytest

from billing import debts, deposits, disputes, gateway, ledger, reconcile
from billing.gateway import Checkout, Clearing
from billing.ledger import AccountKind, Posting, platform
from billing.models import Account, Deposit, Dispute, Outbox, Transfer
from billing.wallets import wallet_of
from tests.billing.conftest import NOW, deliver

pytestmark = pytest.mark.django_db
CENT = 10_000
OUT = Clearing("txn_out", -20_000_000, 15_000_000, NOW)
BACK = Clearing("txn_back", 20_000_000, 0, NOW)


@pytest.fixture
def rita(person):
    return person("rita")


def waiting(owner):
    return Deposit.objects.create(owner=owner, amount=20_000_000, idempotency_key="d", created_at=NOW)


def paid(deposit):
    page = Checkout("cs_1", "", "complete", True, 20_000_000, "pi_1")
    assert deposits.record(page=page, reference=str(deposit.pk), now=NOW)
    return deposit


def spend(owner, amount):
    """Work is paid: the money is a worker's now."""
    worker = ledger.open_account(kind=AccountKind.WORKER_BALANCE, owner_id=owner.pk)
    ledger.post(postings=[Posting("spend", "s", wallet_of(owner=owner).pk, worker.pk, amount)], now=NOW)


def say(status, *movements, pk="dp_1", payment="pi_1"):
    said = gateway.Dispute(pk, payment, 20_000_000, "USD", status, "fraudulent", movements)
    return disputes.record(dispute=said, now=NOW)


def balances():
    kinds = (AccountKind.STRIPE_AVAILABLE, AccountKind.STRIPE_FEES, AccountKind.LOSSES)
    return tuple(ledger.balance(account_id=platform(kind).pk) for kind in kinds)


def owes(owner):
    return debts.owed_by_requester(owner_id=owner.pk)


def topics():
    return [topic for topic in Outbox.objects.order_by("pk").values_list("topic", flat=True) if topic[:3] == "dis"]


def test_a_chargeback_is_taken_from_the_wallet_and_its_fee_is_the_platforms(rita):
    paid(waiting(rita))
    assert say("needs_response", OUT)
    assert (wallet_of(owner=rita).balance, owes(rita)) == (0, 0)
    assert balances() == (35_000_000, -15_000_000, 0)
    assert (topics(), reconcile.audit()) == (["dispute.opened"], [])


def test_what_the_wallet_no_longer_holds_is_owed_and_workers_keep_theirs(rita):
    paid(waiting(rita))
    spend(rita, 20_000_000)
    say("needs_response", OUT)
    say("lost", OUT)
    assert (owes(rita), Account.objects.get(kind="worker_balance").balance) == (20_000_000, 20_000_000)
    assert Dispute.objects.get().state == "lost"
    assert (topics(), reconcile.audit()) == (["dispute.opened", "dispute.lost"], [])


def test_new_money_settles_the_debt_first(rita):
    paid(waiting(rita))
    spend(rita, 12_000_000)
    say("needs_response", OUT)
    other = Deposit.objects.create(owner=rita, amount=30_000_000, idempotency_key="e", created_at=NOW)
    page = Checkout("cs_2", "", "complete", True, 30_000_000, "pi_2")
    deposits.record(page=page, reference=str(other.pk), now=NOW)
    assert (wallet_of(owner=rita).balance, owes(rita)) == (18_000_000, 0)
    assert Transfer.objects.get(kind="debt_settled").amount == 12_000_000
    assert reconcile.audit() == []


def test_a_won_dispute_settles_the_debt_and_the_rest_is_in_the_wallet(rita):
    paid(waiting(rita))
    spend(rita, 12_000_000)
    say("needs_response", OUT)
    say("won", OUT, BACK)
    assert (wallet_of(owner=rita).balance, owes(rita)) == (8_000_000, 0)
    assert balances()[0] == 15_000_000, "the fee stays with the bank"
    assert (topics(), reconcile.audit()) == (["dispute.opened", "dispute.won"], [])


def test_what_was_written_off_is_repaid_before_a_won_dispute_makes_anybody_rich(rita, person):
    paid(waiting(rita))
    spend(rita, 20_000_000)
    say("needs_response", OUT)
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=rita.pk)
    ledger.post(postings=[debts.forgive(purse=purse, amount=15_000_000, key="w", details={})], now=NOW)
    say("won", OUT, BACK)
    assert (wallet_of(owner=rita).balance, owes(rita), balances()[2]) == (0, 0, 0)


EVENTS = [
    ("needs_response", ()),
    ("needs_response", (OUT,)),
    ("under_review", (OUT,)),
    ("won", (OUT,)),
    ("won", (OUT, BACK)),
]


@pytest.mark.parametrize("first", range(5))
def test_the_end_is_the_same_whatever_the_order_and_however_often_we_are_told(rita, first):
    deposit = waiting(rita)
    orders = [order for order in itertools.permutations(range(5)) if order[0] == first][first::5]
    for number, order in enumerate(orders[:2]):
        pk, out, back = f"dp_{number}", f"o{number}", f"b{number}"
        for at, event in enumerate([*order, *order]):
            if number == 0 and at == 3:
                paid(deposit)  # told of the payment in the midst of it
            status, movements = EVENTS[event]
            renamed = [one.__class__(out if one is OUT else back, one.amount, one.fee, NOW) for one in movements]
            say(status, *renamed, pk=pk)
        row = Dispute.objects.get(pk=pk)
        assert (row.state, row.closed_at, len(row.movements)) == ("won", NOW, 2)
        assert (wallet_of(owner=rita).balance, owes(rita)) == (20_000_000, 0)
        assert reconcile.audit() == []


def test_an_inquiry_moves_nothing_and_may_end_or_become_a_dispute(rita):
    paid(waiting(rita))
    assert say("warning_needs_response")
    assert (Dispute.objects.get().state, topics(), wallet_of(owner=rita).balance) == ("inquiry", [], 20_000_000)
    say("needs_response", OUT)
    say("warning_under_review")
    assert (Dispute.objects.get().state, topics()) == ("open", ["dispute.opened"])
    say("warning_closed", pk="dp_2")
    assert Dispute.objects.get(pk="dp_2").state == "ended"


def test_one_told_in_the_moment_of_its_payment_is_found_by_the_sweeper(rita):
    deposit = paid(waiting(rita))
    Dispute.objects.create(
        pk="dp_1",
        payment="pi_1",
        amount=20_000_000,
        state="open",
        movements={"txn_out": [-20_000_000, 0]},
        opened_at=NOW,
    )
    assert reconcile.audit() == [
        f"dispute dp_1: its payment is deposit {deposit.pk}, and its money is not in the books"
    ]
    for _ in range(2):
        disputes.sweep(now=NOW)
    assert (wallet_of(owner=rita).balance, reconcile.audit()) == (0, [])


def test_one_of_a_payment_that_is_not_ours_moves_nothing(rita):
    assert not say("needs_response", OUT, payment="pi_other")
    assert not say("needs_response", OUT, payment="")
    assert not Transfer.objects.exists()


def test_the_provider_tells_of_it_by_webhook(rita):
    paid(waiting(rita))
    entry = {"id": "txn_1", "amount": -2_000, "fee": 1_500, "available_on": 0}
    body = {"id": "dp_1", "payment_intent": "pi_1", "amount": 2_000, "currency": "usd", "status": "needs_response",
            "balance_transactions": [entry]}  # fmt: skip
    kinds = ("created", "funds_withdrawn", "updated", "closed", "funds_reinstated")
    for number, kind in enumerate(kinds):
        event = {"id": f"evt_{number}", "type": f"charge.dispute.{kind}", "data": {"object": body}}
        assert deliver(event)
    assert (wallet_of(owner=rita).balance, Transfer.objects.filter(kind="dispute_opened").count()) == (0, 1)
