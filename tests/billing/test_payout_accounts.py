"""Where a worker is paid: opened once, current in whatever order the news comes, and slow to be changed."""

import datetime as dt

import pytest

from billing import gateway, payout_accounts, payouts
from billing.gateway import GatewayAway, Recipient
from billing.models import Outbox, Payout, PayoutAccount
from billing.payout_accounts import CHANGED, LOST, READY, MethodBusy
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, deliver, fund

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def provider(monkeypatch):
    """The provider's word about the one account there is; what it is asked is counted."""

    class Provider:
        says = Recipient(id="acct_1", payouts_enabled=False, country="DE", currently_due=("individual.dob.day",))
        asked: list[str]
        away = False

        def change(self, **values):
            self.says = Recipient(**{**self.says.__dict__, **values})

    one = Provider()
    one.asked = []

    def answer(name):
        def call(**terms):
            one.asked.append((name, terms.get("country")))
            if one.away:
                raise GatewayAway("no answer")
            return one.says

        return call

    monkeypatch.setattr(gateway, "create_recipient", answer("create"))
    monkeypatch.setattr(gateway, "find_recipient", answer("find"))
    return one


@pytest.fixture
def wen(person):
    return person("wen")


def opened(wen, country="DE", now=NOW):
    return payout_accounts.open_at_provider(worker=wen, country=country, now=now)


def news(account="acct_1", kind="account.updated", number=1, **subject):
    event = {"id": f"evt_{number}", "type": kind, "account": account, "data": {"object": {"id": account, **subject}}}
    assert deliver(event)


def topics():
    return [message.topic for message in Outbox.objects.order_by("pk")]


def test_an_account_is_opened_once_and_says_what_is_still_asked_for(wen, provider):
    account = opened(wen)
    assert opened(wen) == account
    assert provider.asked == [("create", "DE")]
    assert (account.country, account.currently_due, account.payouts_enabled) == ("DE", ["individual.dob.day"], False)
    assert topics() == []


def test_news_in_any_order_end_in_what_the_provider_says_now(wen, provider):
    opened(wen)
    provider.change(payouts_enabled=True, currently_due=(), bank_fingerprint="fp_1")
    for number in (3, 1, 2, 3):
        # What the events themselves say is old, and is not looked at.
        news(number=number, payouts_enabled=False)
    payout_accounts.sweep(now=NOW + MINUTE)
    account = PayoutAccount.objects.get()
    assert (account.payouts_enabled, account.currently_due, account.told_at) == (True, [], None)
    assert topics() == [CHANGED, READY]
    asked = len(provider.asked)
    payout_accounts.sweep(now=NOW + 2 * MINUTE)
    assert len(provider.asked) == asked, "no news, no question"


def test_an_answer_asked_for_earlier_changes_nothing(wen, provider):
    account = opened(wen, now=NOW + HOUR)
    provider.change(payouts_enabled=True)
    assert not payout_accounts.look(account=account, now=NOW).payouts_enabled


def test_news_during_a_question_are_asked_about_again(wen, provider):
    account = opened(wen)
    news()
    PayoutAccount.objects.update(told_at=NOW + 2 * MINUTE)
    payout_accounts.look(account=account, now=NOW + MINUTE)
    assert PayoutAccount.objects.get().told_at == NOW + 2 * MINUTE


def test_a_provider_that_does_not_answer_is_asked_again(wen, provider):
    opened(wen)
    news()
    provider.away = True
    payout_accounts.sweep(now=NOW + MINUTE)
    assert PayoutAccount.objects.get().told_at


def test_another_bank_account_is_told_and_waited_for_even_by_the_way_of_none(wen, provider):
    provider.change(payouts_enabled=True, bank_fingerprint="fp_1")
    account = opened(wen)
    assert (account.held_until, topics()) == (None, [CHANGED])
    for fingerprint in (None, "fp_2"):
        provider.change(bank_fingerprint=fingerprint)
        account = payout_accounts.look(account=account, now=NOW + HOUR)
    assert account.held_until == NOW + 25 * HOUR
    assert [message.payload["held"] for message in Outbox.objects.filter(topic=CHANGED).order_by("pk")] == [False, True]


