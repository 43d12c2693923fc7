"""Wallets, earnings, and statements in words."""

import pytest

from billing import ledger, wallets
from billing.ledger import AccountKind, Posting
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db


def test_a_person_has_one_wallet_and_one_purse_of_earnings(person):
    ada = person()
    assert wallets.wallet_of(owner=ada) == wallets.wallet_of(owner=ada)
    kinds = {
        wallets.wallet_of(owner=ada).kind,
        wallets.earnings_of(worker=ada).kind,
        wallets.on_its_way_of(worker=ada).kind,
    }
    assert kinds == {"wallet", "worker_balance", "payout_pending"}


def test_a_statement_explains_every_movement_with_the_balance_after_it(person):
    wallet = wallets.wallet_of(owner=person())
    fund(wallet, 100)
    escrow = ledger.open_account(kind=AccountKind.ESCROW_FREE, owner_id=wallet.owner_id, scope="job:1")
    ledger.post(postings=[Posting("publish", "job:1:1", wallet.pk, escrow.pk, 60, {"job": "tins"})], now=NOW)
    fund(wallet, 5)
    lines = wallets.statement(account=wallet)
    assert [(line.words, line.amount, line.balance) for line in lines] == [
        ("Opening balance", 5, 45), ("Held for a job", -60, 40), ("Opening balance", 100, 100),
    ]  # fmt: skip
    assert lines[1].details == {"job": "tins"}
    older = wallets.statement(account=wallet, before=lines[0].sequence, limit=1)
    assert older == [lines[1]]


def test_an_account_without_a_balance_has_no_statement():
    with pytest.raises(ValueError, match="no statement"):
        wallets.statement(account=ledger.platform(AccountKind.PLATFORM_FEES))
