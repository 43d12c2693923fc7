"""Goodwill, write-offs and corrections as two admins see them."""

import uuid

import pytest
from django.urls import reverse

from billing import debts, ledger
from billing.ledger import AccountKind, Posting
from billing.models import Adjustment, Transfer
from billing.wallets import earnings_of
from marketplace.auditing import audit
from marketplace.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGE, ASK = "/reports/books/adjustments/", "/reports/books/adjustments/ask/"


@pytest.fixture
def ada(world):
    return world.browser(world.ada)


@pytest.fixture
def abe(world):
    return world.browser(world.person("Abe", is_staff=True))


def ask(browser, kind, **typed):
    return browser.post(ASK, {"kind": kind, "reason": "Our fault.", **typed}, follow=True)


def decide(browser, how):
    row = Adjustment.objects.get(state="asked")
    return browser.post(reverse(f"adjustment_{how}", args=[row.pk]), follow=True).text


def test_empty_it_says_so_and_offers_the_three(ada):
    shown = ada.get(PAGE).text
    for words in ("Nothing waits", "Give goodwill", "Write off a debt", "Correct a transfer", "Nobody owes"):
        assert words in shown
    assert "Nothing was put right" in ada.get(PAGE, {"show": "over"}).text


def test_goodwill_asked_by_one_is_agreed_by_another(world, ada, abe):
    asked = ask(ada, "goodwill", whose=world.wei.pseudonym, amount="1.50")
    for words in ("$1.50", "Our fault.", world.wei.email, "Take it back"):
        assert words in asked.text
    assert "Somebody else has to agree" in decide(ada, "agree")
    assert "The money has moved" in decide(abe, "agree")
    assert earnings_of(worker=world.wei).balance == 1_500_000
    assert "agreed by abe@example.org" in ada.get(PAGE, {"show": "over"}).text
    actions = AuditEntry.objects.order_by("pk").values_list("action", "actor__name")
    assert list(actions) == [("goodwill.asked", "Ada"), ("goodwill.done", "Abe")]
    assert audit() == []


def test_a_debt_is_listed_and_written_off(world, ada, abe):
    purse = debts.lock(kind=AccountKind.WORKER_BALANCE, owner_id=world.wei.pk)
    gifts = ledger.platform(AccountKind.GOODWILL).pk
    ledger.post(postings=purse.take(Posting("correction", "x", purse.account, gifts, 3_000_000)), now=world.now)
    assert "$3.00" in ada.get(PAGE).text
    prepared = ada.get(PAGE, {"kind": "write_off", "whose": world.wei.email, "purse": "worker_balance"}).text
    assert f'value="{world.wei.email}"' in prepared
    too_much = ask(ada, "write_off", whose=world.wei.email, purse="worker_balance", amount="3.01")
    assert (too_much.status_code, "They owe 3.00" in too_much.text) == (422, True)
    ask(ada, "write_off", whose=world.wei.email, purse="worker_balance", amount="3.00")
    decide(abe, "agree")
    assert debts.owed(kind=AccountKind.WORKER_BALANCE, owner_id=world.wei.pk) == 0


def test_a_wrong_transfer_is_corrected_once(world, ada, abe):
    ask(ada, "goodwill", whose=world.wei.email, amount="2")
    decide(abe, "agree")
    wrong = Transfer.objects.get(kind="goodwill")
    ask(ada, "correction", transfer=str(wrong.pk))
    assert "corrected, or its correction" in ask(abe, "correction", transfer=str(wrong.pk)).text
    decide(abe, "agree")
    assert earnings_of(worker=world.wei).balance == 0


def test_what_was_asked_can_be_taken_back(world, ada):
    ask(ada, "goodwill", whose=world.wei.email, amount="2")
    assert "Nothing was moved" in decide(ada, "decline")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"kind": "goodwill", "whose": "nobody@x.org", "amount": "1"}, "Nobody here has this"),
        ({"kind": "goodwill", "whose": "RITA", "amount": "1"}, "Goodwill is for workers"),
        ({"kind": "goodwill", "whose": "WEI", "amount": "1,5"}, "plain decimal number"),
        ({"kind": "goodwill", "whose": "WEI", "amount": "9999"}, "One goodwill payment is at most"),
        ({"kind": "write_off", "whose": "WEI", "amount": "1", "purse": "x"}, "Choose which debt"),
        ({"kind": "correction", "transfer": "12a"}, "digits alone"),
        ({"kind": "correction", "transfer": "9" * 30}, "digits alone"),
        ({"kind": "correction", "transfer": "1"}, "no transfer of this number"),
        ({"kind": "goodwill", "whose": "WEI", "amount": "1", "reason": " "}, "Say why"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_kept(world, ada, typed, told):
    names = {"WEI": world.wei.email, "RITA": world.rita.email}
    typed = {name: names.get(text, text) for name, text in typed.items()}
    reply = ada.post(ASK, {"reason": "Because.", **typed})
    assert (reply.status_code, told in reply.text) == (422, True)
    for kept in typed.values():
        assert kept in reply.text
    assert not Adjustment.objects.exists()


def test_only_admins_with_two_step_login_and_unknown_ones_are_not_found(world, ada, settings):
    unknown = [reverse(f"adjustment_{how}", args=[uuid.uuid4()]) for how in ("agree", "decline")]
    assert [ada.post(address).status_code for address in unknown] == [404, 404]
    for who in (world.rita, world.wei):
        browser = world.browser(who)
        assert browser.get(PAGE).status_code == 403
        assert {browser.post(address).status_code for address in (ASK, *unknown)} == {403}
    settings.MFA_REQUIRED = True
    assert ada.post(ASK, {"kind": "goodwill"}).status_code == 403
