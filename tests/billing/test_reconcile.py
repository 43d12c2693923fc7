"""The audit: silent when all is well, and naming what is off for every rule it keeps."""

import pytest
from django.db import connection

from billing import deposits, ledger, payouts, reconcile
from billing.ledger import AccountKind, Posting
from billing.models import Account, Deposit, Payout
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, deliver, fill_bank, fund, pay, told

pytestmark = pytest.mark.django_db


def sql(statement, *values):
    """What only a superuser with the triggers off could do to the books."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def books(sandbox, person):
    """One paid and cleared deposit, one payout in every state that moves money."""
    deposit = deposits.start(
        owner=person("rita"), amount=50_000_000, idempotency_key="d", success_url="https://x.org/ok",
        cancel_url="https://x.org/no", now=NOW,
    )  # fmt: skip
    pay(sandbox, deposit)
    for event in told(sandbox):
        assert deliver(event)
    fill_bank(sandbox)
    made = {}
    for state in ("requested", "sent", "paid", "failed"):
        worker = person("wen" + ("+payouts-off" if state == "failed" else ""))
        if state == "failed":
            worker.email = worker.email.replace("+payouts-off-", "-x+payouts-off@").replace(
                "@example.org", ".example.org"
            )
            worker.save()
        fund(earnings_of(worker=worker), 5_004_000)
        made[state] = payouts.request(worker=worker, amount=None, idempotency_key="p", now=NOW)
        if state != "requested":
            payouts.send(payout_id=made[state].pk, now=NOW)
        if state == "paid":
            payouts._clear(Payout.objects.get(pk=made[state].pk), NOW)
    deposits.sweep(now=NOW)
    made["deposit"] = Deposit.objects.get(pk=deposit.pk)
    return made


def test_books_in_order_have_no_faults(books):
    for state in ("requested", "sent", "paid", "failed"):
        assert Payout.objects.get(pk=books[state].pk).state == state
    assert books["deposit"].cleared_at == NOW
    assert reconcile.audit() == []


def test_a_balance_that_was_tampered_with_is_named(books):
    account = Account.objects.get(kind="wallet")
    sql("UPDATE billing_account SET balance = balance + 1 WHERE id = %s", account.pk)
    faults = reconcile.audit()
    assert any(
        f"account {account.pk} (wallet): balance 50000001, but its transfers sum to 50000000" in f for f in faults
    )
    assert any("all balances together are 1, not 0" in fault for fault in faults)


def test_a_negative_balance_is_named(books):
    sql("ALTER TABLE billing_account DROP CONSTRAINT account_guarded_never_overdrawn")
    sql("UPDATE billing_account SET balance = -5 WHERE kind = 'wallet'")
    assert any("balance -5 is negative" in fault for fault in reconcile.audit())


@pytest.mark.parametrize("change", ["sequence + 1", "sequence - 1"])
def test_a_gap_in_a_history_is_named(books, change):
    sql(f"UPDATE billing_account SET sequence = {change} WHERE kind = 'wallet'")
    assert [f for f in reconcile.audit() if "but its history has 1 transfers numbered 1 to 1" in f]


def test_a_deleted_transfer_is_noticed_from_every_side(books):
    sql("DELETE FROM billing_transfer WHERE kind = 'deposit'")
    faults = "\n".join(reconcile.audit())
    assert f"deposit {books['deposit'].pk}: paid, but its transfer is missing" in faults
    assert "its transfers sum to 0" in faults


def test_a_transfer_between_currencies_is_named(books):
    sql("UPDATE billing_transfer SET currency = 'EUR' WHERE kind = 'deposit'")
    assert any("of another currency" in fault for fault in reconcile.audit())


def test_a_deposit_and_its_transfer_must_agree(books):
    sql("UPDATE billing_transfer SET amount = amount - 10000 WHERE kind = 'deposit'")
    assert any(f"deposit {books['deposit'].pk}: transfer of 49990000, not 50000000" in f for f in reconcile.audit())
    sql("UPDATE billing_deposit SET state = 'waiting', paid_at = NULL, cleared_at = NULL")
    assert any("no paid deposit belongs to it" in fault for fault in reconcile.audit())


def test_a_cleared_deposit_must_be_cleared_in_full(books):
    sql("DELETE FROM billing_transfer WHERE kind = 'deposit_fee'")
    assert any(f"deposit {books['deposit'].pk}: 48250000 was cleared" in fault for fault in reconcile.audit())


@pytest.mark.parametrize(
    ("state", "other", "fault"),
    [
        ("requested", "sending", None),
        ("sent", "failed", "transfer payout_failed is missing"),
        ("paid", "sent", "transfer payout_cleared does not fit its state"),
        ("failed", "requested", "transfer payout_failed does not fit its state"),
    ],
)
def test_a_payout_has_the_transfers_its_state_says(books, state, other, fault):
    sql("ALTER TABLE billing_payout DROP CONSTRAINT payout_sent_names_its_transfer")
    sql("UPDATE billing_payout SET state = %s, reason = 'x' WHERE id = %s", other, books[state].pk)
    faults = reconcile.audit()
    assert faults == [] if fault is None else any(f"payout {books[state].pk}: {fault}" in line for line in faults)


def test_what_is_in_transit_must_be_the_payouts_on_their_way(books):
    sql("UPDATE billing_payout SET amount = amount + 10000 WHERE id = %s", books["sent"].pk)
    faults = "\n".join(reconcile.audit())
    assert "transfers in transit: 5000000, but the payouts and refunds on their way sum to 5010000" in faults
    assert f"payout {books['sent'].pk}: transfer payout_sent is of 5000000, not 5010000" in faults


def test_what_is_reserved_must_be_the_open_payouts(books):
    sql("DELETE FROM billing_payout WHERE id = %s", books["requested"].pk)
    assert any("but the open payouts sum to 0" in fault for fault in reconcile.audit())


def test_suspense_alarms(books):
    bank, suspense = ledger.platform(AccountKind.STRIPE_PENDING), ledger.platform(AccountKind.SUSPENSE)
    ledger.post(postings=[Posting("unplaced", "pi_x", bank.pk, suspense.pk, 7)], now=NOW)
    assert reconcile.audit() == ["suspense of USD: 7 came in and went out unequally"]
    ledger.post(postings=[Posting("placed", "pi_x", suspense.pk, bank.pk, 7)], now=NOW)
    assert reconcile.audit() == []


def test_a_payout_leaves_the_bank_it_was_sent_from(books, person):
    by_hand = (
        "UPDATE billing_payout SET method = 'manual', provider_transfer = NULL, bank_reference = 'x', "
        "marked_by_id = %s, confirmed_by_id = %s WHERE id = %s"
    )
    sql(by_hand, person("ada").pk, person("abe").pk, books["paid"].pk)
    assert reconcile.audit() == [f"payout {books['paid'].pk} (manual): transfer payout_cleared is of stripe_available"]


def test_a_retry_is_of_the_same_worker_and_of_money_that_came_back(books):
    sql("UPDATE billing_payout SET retry_of_id = %s WHERE id = %s", books["sent"].pk, books["requested"].pk)
    [fault] = reconcile.audit()
    assert f"tries payout {books['sent'].pk} of worker {books['sent'].worker_id} again, which is sent" in fault


def test_what_waits_for_approval_or_the_operators_bank_is_reserved_too(books):
    for state in ("awaiting_approval", "by_hand"):
        needs = state == "awaiting_approval"
        sql(
            "UPDATE billing_payout SET state = %s, needs_approval = %s WHERE id = %s",
            state,
            needs,
            books["requested"].pk,
        )
        assert reconcile.audit() == []
