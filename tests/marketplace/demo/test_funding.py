from datetime import UTC, datetime, timedelta

import pytest

from billing import ledger, reconcile
from billing.ledger import AccountKind, Posting
from billing.models import Deposit, Payout, Transfer
from billing.money import MICRO
from billing.wallets import earnings_of, wallet_of
from marketplace.demo import funding
from tests.world import World

PAST = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return World()


def pay_in(world, amount=20 * MICRO):
    return funding.pay_in(owner=world.rita, amount=amount, key="k", site="http://tally", now=PAST)


def test_money_is_really_paid_at_the_bank_and_booked_in_the_past(bank, world):
    deposit = pay_in(world)
    assert (deposit.state, deposit.paid_at) == (Deposit.State.PAID, PAST)
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 20 * MICRO
    assert Transfer.objects.get(kind="deposit").created_at == PAST
    assert reconcile.audit() == []


def test_the_same_key_pays_once(bank, world):
    assert pay_in(world) == pay_in(world)
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 20 * MICRO


def test_without_a_bank_it_says_so(settings, world, monkeypatch):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(funding.NoBank, match="does not answer"):
        pay_in(world)


def test_a_button_that_cannot_be_pressed_is_told(bank, world, monkeypatch):
    def refuse(*, url):
        raise ValueError("the page has no Pay button")

    monkeypatch.setattr(funding, "pay_at_checkout", refuse)
    with pytest.raises(funding.NoBank, match="no Pay button"):
        pay_in(world)


def test_earnings_are_sent_to_the_bank_and_less_than_the_least_payout_is_not(bank, world):
    pay_in(world)
    wallet = wallet_of(owner=world.rita).pk
    for person, amount in ((world.wei, 3 * MICRO), (world.wanda, MICRO // 2)):
        ledger.post(postings=[Posting("test", person.email, wallet, earnings_of(worker=person).pk, amount)], now=PAST)
    later = PAST + timedelta(days=1)
    payout = funding.pay_out(worker=world.wei, key="k", now=later)
    assert (payout.state, payout.amount, payout.sent_at) == (Payout.State.SENT, 3 * MICRO, later)
    assert funding.pay_out(worker=world.wanda, key="k", now=later) is None
    assert ledger.platform(AccountKind.TRANSFERS_IN_TRANSIT) is not None
