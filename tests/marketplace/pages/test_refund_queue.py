"""The admins' page of refunds to the card."""

import uuid

import pytest
from django.urls import reverse

from billing import gateway, refunds
from billing.models import Adjustment, Deposit, Refund

PAGE, ASK = "/reports/books/refunds/", "/reports/books/refunds/ask/"


@pytest.fixture
def deposit(world):
    world.fund(world.rita, "50.00")
    return Deposit.objects.get()


@pytest.fixture
def ada(world):
    return world.browser(world.ada)


def decide(browser, how):
    row = Adjustment.objects.get(state="asked")
    return browser.post(reverse(f"refund_{how}", args=[row.pk]), follow=True).text


def test_empty_it_says_so_whatever_is_asked_for(world, ada):
    for show, words in (
        ("", "Nothing on its way"), ("failed", "Nothing failed"), ("unknown", "Every payment is known"),
        ("paid", "No deposit went back"), ("nonsense", "Nothing on its way"),
    ):  # fmt: skip
        assert words in ada.get(PAGE, {"show": show}).text
    assert "Nobody here has this" in ada.get(PAGE, {"whose": "nobody@example.org"}).text
    assert "has no paid deposit" in ada.get(PAGE, {"whose": world.rita.email}).text


def test_a_deposit_is_found_asked_back_by_one_and_agreed_to_by_another(world, ada, deposit):
    assert "$50.00 can go back" in ada.get(PAGE, {"whose": world.rita.email}).text
    typed = {"whose": world.rita.email, "deposit": deposit.pk, "amount": "20", "reason": "She closes her account."}
    asked = ada.post(ASK, typed, follow=True).text
    for words in ("$20.00", "She closes her account.", world.rita.email, "Take it back", 'class="count">1'):
        assert words in asked
    assert "Somebody else has to agree" in decide(ada, "agree")
    agreed = decide(world.browser(world.person("Abe", is_staff=True)), "agree")
    assert "on its way to the provider" in agreed
    assert "agreed by abe@example.org" in agreed
    assert Refund.objects.get().amount == 20_000_000


def test_what_was_asked_can_be_taken_back(ada, deposit):
    ada.post(ASK, {"deposit": deposit.pk, "amount": "", "reason": "x"})
    assert "Nothing was moved" in decide(ada, "decline")
    assert not Refund.objects.exists()


def test_what_is_wrong_is_told_at_its_field_and_kept(world, ada, deposit):
    typed = {"whose": world.rita.email, "deposit": str(deposit.pk), "amount": "50.01", "reason": "Because of rain."}
    reply = ada.post(ASK, typed)
    assert (reply.status_code, "Of this deposit 50.00 can still be paid back" in reply.text) == (422, True)
    assert f'value="{deposit.pk}" selected' in reply.text
    for kept in ("50.01", "Because of rain.", world.rita.email):
        assert kept in reply.text
    assert not Adjustment.objects.exists()


def test_one_that_failed_says_why_what_to_do_and_fills_the_form_to_ask_again(world, ada, deposit):
    said = {"id": "re_1", "payment": deposit.provider_payment, "amount": 10_000_000, "left": True}
    refunds.record(refund=gateway.Refund(status="failed", reason="charge_disputed", **said), now=world.now)
    refunds.record(refund=gateway.Refund("re_2", "pi_other", 10_000, "pending", ""), now=world.now)
    shown = ada.get(PAGE, {"show": "failed"}).text
    for words in (
        "contested at the bank",
        "Wait until the dispute is over",
        "after it had left",
        "Made at the provider",
    ):
        assert words in shown
    again = {"whose": world.rita.email, "deposit": str(deposit.pk), "amount": "10.00"}
    filled = ada.get(PAGE, again).text
    assert f'value="{deposit.pk}" selected' in filled
    assert 'value="10.00"' in filled
    assert "pi_other" in ada.get(PAGE, {"show": "unknown"}).text


def test_only_admins_with_two_step_login_and_unknown_ones_are_not_found(world, ada, settings):
    unknown = [reverse(f"refund_{how}", args=[uuid.uuid4()]) for how in ("agree", "decline")]
    assert [ada.post(address).status_code for address in unknown] == [404, 404]
    rita = world.browser(world.rita)
    assert {rita.get(PAGE).status_code, *(rita.post(address).status_code for address in (ASK, *unknown))} == {403}
    settings.MFA_REQUIRED = True
    assert ada.post(ASK, {"reason": "x"}).status_code == 403
