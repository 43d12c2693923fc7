"""Workers' accounts at the provider."""

import urllib.parse
import urllib.request

import pytest

from billing import gateway
from billing.gateway import GatewayRefused, Recipient, read_recipient

HERE = "http://127.0.0.1:9/payouts/"


def create(email="wen@example.org", country="", key="r"):
    return gateway.create_recipient(reference="w1", email=email, country=country, key=key)


def test_an_account_is_opened_once_a_key_in_the_platforms_country_unless_told(sandbox):
    made = create()
    assert create() == made
    assert (made.country, made.payouts_enabled) == ("US", True)
    [account] = sandbox.store.all("account")
    assert (account["metadata"], account["tos_acceptance"]) == ({"tally_worker": "w1"}, {"service_agreement": "full"})


def test_across_a_border_a_worker_is_a_recipient(sandbox, settings):
    made = create(country="DE")
    assert (made.country, sandbox.store.all("account")[0]["tos_acceptance"]["service_agreement"]) == ("DE", "recipient")
    settings.STRIPE_COUNTRY = "DE"
    create(country="DE", key="at home")
    assert sandbox.store.all("account")[0]["tos_acceptance"]["service_agreement"] == "full"


def test_a_country_the_provider_does_not_pay_in_is_refused(sandbox):
    with pytest.raises(GatewayRefused) as refused:
        create(country="KE")
    assert refused.value.code == "country_unsupported"


def test_a_worker_sets_the_account_up_on_the_providers_page(sandbox):
    made = create(email="wen+onboarding@example.org")
    assert (made.payouts_enabled, made.details_submitted, made.bank_fingerprint) == (False, False, None)
    assert "external_account" in made.currently_due
    link = gateway.onboarding_link(account_id=made.id, refresh_url=f"{HERE}again/", return_url=f"{HERE}done/")
    with urllib.request.urlopen(link, timeout=5) as page:
        assert b"Save and finish" in page.read()
    with pytest.raises(OSError, match="refused"):  # the shop they are led back to is not there
        urllib.request.urlopen(f"{link}/finish", urllib.parse.urlencode({"number": "000123456789"}).encode(), timeout=5)
    done = gateway.find_recipient(account_id=made.id)
    assert (done.payouts_enabled, done.details_submitted, done.currently_due, done.disabled_reason) == (
        True, True, (), "",
    )  # fmt: skip
    assert done.bank_fingerprint


def test_an_account_that_is_not_ours_is_a_decision_and_a_key_that_is_wrong_is_not(sandbox):
    with pytest.raises(GatewayRefused) as refused:
        gateway.find_recipient(account_id="acct_none")
    assert refused.value.code == "account_invalid"
    sandbox.faults.extend([("/v1/accounts", 403)])
    with pytest.raises(gateway.GatewayAway):
        gateway.find_recipient(account_id=create().id)


def test_an_account_tells_what_it_still_wants_and_never_who_it_is():
    account = {
        "id": "acct_1", "country": "GB", "payouts_enabled": False, "details_submitted": True,
        "requirements": {"currently_due": ["external_account"], "disabled_reason": "requirements.past_due"},
        "external_accounts": {"data": [
            {"id": "ba_1", "fingerprint": "other"},
            {"id": "ba_2", "fingerprint": "usual", "default_for_currency": True},
        ]},
        "individual": {"last_name": "Secret"},
    }  # fmt: skip
    assert read_recipient(account=account) == Recipient(
        "acct_1", False, "GB", True, ("external_account",), "requirements.past_due", "usual"
    )
    assert read_recipient(account={"id": "acct_2"}) == Recipient("acct_2", False)
