"""Money of new requesters: earned at once, payable once it is sure, read from the transfers alone."""

import datetime as dt
import itertools

import pytest

from billing import ledger
from billing.holds import Held, held_of
from billing.ledger import AccountKind, Posting
from billing.models import Deposit
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _a_week(settings):
    settings.RISK_HOLD_DAYS = 7


@pytest.fixture
def pays(person):
    """A requester whose deposits cleared so many days ago (None: not yet) pays a worker out of a job's escrow."""

    def pay(worker, amount, *cleared, owner=None):
        owner = owner or person("rita")
        number = next(_numbers)
        for days in cleared:
            Deposit.objects.create(
                owner=owner, amount=1_000_000, idempotency_key=f"{next(_numbers)}", state="paid", paid_at=NOW,
                created_at=NOW, provider_payment=f"pi_{next(_numbers)}",
                cleared_at=None if days is None else NOW - days * DAY,
            )  # fmt: skip
        escrow = ledger.open_account(kind=AccountKind.ESCROW_COMMITTED, owner_id=owner.pk, scope=f"job:{number}")
        fund(escrow, amount)
        ledger.post(
            postings=[Posting("accepted", f"a{number}", escrow.pk, earnings_of(worker=worker).pk, amount)], now=NOW
        )
        return owner, escrow

    return pay


def test_what_a_new_requester_paid_waits_until_their_first_deposit_is_a_week_old(person, pays):
    worker = person("wei")
    pays(worker, 50_000, 2, 0)
    pays(worker, 20_000, None)
    pays(worker, 10_000, 8, 1)
    pays(worker, 40_000)
    assert held_of(worker=worker, now=NOW) == (Held(50_000, NOW + 5 * DAY), Held(20_000, None))
    assert held_of(worker=worker, now=NOW + 5 * DAY) == (Held(20_000, None),)


def test_nobody_waits_where_the_rule_is_off(person, pays, settings):
    worker = person("wei")
    pays(worker, 50_000, 2)
    settings.RISK_HOLD_DAYS = 0
    assert held_of(worker=worker, now=NOW) == ()


def test_another_workers_money_is_not_counted_and_what_was_taken_back_is_held_no_more(person, pays):
    worker, other = person("wei"), person("wanda")
    rita, escrow = pays(worker, 50_000, 2)
    pays(other, 70_000, owner=rita)
    back = Posting("clawback", "c1", earnings_of(worker=worker).pk, escrow.pk, 30_000)
    ledger.post(postings=[back], now=NOW)
    assert held_of(worker=worker, now=NOW) == (Held(20_000, NOW + 5 * DAY),)


def test_a_requester_who_labels_too_waits_for_nothing_of_their_own(person, pays):
    worker = person("wei")
    pays(worker, 50_000, 2, owner=worker)
    assert held_of(worker=worker, now=NOW) == ()
