"""A payout account from its opening to a bank that sends money back, through the real client and the double's pages."""

import datetime as dt
import http.client
import random
from urllib.parse import urlencode, urlsplit

import pytest

from billing import payout_accounts, payouts, reconcile
from billing.models import PayoutAccount
from billing.money import AmountRefused
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, deliver, fill_bank, fund, told

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def wen(person, sandbox):
    """Whose account the double asks everything of before it pays."""
    worker = person("wen")
    worker.email = "wen+onboarding@example.org"
    worker.save()
    fund(earnings_of(worker=worker), 9_000_000)
    fill_bank(sandbox)
    return worker


def finish(account, number):
    """Fill in the double's page and press the button; the address it leads back to."""
    link = payout_accounts.onboarding_link(
        account=account, refresh_url="http://t.test/again", return_url="http://t.test/back"
    )
    parts = urlsplit(link)
    page = http.client.HTTPConnection(parts.netloc, timeout=10)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page.request("POST", f"{parts.path}/finish", urlencode({"number": number}), form)
    return page.getresponse().headers["Location"]


def tell(sandbox, now):
    """Bring all events, each twice and in no order; then the sweep."""
    events = told(sandbox) * 2
    random.Random(7).shuffle(events)
    assert {deliver(event, now=now) for event in events} == {True}
    payouts.sweep(now=now)


def ask(worker, key, amount=3_000_000):
    return payouts.request(worker=worker, amount=amount, idempotency_key=key, now=NOW)


def test_from_opening_to_a_bank_that_sends_money_back(wen, sandbox):
    account = payout_accounts.open_at_provider(worker=wen, country="DE", now=NOW)
    assert (account.country, account.payouts_enabled) == ("DE", False)
    assert {"external_account", "individual.dob"} <= set(account.currently_due)
    with pytest.raises(AmountRefused, match="cannot receive money yet"):
        ask(wen, "early")

    assert finish(account, "000123456789") == "http://t.test/back"
    tell(sandbox, NOW + MINUTE)
    account.refresh_from_db()
    assert (account.payouts_enabled, account.currently_due, account.held_until) == (True, [], None)
    assert account.bank_fingerprint
    assert payouts.send(payout_id=ask(wen, "k").pk, now=NOW + MINUTE).state == "sent"

    sandbox.do("run_payouts")
    [paid] = sandbox.store.all("payout")
    sandbox.do("fail_payout", payout=paid["id"])
    tell(sandbox, NOW + 2 * MINUTE)
    account.refresh_from_db()
    assert (account.bank_problem, account.payouts_enabled) == ("The bank did not take the payout.", False)

    assert finish(account, "000999999999")
    tell(sandbox, NOW + HOUR)
    account.refresh_from_db()
    assert (account.payouts_enabled, account.bank_problem) == (True, "")
    assert account.held_until == NOW + 25 * HOUR, "another bank account"
    waiting = ask(wen, "k2")
    assert payouts.send(payout_id=waiting.pk, now=NOW + 2 * HOUR).state == "requested"
    assert payouts.send(payout_id=waiting.pk, now=NOW + 25 * HOUR).state == "sent"
    assert reconcile.audit() == []


def test_two_who_name_one_bank_account_have_one_fingerprint(wen, person, sandbox):
    other = person("wil")
    for worker in (wen, other):
        account = payout_accounts.open_at_provider(worker=worker, country="DE", now=NOW)
        finish(account, "000123456789")
    tell(sandbox, NOW + MINUTE)
    prints = set(PayoutAccount.objects.values_list("bank_fingerprint", flat=True))
    assert len(prints) == 1
    assert "" not in prints
