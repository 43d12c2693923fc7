"""Workers' accounts at the provider."""

from billing.gateway import Recipient, read_recipient


def test_an_account_tells_what_it_still_wants_and_never_who_it_is():
    account = {
        "id": "acct_1", "country": "KE", "payouts_enabled": False, "details_submitted": True,
        "requirements": {"currently_due": ["external_account"], "disabled_reason": "requirements.past_due"},
        "external_accounts": {"data": [
            {"id": "ba_1", "fingerprint": "other"},
            {"id": "ba_2", "fingerprint": "usual", "default_for_currency": True},
        ]},
        "individual": {"last_name": "Secret"},
    }  # fmt: skip
    assert read_recipient(account=account) == Recipient(
        "acct_1", False, "KE", True, ("external_account",), "requirements.past_due", "usual"
    )
    assert read_recipient(account={"id": "acct_2"}) == Recipient("acct_2", False)
