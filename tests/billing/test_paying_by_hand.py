"""Payouts by the operator's own bank: one file, a reference from one admin, a word from another."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from billing import ledger, paying_by_hand, payout_accounts, payouts, reconcile
from billing.approvals import SamePerson
from billing.ledger import AccountKind
from billing.models import Payout, PayoutAccount
from billing.payout_steps import NotInThatState
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DETAILS = "Asha Rao, 0012 3456 7890, HDFC0000001"


@pytest.fixture
def asha(person):
    worker = person("asha")
    fund(earnings_of(worker=worker), 5_000_000)
    payout_accounts.give_details(worker=worker, country="IN", details=DETAILS, now=NOW)
    return worker


@pytest.fixture
def ada(person):
    return person("ada")


@pytest.fixture
def abe(person):
    return person("abe")


def asked(worker, key="k", amount=2_000_000):
    payout = payouts.request(worker=worker, amount=amount, idempotency_key=key, now=NOW)
    return payouts.send(payout_id=payout.pk, now=NOW)


def mark(payout, by):
    return paying_by_hand.mark_paid(payout_id=payout.pk, by=by, reference="HDFC-77", now=NOW)


def confirm(payout, by):
    return paying_by_hand.confirm(payout_id=payout.pk, by=by, now=NOW)


def operators_bank():
    return ledger.balance(account_id=ledger.platform(AccountKind.OPERATOR_BANK).pk)


def test_from_the_file_to_the_second_word(asha, ada, abe):
    payout = asked(asha)
    assert (payout.state, payout.method) == ("by_hand", "manual")
    with pytest.raises(NotInThatState):
        mark(payout, ada)
    [order] = paying_by_hand.export(now=NOW)
    assert (order.payout, order.country, order.details) == (payout, "IN", DETAILS)
    assert paying_by_hand.export(now=NOW) == []
    assert len(paying_by_hand.export(now=NOW, again=[payout.pk])) == 1
    sent = mark(payout, ada)
    assert (sent.state, sent.bank_reference, sent.marked_by) == ("sent", "HDFC-77", ada)
    assert reconcile.audit() == []
    payouts.sweep(now=NOW + HOUR)
    with pytest.raises(SamePerson):
        confirm(payout, ada)
    done = confirm(payout, abe)
    assert (done.state, done.confirmed_by, operators_bank()) == ("paid", abe, 2_000_000)
    assert reconcile.audit() == []
    with pytest.raises(NotInThatState):
        confirm(payout, abe)


def test_the_payee_does_none_of_it(asha):
    payout = asked(asha)
    paying_by_hand.export(now=NOW)
    for act, more in (
        (paying_by_hand.mark_paid, {"reference": "x"}),
        (paying_by_hand.confirm, {}),
        (paying_by_hand.send_back, {"reason": "x"}),
        (paying_by_hand.came_back, {"reason": "x"}),
    ):
        with pytest.raises(SamePerson):
            act(payout_id=payout.pk, by=asha, now=NOW, **more)


@pytest.mark.parametrize("lie", [{"confirmed_by": "ada"}, {"confirmed_by": None}, {"confirmed_by": "payee"}])
def test_the_database_knows_the_rule_itself(asha, ada, abe, lie):
    payout = asked(asha)
    paying_by_hand.export(now=NOW)
    mark(payout, ada)
    confirm(payout, abe)
    people = {"ada": ada, "payee": asha, None: None}
    with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(confirmed_by=people[lie["confirmed_by"]])


def test_what_the_bank_would_not_send_is_back_in_the_balance(asha, ada):
    payout = asked(asha)
    paying_by_hand.export(now=NOW)
    done = paying_by_hand.send_back(payout_id=payout.pk, by=ada, reason="No such account.", now=NOW)
    assert (done.state, done.reason, earnings_of(worker=asha).balance) == ("failed", "No such account.", 5_000_000)
    assert reconcile.audit() == []


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_came_back_is_back_in_the_balance_once(asha, ada, abe, person, confirmed):
    payout = asked(asha)
    paying_by_hand.export(now=NOW)
    mark(payout, ada)
    if confirmed:
        confirm(payout, abe)
    with pytest.raises(SamePerson):
        paying_by_hand.came_back(payout_id=payout.pk, by=ada, reason="Account closed.", now=NOW)
    back = paying_by_hand.came_back(payout_id=payout.pk, by=abe, reason="Account closed.", now=NOW)
    assert (back.state, back.reason) == ("returned", "Account closed.")
    assert (earnings_of(worker=asha).balance, operators_bank()) == (5_000_000, 0)
    assert reconcile.audit() == []
    with pytest.raises(NotInThatState):
        paying_by_hand.came_back(payout_id=payout.pk, by=abe, reason="again", now=NOW)


def test_changed_details_are_in_no_file_for_a_day(asha):
    asked(asha)
    payout_accounts.give_details(worker=asha, country="IN", details="Asha Rao, another account", now=NOW)
    assert paying_by_hand.export(now=NOW + 23 * HOUR) == []
    [order] = paying_by_hand.export(now=NOW + 25 * HOUR)
    assert order.details == "Asha Rao, another account"


def test_what_is_in_a_file_cannot_be_cancelled(asha):
    payout = asked(asha)
    paying_by_hand.export(now=NOW)
    with pytest.raises(NotInThatState):
        payouts.cancel(payout_id=payout.pk, now=NOW)
    assert PayoutAccount.objects.get().sealed_details.find("0012") == -1
