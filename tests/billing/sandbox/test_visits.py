"""What people do on the double's pages."""

import pytest

from billing.sandbox import accounts, sessions
from billing.sandbox.visits import visit
from tests.billing.sandbox.conftest import account, events, later, session_params


@pytest.fixture
def session(desk):
    return sessions.create(desk, session_params())


@pytest.fixture
def link(desk):
    addresses = {"refresh_url": "https://tally.test/again", "return_url": "https://tally.test/done"}
    pk = account(desk, email="w+onboarding@x.org")
    told = accounts.create_link(desk, {"account": pk, "type": "account_onboarding", **addresses})
    return told["url"].removeprefix("http://sandbox.test")


def press(desk, path, form=""):
    return visit(desk, method="POST", path=path, form=form)


def look(desk, path):
    return visit(desk, method="GET", path=path, form="")


def test_pay_leads_to_the_shop_and_pressing_twice_pays_once(desk, session):
    for _ in range(2):
        seen = press(desk, f"/c/pay/{session['id']}/pay")
        assert (seen.status, seen.url) == (303, f"https://tally.test/ok?s={session['id']}")
    assert len(desk.store.all("charge")) == 1
    assert events(desk) == ["checkout.session.completed"]


def test_cancel_leads_back_and_the_page_can_still_be_paid(desk, session):
    assert press(desk, f"/c/pay/{session['id']}/cancel").url == "https://tally.test/no"
    assert "Pay $50.00" in look(desk, f"/c/pay/{session['id']}").html


def test_a_closed_page_cannot_be_paid(desk, session):
    sessions.expire(desk, session["id"])
    assert "has closed" in press(desk, f"/c/pay/{session['id']}/pay").html
    assert press(desk, f"/c/pay/{session['id']}/back").url == "https://tally.test/no"
    assert desk.store.all("charge") == []


def test_an_account_is_set_up_by_a_person(desk, link):
    assert "a bank account" in look(desk, link).html
    seen = press(desk, f"{link}/finish", "number=000+123+456+789")
    assert (seen.status, seen.url) == (303, "https://tally.test/done")
    assert desk.store.all("account")[0]["payouts_enabled"]
    for again in (look(desk, link), press(desk, f"{link}/finish", "number=000123456789")):
        assert again.url == "https://tally.test/again", "a link that was used leads to another one"
    assert events(desk) == ["account.updated"]


@pytest.mark.parametrize("number", ["", "123", "12a4", "1" * 18, "<script>"])
def test_a_number_that_is_none_is_said_so_and_kept(desk, link, number):
    seen = press(desk, f"{link}/finish", f"number={number}")
    assert (seen.status, "4 to 17 digits" in seen.html, "<script>" in seen.html) == (422, True, False)
    assert not desk.store.all("account")[0]["payouts_enabled"]


def test_leaving_and_coming_too_late_change_nothing(desk, link):
    assert look(later(desk, 300), link).url == "https://tally.test/again"
    assert press(desk, f"{link}/leave").url == "https://tally.test/done"
    assert not desk.store.all("account")[0]["payouts_enabled"]


@pytest.mark.parametrize(
    "path", ["/c/pay/", "/elsewhere", "/c/pay/cs_none", "/c/pay/../x", "/setup/link_none", "/setup/"]
)
def test_an_unknown_address_shows_a_page_that_says_so(desk, path):
    for seen in (look(desk, path), press(desk, path), press(desk, f"{path}/pay"), press(desk, f"{path}/finish")):
        assert (seen.status, "There is no such page" in seen.html) == (404, True)


def test_an_unknown_button_does_nothing(desk, session, link):
    for path in (f"/c/pay/{session['id']}", link):
        assert press(desk, f"{path}/refund").status == 404
        assert look(desk, f"{path}/pay").status == look(desk, f"{path}/finish").status == 404
    assert desk.store.all("charge") == []


def test_a_button_of_the_test_bank_leads_back_to_its_page_or_says_why_not(desk):
    assert "Test bank" in look(desk, "/").html
    assert press(desk, "/do/top-up").url == "/"
    assert "$1,000.00" in look(desk, "/").html
    refused = press(desk, "/do/win", "dispute=dp_none")
    assert (refused.status, "No such dispute" in refused.html) == (404, True)