def test_nothing_is_sent_to_a_new_place_for_a_day(wen, provider, monkeypatch):
    monkeypatch.setattr(gateway, "create_transfer", lambda **_: "tr_1")
    monkeypatch.setattr(gateway, "clearing_of_transfer", lambda **_: None)
    provider.change(payouts_enabled=True, bank_fingerprint="fp_1")
    account = opened(wen)
    fund(earnings_of(worker=wen), 5_000_000)
    payout = payouts.request(worker=wen, amount=None, idempotency_key="k", now=NOW)
    provider.change(bank_fingerprint="fp_2")
    payout_accounts.look(account=account, now=NOW)
    payouts.sweep(now=NOW + 23 * HOUR)
    assert payouts.send(payout_id=payout.pk, now=NOW + 23 * HOUR).state == "requested"
    payouts.sweep(now=NOW + 24 * HOUR)
    assert Payout.objects.get().state == "sent"


def test_an_account_that_cannot_be_paid_any_more_is_told(wen, provider):
    provider.change(payouts_enabled=True)
    account = opened(wen)
    provider.change(payouts_enabled=False, disabled_reason="requirements.past_due")
    account = payout_accounts.look(account=account, now=NOW + HOUR)
    assert (account.disabled_reason, account.turned_at, topics()) == ("requirements.past_due", NOW + HOUR, [LOST])


def test_what_the_workers_bank_sent_back_is_told_once_and_over_when_it_takes_money_again(wen, provider):
    opened(wen)
    paid = {"kind": "payout.paid"}
    failed = {"kind": "payout.failed", "failure_message": "The account is closed."}
    # The payment of day 2 failed after it had arrived, and is told of twice; what is said of day 1 comes late.
    for number, (day, told) in enumerate([(2, paid), (2, failed), (1, paid), (2, failed), (2, paid)]):
        news(number=number, created=day * 86_400, **told)
    assert PayoutAccount.objects.get().bank_problem == "The account is closed."
    assert topics() == ["payout_account.bank_problem"]
    news(number=8, created=3 * 86_400, **paid)
    news(number=9, created=2 * 86_400, **failed)
    assert PayoutAccount.objects.get().bank_problem == ""


def test_the_way_does_not_change_while_money_is_under_way(wen, provider):
    provider.change(payouts_enabled=True, bank_fingerprint="fp_1")
    opened(wen)
    fund(earnings_of(worker=wen), 5_000_000)
    payout = payouts.request(worker=wen, amount=None, idempotency_key="k", now=NOW)
    with pytest.raises(MethodBusy):
        payout_accounts.give_details(worker=wen, country="DE", details="Wen, DE89 3704", now=NOW)
    payouts.cancel(payout_id=payout.pk, now=NOW)
    by_hand = payout_accounts.give_details(worker=wen, country="DE", details="Wen, DE89 3704", now=NOW)
    assert (by_hand.method, by_hand.held_until) == ("manual", NOW + 24 * HOUR)
    back = opened(wen, now=NOW + HOUR)
    assert (back.method, back.sealed_details, back.held_until) == ("provider", "", NOW + 25 * HOUR)
    assert [name for name, _ in provider.asked] == ["create", "find"], "no second account"


def test_the_same_details_again_change_nothing(wen):
    first = payout_accounts.give_details(worker=wen, country="IN", details="Wen 12 34", now=NOW)
    again = payout_accounts.give_details(worker=wen, country="IN", details="wen 1234", now=NOW + HOUR)
    assert (again.sealed_details, again.held_until) == (first.sealed_details, None)


def test_a_payout_that_is_being_sent_is_not_lost_to_another_way(wen, monkeypatch):
    def away(**_):
        raise GatewayAway("no answer")

    monkeypatch.setattr(gateway, "create_recipient", away)
    fund(earnings_of(worker=wen), 5_000_000)
    payout = payouts.request(worker=wen, amount=None, idempotency_key="k", now=NOW)
    assert payouts.send(payout_id=payout.pk, now=NOW).state == "sending"
    with pytest.raises(MethodBusy):
        payout_accounts.give_details(worker=wen, country="IN", details="Wen 12 34", now=NOW)


def test_what_waits_is_paid_the_way_that_was_set_up_meanwhile(wen):
    fund(earnings_of(worker=wen), 5_000_000)
    payout = payouts.request(worker=wen, amount=None, idempotency_key="k", now=NOW)
    payout_accounts.give_details(worker=wen, country="IN", details="Wen 12 34", now=NOW)
    assert payouts.send(payout_id=payout.pk, now=NOW).state == "by_hand"
