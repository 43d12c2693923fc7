"""The wallet's page, and the way through the payment page and back."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import gateway
from billing.gateway import Checkout, GatewayAway
from billing.models import Deposit
from marketplace import purse

pytestmark = pytest.mark.django_db
NEW, BACK = "/wallet/deposits/new/", "/wallet/deposits/back/"


@pytest.fixture
def provider(monkeypatch):
    """A provider that opens a payment page for every deposit; `calls` are what it was asked."""
    calls = []

    def create_checkout(**asked):
        calls.append(asked)
        return Checkout(
            id=f"cs_{len(calls)}", url=f"https://pay.test/{len(calls)}", status="open", paid=False,
            payment=None, amount=asked["amount"],
        )  # fmt: skip

    monkeypatch.setattr(gateway, "create_checkout", create_checkout)
    return calls


@pytest.fixture
def browser(world):
    return world.browser(world.rita)


def test_an_empty_wallet_explains_itself(browser):
    page = browser.get("/wallet/").text
    assert "Nothing has moved yet" in page
    assert "No job holds money now." in page


def test_a_deposit_goes_to_the_payment_page(world, provider, browser):
    answer = browser.post(NEW, {"amount": "12.50", "key": "k"})
    assert answer["Location"] == "https://pay.test/1"
    assert provider[0]["amount"] == 12_500_000


def test_a_double_click_is_one_deposit(provider, browser):
    first, second = (browser.post(NEW, {"amount": "12.50", "key": "k"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert (Deposit.objects.count(), len(provider)) == (1, 1)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.10", "The least deposit is 0.50"),
        ("10.001", "whole cents"),
        ("ten", "plain decimal number"),
        ("", "plain decimal number"),
        ("-5", "negative"),
        ("99999999", "greatest"),
    ],
)
def test_a_refused_amount_is_named_at_its_field_and_not_lost(world, provider, browser, amount, words):
    job = world.job()
    page = browser.post(NEW, {"amount": amount, "key": "k", "job": job.public_id})
    assert page.status_code == 422
    assert words in page.text
    assert f'value="{job.public_id}"' in page.text
    assert (f'value="{amount}"' in page.text) or not amount
    assert not provider


def test_the_form_sent_again_with_another_amount_is_asked_for_once_more(provider, browser):
    browser.post(NEW, {"amount": "12.50", "key": "k"})
    page = browser.post(NEW, {"amount": "20.00", "key": "k"})
    assert page.status_code == 422
    assert "Send it once more" in page.text
    assert 'value="20.00"' in page.text
    assert browser.post(NEW, {"amount": "20.00", "key": page.context["key"]})["Location"] == "https://pay.test/2"


def test_a_provider_that_is_away_charges_nothing_and_says_so(browser, monkeypatch):
    def away(**asked):
        raise GatewayAway("no answer")

    monkeypatch.setattr(gateway, "create_checkout", away)
    page = browser.post(NEW, {"amount": "12.50", "key": "k"})
    assert "does not answer just now. Nothing was charged." in page.text


def test_the_way_back_names_its_own_deposit_and_job(world, provider, browser):
    job = world.job()
    browser.post(NEW, {"amount": "12.50", "key": "one", "job": job.public_id})
    browser.post(NEW, {"amount": "20.00", "key": "two"})
    back = urlsplit(provider[0]["success_url"])

    page = browser.get(f"{back.path}?{back.query}", follow=True)

    assert page.context["deposit"].amount == 12_500_000
    assert page.context["job"] == job
    assert "Waiting for the payment" in page.text
    assert "hx-get" in page.text


def test_who_leaves_the_payment_page_is_told_that_nothing_was_charged(world, provider, browser):
    job = world.job()
    browser.post(NEW, {"amount": "12.50", "key": "one", "job": job.public_id})
    left = urlsplit(provider[0]["cancel_url"])
    assert parse_qs(left.query)["left"] == ["1"]

    page = browser.get(f"{left.path}?{left.query}", follow=True).text

    assert "Not paid yet" in page
    assert "https://pay.test/1" in page
    assert reverse("job", args=[job.public_id]) in page
    assert "hx-get" not in page


def test_a_way_back_that_names_no_deposit_leads_to_the_wallet(world, provider, browser):
    world.browser(world.rosa).post(NEW, {"amount": "12.50", "key": "rosa"})
    assert browser.get(BACK)["Location"] == "/wallet/"
    assert browser.get(f"{BACK}?key=page:rosa")["Location"] == "/wallet/"


def test_somebody_elses_deposit_and_job_do_not_exist(world, provider, browser):
    foreign = world.job(owner=world.rosa)
    browser.post(NEW, {"amount": "12.50", "key": "k", "job": foreign.public_id})
    assert foreign.public_id not in provider[0]["success_url"]

    deposit = Deposit.objects.get()
    assert world.browser(world.rosa).get(reverse("deposit", args=[deposit.pk])).status_code == 404
    page = browser.get(reverse("deposit", args=[deposit.pk]) + f"?job={foreign.public_id}").text
    assert foreign.title not in page


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("failed", "Your card was declined.", "Your card was declined."),
        ("expired", "", "Nothing was charged."),
    ],
)
def test_a_deposit_that_was_not_paid_says_why_and_offers_another_try(provider, browser, state, reason, words):
    browser.post(NEW, {"amount": "12.50", "key": "k"})
    deposit = Deposit.objects.get()
    Deposit.objects.update(state=state, reason=reason)
    page = browser.get(reverse("deposit", args=[deposit.pk])).text
    assert "$12.50 was not paid" in page
    assert words in page
    assert "?amount=12.50" in page
    assert browser.post(NEW, {"amount": "12.50", "key": "k"})["Location"] == reverse("deposit", args=[deposit.pk])


def test_a_paid_deposit_leads_back_to_the_job(world, browser):
    job = world.job()
    world.fund(world.rita, "5.00")
    address = reverse("deposit", args=[Deposit.objects.get().pk])
    page = browser.get(f"{address}?job={job.public_id}").text
    assert "$5.00 is in your wallet" in page
    assert f"Back to {job.title}" in page
    part = browser.get(address, HTTP_HX_REQUEST="true").text
    assert part.startswith("\n<section") or part.lstrip().startswith("<section")
    assert "hx-get" not in part


def test_a_payment_nobody_makes_is_not_watched_forever(provider, browser):
    browser.post(NEW, {"amount": "12.50", "key": "k"})
    Deposit.objects.update(created_at=timezone.now() - timedelta(hours=1))
    page = browser.get(reverse("deposit", args=[Deposit.objects.get().pk])).text
    assert "hx-get" not in page
    assert "Not paid yet" in page


def test_the_statement_pages_back_and_its_links_work_from_every_page(world, provider, browser, monkeypatch):
    monkeypatch.setattr(purse, "LINES", 2)
    for amount in ("1.00", "2.00", "3.00"):
        world.fund(world.rita, amount)

    refused = browser.post(NEW, {"amount": "x"}).text
    first = browser.get("/wallet/")
    older = first.context["purse"].older
    second = browser.get(f"/wallet/?before={older}")

    assert f'href="/wallet/?before={older}#statement"' in refused
    assert [moved.line.amount for moved in first.context["purse"].lines] == [3_000_000, 2_000_000]
    assert [moved.line.amount for moved in second.context["purse"].lines] == [1_000_000]
    assert "Newest" in second.text


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
def test_a_meddled_address_shows_the_newest_lines(world, browser, before):
    world.fund(world.rita, "1.00")
    assert len(browser.get("/wallet/", {"before": before}).context["purse"].lines) == 1


def test_an_amount_asked_for_by_the_address_is_filled_in_and_escaped(browser):
    assert 'value="7.25"' in browser.get("/wallet/?amount=7.25").text
    assert '"><em>' not in browser.get('/wallet/?amount="><em>').text
