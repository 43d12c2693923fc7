"""The worker's payout account: set up in a browser, freshly signed in, and never shown again."""

import time

import pytest

from billing import gateway
from billing.gateway import GatewayAway, GatewayRefused, Recipient
from billing.models import PayoutAccount
from billing.wallets import earnings_of
from tests.billing.conftest import fund

pytestmark = pytest.mark.django_db
PAGE, OPEN, DETAILS = "/work/earnings/account/", "/work/earnings/account/open/", "/work/earnings/account/details/"
BACK, AGAIN = "/work/earnings/account/back/", "/work/earnings/account/again/"
LINK = "https://connect.stripe.com/setup/e/1"


def signed_in_now(browser, person):
    """As after the login form: with a note of when."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return browser


@pytest.fixture
def wei(world, settings):
    settings.PAYOUT_MANUAL_COUNTRIES = ["IN"]
    return signed_in_now(world.browser(world.wei), world.wei)


@pytest.fixture
def provider(monkeypatch):
    """What the provider says; `fault` is raised instead."""

    class Provider:
        fault = None
        says = Recipient(id="acct_1", payouts_enabled=False, currently_due=("individual.dob.day", "external_account"))

        def answer(self, **_):
            if self.fault:
                raise self.fault
            return self.says

    one = Provider()
    for name in ("create_recipient", "find_recipient"):
        monkeypatch.setattr(gateway, name, one.answer)
    monkeypatch.setattr(gateway, "onboarding_link", lambda **_: one.answer() and LINK)
    return one


def test_the_country_decides_what_is_offered(wei):
    germany, india, kenya = (wei.get(PAGE, {"country": code}).text for code in ("DE", "IN", "KE"))
    assert (OPEN in germany, DETAILS in germany) == (True, False)
    assert (OPEN in india, DETAILS in india) == (False, True)
    assert "We cannot pay to this country yet" in kenya
    assert OPEN not in wei.get(PAGE).text


def test_to_the_provider_and_back(wei, provider):
    away = wei.post(OPEN, {"country": "DE"})
    assert (away.status_code, away["Location"]) == (302, LINK)
    page = wei.get(BACK, follow=True).text
    assert "your date of birth" in page
    assert "a bank account to be paid to" in page
    provider.says = Recipient(id="acct_1", payouts_enabled=True)
    page = wei.get(BACK, follow=True).text
    assert "Your payout account is ready." in page
    assert wei.get(AGAIN)["Location"] == LINK


def test_a_login_of_long_ago_is_asked_for_again_and_the_form_goes_on(world, provider):
    world.wei.set_password("a long password 1")
    world.wei.save()
    browser = world.browser(world.wei)
    asked = browser.post(OPEN, {"country": "DE"})
    assert "/accounts/reauthenticate/" in asked["Location"]
    done = browser.post(asked["Location"], {"password": "a long password 1"})
    assert done["Location"] == LINK
    assert PayoutAccount.objects.get().worker == world.wei


@pytest.mark.parametrize(
    ("fault", "words"),
    [(GatewayAway("x"), "does not answer just now"), (GatewayRefused("x", "Not in this country."), "refused: Not in")],
)
def test_a_provider_that_will_not_is_told(wei, provider, fault, words):
    provider.fault = fault
    assert words in wei.post(OPEN, {"country": "DE"}, follow=True).text


def test_details_are_taken_and_shown_to_nobody(world, wei):
    page = wei.post(DETAILS, {"country": "IN", "details": "Wei Chen 0012 3456"}, follow=True).text
    assert "nobody can read them here" in page
    assert "0012" not in page + wei.get(PAGE).text
    wei.post(DETAILS, {"country": "IN", "details": "Somebody else 6666 7777"})
    assert "Nothing is sent there before" in wei.get(PAGE).text
    assert "Bank transfer by hand" in wei.get(PAGE).text


def test_refused_details_are_named_at_their_field_and_not_lost(wei):
    page = wei.post(DETAILS, {"country": "IN", "details": "1234"})
    assert page.status_code == 422
    assert 'id="details_error"' in page.text
    assert ">1234</textarea>" in page.text
    page = wei.post(DETAILS, {"country": "DE", "details": "Wei Chen 0012 3456"})
    assert "We cannot pay to Germany this way" in page.text


def test_a_payout_is_cancelled_from_the_list(world, wei):
    fund(earnings_of(worker=world.wei), 3_000_000)
    wei.post("/work/earnings/payout/", {"amount": "", "key": "k"})
    [payout] = world.wei.payouts.all()
    cancel = f"/work/earnings/payout/{payout.pk}/cancel/"
    assert cancel in wei.get("/work/earnings/").text
    assert world.browser(world.wanda).post(cancel).status_code == 404
    assert "the money is in your balance" in wei.post(cancel, follow=True).text
    assert "cannot be cancelled any more" in wei.post(cancel, follow=True).text


def test_a_large_payout_is_asked_about_once_more(world, settings):
    settings.PAYOUT_FRESH_LOGIN_ABOVE = "2.00"
    world.wei.set_password("a long password 1")
    world.wei.save()
    fund(earnings_of(worker=world.wei), 3_000_000)
    browser = world.browser(world.wei)
    asked = browser.post("/work/earnings/payout/", {"amount": "", "key": "k"})
    assert "/accounts/reauthenticate/" in asked["Location"]
    assert not world.wei.payouts.exists()
    page = browser.post(asked["Location"], {"password": "a long password 1"}, follow=True).text
    assert "$3.00 is on its way." in page


def test_the_page_is_for_workers(world):
    for path in (PAGE, BACK, AGAIN):
        assert world.browser(world.rita).get(path).status_code == 403
