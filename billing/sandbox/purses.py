"""What connected accounts hold, and how it goes on to their banks by itself. Amounts in cents."""

from __future__ import annotations

from typing import Any

from billing.sandbox import accounts
from billing.sandbox.desk import Desk, new_id


def held(desk: Desk, account: str) -> int:
    """What the account holds now."""
    purse = desk.store.get("purse", f"purse_{account}")
    return int(purse["amount"]) if purse else 0


def change(desk: Desk, account: str, amount: int) -> None:
    """Money came, or went; whatever is there waits its time again."""
    purse = {"id": f"purse_{account}", "object": "purse", "account": account, "amount": held(desk, account) + amount}
    desk.store.put(purse | {"due": desk.now + desk.terms.payout_seconds})


def pay_due(desk: Desk, *, everything: bool = False) -> list[dict[str, Any]]:
    """Pay what has waited long enough, or `everything`, to the accounts' banks; returns the payouts."""
    purses = [purse for purse in desk.store.all("purse") if purse["amount"] > 0]
    made = []
    for purse in purses:
        account = accounts.find(desk, purse["account"])
        if account["payouts_enabled"] and (everything or purse["due"] <= desk.now):
            made.append(_pay(desk, account, purse["amount"]))
    return made


def fail(desk: Desk, *, payout: str, code: str = "account_closed") -> dict[str, Any]:
    """The bank sent the money back, also days after it was said to be paid: it is in the purse again."""
    found = desk.find("payout", payout)
    if found["status"] == "failed":
        return found
    account = accounts.find(desk, found["_account"])
    failed = found | {
        "status": "failed", "failure_code": code, "failure_message": "The bank did not take the payout.",
    }  # fmt: skip
    change(desk, account["id"], found["amount"])
    desk.tell("payout.failed", failed, account=account["id"])
    accounts.bank_failed(desk, account)
    return failed


def _pay(desk: Desk, account: dict[str, Any], amount: int) -> dict[str, Any]:
    change(desk, account["id"], -amount)
    bank = next((bank["id"] for bank in accounts.banks_of(account)), None)
    payout = {
        "id": new_id("po"), "object": "payout", "amount": amount, "currency": account["default_currency"],
        "created": int(desk.now), "arrival_date": int(desk.now), "automatic": True, "livemode": False, "metadata": {},
        "destination": bank, "status": "in_transit", "type": "bank_account",
        "method": "standard", "failure_code": None, "failure_message": None, "_account": account["id"],
    }  # fmt: skip
    desk.tell("payout.created", payout, account=account["id"])
    code = accounts.FAILING.get(account.get("_number", ""))
    if code:
        return fail(desk, payout=payout["id"], code=code)
    return desk.tell("payout.paid", payout | {"status": "paid"}, account=account["id"])
