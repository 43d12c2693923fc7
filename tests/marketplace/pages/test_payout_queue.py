"""The admins' queue: what waits, what failed and why, and the file for the bank."""

import pytest

from billing import payout_accounts, payouts
from billing.models import Payout, PayoutAccount
from billing.wallets import earnings_of
from tests.billing.conftest import fund
from tests.marketplace.pages.test_payout_account import signed_in_now

pytestmark = pytest.mark.django_db
QUEUE, EXPORT = "/payouts/", "/payouts/export/"


@pytest.fixture
def ada(world):
    return signed_in_now(world.browser(world.ada), world.ada)


@pytest.fixture
def abe(world):
    return world.browser(world.person("Abe", is_staff=True))


@pytest.fixture
def large(world):
    fund(earnings_of(worker=world.wei), 900_000_000)
    return payouts.request(worker=world.wei, amount=600_000_000, idempotency_key="k", now=world.now)


@pytest.fixture
def by_hand(world):
    fund(earnings_of(worker=world.wei), 9_000_000)
    payout_accounts.give_details(worker=world.wei, country="IN", details="Wei Chen 0012 3456", now=world.now)
    payout = payouts.request(worker=world.wei, amount=5_000_000, idempotency_key="k", now=world.now)
    return payouts.send(payout_id=payout.pk, now=world.now)


def case(payout, act=""):
    return f"{QUEUE}{payout.pk}/{act}"


def test_the_queue_opens_where_something_waits_and_shows_each_state(world, ada, large):
    page = ada.get(QUEUE).text
    assert case(large) in page
    assert "$600.00" in page
    assert "nobody yet" in page
    assert "No payout is in this state" in ada.get(QUEUE, {"show": "failed"}).text
    assert case(large) in ada.get(QUEUE, {"show": "nonsense"}).text


def test_two_admins_agree(world, ada, abe, large):
    assert "above $500.00 within 24 hours" in ada.get(case(large)).text
    assert "You agreed." in ada.post(case(large, "approve/"), follow=True).text
    assert "Somebody else has to, too." in ada.get(case(large)).text
    assert "Somebody else has to agree" in ada.post(case(large, "approve/"), follow=True).text
    page = abe.post(case(large, "approve/"), follow=True).text
    assert "agreed to it" in page
    assert Payout.objects.get().state == "requested"


def test_a_refusal_needs_words_and_keeps_them(world, ada, large):
    page = ada.post(case(large, "refuse/"), {"reason": " "})
    assert (page.status_code, 'id="reason_error"' in page.text) == (422, True)
    page = ada.post(case(large, "refuse/"), {"reason": "y" * 301})
    assert "y" * 301 in page.text
    ada.post(case(large, "refuse/"), {"reason": "Under <b>review</b>."})
    assert "Under &lt;b&gt;review&lt;/b&gt;." in ada.get(case(large)).text


def test_by_hand_from_the_file_to_the_second_word(world, ada, abe, by_hand):
    assert "waits for the next file" in ada.get(case(by_hand)).text
    file = ada.post(EXPORT)
    assert (file["Content-Type"], "Wei Chen 0012 3456" in file.text) == ("text/csv; charset=utf-8", True)
    assert "attachment" in file["Content-Disposition"]
    assert "Nothing waits for a file" in ada.post(EXPORT, follow=True).text
    again = ada.post(EXPORT, {"again": [str(by_hand.pk), "nonsense"]})
    assert "0012" in again.text
    assert f"again_{by_hand.pk}" in ada.get(QUEUE, {"show": "by_hand"}).text
    page = ada.post(case(by_hand, "paid/"), {"reference": ""})
    assert (page.status_code, 'id="reference_error"' in page.text) == (422, True)
    page = ada.post(case(by_hand, "paid/"), {"reference": "SEPA-1"}, follow=True).text
    assert "another admin has to confirm it" in page
    assert "0012" not in page
    assert "Confirmed: it is paid." in abe.post(case(by_hand, "confirm/"), follow=True).text
    abe.post(case(by_hand, "back/"), {"reason": "Account closed.", "after": "sent"})
    assert Payout.objects.get().state == "returned"


def test_the_banks_file_is_for_who_has_just_signed_in(world, abe, by_hand):
    assert abe.post(EXPORT).status_code == 302
    assert Payout.objects.get().exported_at is None


def test_what_failed_says_why_and_when_it_can_be_tried_again(world, ada):
    fund(earnings_of(worker=world.wei), 9_000_000)
    account = PayoutAccount.objects.create(
        worker=world.wei, provider_account="acct_1", payouts_enabled=True, updated_at=world.now
    )
    payout = payouts.request(worker=world.wei, amount=5_000_000, idempotency_key="k", now=world.now)
    Payout.objects.update(state="sending")
    payouts.fail(payout_id=payout.pk, attempt=0, reason="Your payout account was closed.", code="account_closed",
                 now=world.now)  # fmt: skip
    page = ada.get(case(payout)).text
    assert "Your payout account was closed." in page
    assert "Nothing has changed about the worker" in page
    account.turned_at = world.later(hours=1)
    account.save()
    assert "It is tried again" in ada.post(case(payout, "retry/"), follow=True).text
    assert "It was tried again" in ada.get(case(payout)).text


def test_nobody_decides_about_their_own(world, ada, large):
    Payout.objects.update(worker=world.ada)
    assert "This is your own payout" in ada.get(case(large)).text


def test_the_queue_is_for_admins_and_knows_only_what_there_is(world, ada, large):
    for path in (QUEUE, case(large)):
        assert world.browser(world.wei).get(path).status_code == 403
    assert world.browser(world.wei).post(case(large, "approve/")).status_code == 403
    missing = f"{QUEUE}00000000-0000-0000-0000-000000000000/"
    assert (ada.get(missing).status_code, ada.post(missing + "approve/").status_code) == (404, 404)
