"""Connected accounts: opened, set up by a person on the double's own page, asked for more, switched off."""

from __future__ import annotations

import hashlib
from typing import Any

from billing.sandbox.desk import ApiError, Desk, listed, new_id

LINK_LIFE = 300
# An e-mail such as rosa+payouts-off@example.org opens an account that cannot be paid, to see a payout fail;
# rosa+onboarding@example.org one that a person must set up first, whatever the terms say.
PAYOUTS_OFF = "+payouts-off@"
ONBOARDING = "+onboarding@"
# Where the provider pays people at all without a contract about it.
COUNTRIES = frozenset({
    "AT", "BE", "BG", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "US",
})  # fmt: skip
# Test numbers of banks that do not take the money: the payout fails with this code.
FAILING = {"000111111116": "no_account", "000111111113": "account_closed", "000222222227": "insufficient_funds"}
FIRST_ASKED = ["external_account", "individual.dob", "individual.last_name", "tos_acceptance"]


def create(desk: Desk, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/accounts"""
    if params["type"] != "express":
        raise ApiError("The sandbox knows type=express only.", param="type")
    country, email = params.get("country", desk.terms.country), params.get("email", "")
    if country not in COUNTRIES:
        raise ApiError(f"Accounts in {country} are not supported.", code="country_unsupported", param="country")
    agreement = params.get("tos_acceptance", {}).get("service_agreement", "full")
    if agreement == "recipient" and country == desk.terms.country:
        raise ApiError("The recipient agreement is for other countries than the platform's.", param="tos_acceptance")
    pk = new_id("acct")
    # Everybody's own, unless they give another: who shares a bank account is somebody to look at.
    number = f"9{int(hashlib.sha256(pk.encode()).hexdigest(), 16):012d}"[:12]
    account = {
        "id": pk, "object": "account", "type": "express", "created": int(desk.now), "email": email,
        "country": country, "default_currency": desk.terms.currency, "metadata": params.get("metadata", {}),
        "charges_enabled": False, "business_type": params.get("business_type"),
        "tos_acceptance": {"service_agreement": agreement}, "external_accounts": _banks(None, ""),
        "_number": number,
    }  # fmt: skip
    if PAYOUTS_OFF in email:
        return desk.store.put(_asked(account, ["external_account"], None))
    if desk.terms.onboarding or ONBOARDING in email:
        return desk.store.put(_asked(account, FIRST_ASKED, "requirements.past_due"))
    return desk.store.put(_ready(account, number))


def own(desk: Desk) -> dict[str, Any]:
    """GET /v1/account: the platform's."""
    return {
        "id": "acct_sandbox", "object": "account", "type": "standard", "country": desk.terms.country,
        "default_currency": desk.terms.currency, "charges_enabled": True, "payouts_enabled": True,
        "details_submitted": True, "capabilities": {"card_payments": "active", "transfers": "active"},
        "settings": {"payouts": {"schedule": {"interval": "manual"}}},
    }  # fmt: skip


def endpoints(desk: Desk) -> dict[str, Any]:
    """GET /v1/webhook_endpoints: the one that was named at the start, for every event."""
    one: dict[str, Any] = {
        "id": "we_sandbox", "object": "webhook_endpoint", "url": desk.terms.webhook_url, "status": "enabled",
        "enabled_events": ["*"], "api_version": None, "application": None, "created": 0, "description": None,
        "livemode": False, "metadata": {},
    }  # fmt: skip
    return listed([one], "/v1/webhook_endpoints")


def find(desk: Desk, pk: str) -> dict[str, Any]:
    """GET /v1/accounts/<id>. One that is not ours is told like one that does not exist."""
    account = desk.store.get("account", pk)
    if account is None:
        raise ApiError(f"The key gives no access to account '{pk}'.", status=403, code="account_invalid")
    return account


def create_link(desk: Desk, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/account_links"""
    if params["type"] != "account_onboarding":
        raise ApiError("An Express account is set up with type=account_onboarding.", param="type")
    token = new_id("link")
    link = {
        "id": token, "object": "account_link", "created": int(desk.now), "expires_at": int(desk.now) + LINK_LIFE,
        "_account": find(desk, params["account"])["id"], "_refresh_url": params["refresh_url"],
        "_return_url": params["return_url"], "_used": False,
    }  # fmt: skip
    desk.store.put(link)
    told = {name: value for name, value in link.items() if name != "id"}
    return told | {"url": f"{desk.terms.public_url}/setup/{token}"}


def is_open(desk: Desk, link: dict[str, Any]) -> bool:
    """Whether a person may still use this link."""
    return not link["_used"] and link["expires_at"] > desk.now


def finish(desk: Desk, link: dict[str, Any], *, number: str) -> dict[str, Any]:
    """The person gave everything that was asked, and the number of a bank account."""
    desk.store.put(link | {"_used": True})
    account = find(desk, link["_account"])
    return desk.tell("account.updated", _ready(account, number), account=account["id"])


def leave(desk: Desk, link: dict[str, Any]) -> None:
    """The person goes back without finishing; nothing about the account changes."""
    desk.store.put(link | {"_used": True})


def ask(
    desk: Desk, *, account: str, what: list[str], disabled_reason: str | None = "requirements.past_due"
) -> dict[str, Any]:
    """The provider wants something of the person; with a reason it pays nothing until it has it."""
    found = find(desk, account)
    asked = _asked(found, what, disabled_reason)
    if disabled_reason is None:
        kept = {name: found[name] for name in ("payouts_enabled", "capabilities", "details_submitted")}
        asked |= kept
    return desk.tell("account.updated", asked, account=account)


def enable(desk: Desk, *, account: str, number: str = "") -> dict[str, Any]:
    """Everything the provider wanted is there; `number` is another bank account."""
    found = find(desk, account)
    number = number or found.get("_number") or "000123456789"
    return desk.tell("account.updated", _ready(found, number), account=account)


def reject(desk: Desk, *, account: str) -> dict[str, Any]:
    """The provider closes the account for good."""
    return ask(desk, account=account, what=[], disabled_reason="rejected.fraud")


def bank_failed(desk: Desk, account: dict[str, Any]) -> dict[str, Any]:
    """A payout bounced: the provider wants another bank account before it pays again."""
    asked = _asked(account, ["external_account"], "requirements.past_due")
    for bank in banks_of(asked):
        bank["status"] = "errored"
    return desk.tell("account.updated", asked, account=account["id"])


def banks_of(account: dict[str, Any]) -> list[dict[str, Any]]:
    """The banks the account can be paid at."""
    banks: list[dict[str, Any]] = account.get("external_accounts", _banks(None, ""))["data"]
    return banks


def _ready(account: dict[str, Any], number: str) -> dict[str, Any]:
    return account | {
        "details_submitted": True, "payouts_enabled": True, "capabilities": {"transfers": "active"},
        "requirements": _requirements([], None), "external_accounts": _banks(account, number), "_number": number,
    }  # fmt: skip


def _asked(account: dict[str, Any], what: list[str], disabled_reason: str | None) -> dict[str, Any]:
    return account | {
        "details_submitted": bool(account.get("details_submitted")), "payouts_enabled": False,
        "capabilities": {"transfers": "inactive"}, "requirements": _requirements(what, disabled_reason),
    }  # fmt: skip


def _requirements(what: list[str], disabled_reason: str | None) -> dict[str, Any]:
    return {
        "currently_due": what, "eventually_due": what, "past_due": what if disabled_reason else [],
        "pending_verification": [], "disabled_reason": disabled_reason, "current_deadline": None, "errors": [],
    }  # fmt: skip


def _banks(account: dict[str, Any] | None, number: str) -> dict[str, Any]:
    banks = []
    if account and number:
        # The same for the same bank account in whatever connected account, like the provider's own.
        print_ = hashlib.sha256(f"{account['country']}:{number}".encode()).hexdigest()[:16]
        banks = [{
            "id": new_id("ba"), "object": "bank_account", "account": account["id"], "country": account["country"],
            "currency": account["default_currency"], "default_for_currency": True, "fingerprint": print_,
            "last4": number[-4:], "status": "new",
        }]  # fmt: skip
    return listed(banks, "/v1/accounts/external_accounts")
