"""The payment page."""

import pytest

from billing.sandbox import pages, sessions
from tests.billing.sandbox.conftest import session_params


@pytest.fixture
def session(desk):
    return sessions.create(desk, session_params())


def test_the_page_says_that_it_is_test_money_and_how_much(session):
    html = pages.payment_page(session=session)
    assert "<strong>Sandbox:</strong> test money, no card is charged." in html
    assert html.count("$50.00") == 4
    assert f'action="/c/pay/{session["id"]}/pay"' in html
    assert f'action="/c/pay/{session["id"]}/cancel"' in html


def test_what_the_shop_wrote_is_escaped_and_no_script_or_inline_style_is_there(session):
    html = pages.payment_page(session=session | {"customer_email": '"><script>'})
    assert "Deposit &lt;b&gt;" in html
    assert "<script" not in html
    assert "style=" not in html


@pytest.mark.parametrize(("status", "text"), [("complete", "This payment is done"), ("expired", "has closed")])
def test_a_page_that_is_over_offers_the_way_back_only(session, status, text):
    html = pages.payment_page(session=session | {"status": status})
    assert text in html
    assert "/back" in html
    assert '/pay"' not in html


def test_the_placeholder_in_the_return_address_is_filled_in(session):
    assert pages.return_url(session=session, paid=True) == f"https://tally.test/ok?s={session['id']}"
    assert pages.return_url(session=session, paid=False) == "https://tally.test/no"


def test_forms_may_lead_to_us_and_to_the_shop_alone():
    policy = pages.content_security_policy(back=["https://tally.test/ok", "https://tally.test/no"])
    assert policy.endswith("form-action 'self' https://tally.test")
    assert "default-src 'none'" in policy
    assert pages.content_security_policy(back=[]).endswith("form-action 'self'")


def test_setting_up_shows_what_is_asked_and_escapes_it():
    account = {"email": "<b>@x.org", "country": "US", "requirements": {"currently_due": ["external_account"]}}
    html = pages.setup_page(link={"id": "link_1"}, account=account)
    assert "<li>a bank account</li>" in html
    assert "&lt;b&gt;@x.org in US" in html
    assert 'action="/setup/link_1/finish"' in html
    assert 'role="alert"' not in html
    wrong = pages.setup_page(link={"id": "link_1"}, account=account, refused='"><script>')
    assert "A number has 4 to 17 digits." in wrong
    assert "<script" not in html + wrong
    assert "style=" not in html


def test_money_is_written_with_two_decimals():
    assert (pages.money(5, "usd"), pages.money(123_450, "usd"), pages.money(100, "eur")) == (
        "$0.05",
        "$1,234.50",
        "1.00 EUR",
    )


def test_an_unknown_address_gets_a_page_too():
    assert "There is no such page" in pages.missing_page()
