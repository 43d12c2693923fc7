"""The control surface: what no client can do, but a test, a demo or a curious operator wants to see happen."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from typing import Any, Protocol

from billing.sandbox import accounts, books, disputes, purses, refunds, sessions
from billing.sandbox.delivery import Deliverer
from billing.sandbox.desk import ApiError, Desk
from billing.sandbox.faults import Fault, Faults


class Running(Protocol):
    """A server at work."""

    faults: Faults
    deliverer: Deliverer


def act(desk: Desk, action: str, arguments: dict[str, Any]) -> Any:
    """Do one of ACTIONS, inside a transaction. Raises ApiError for one that is not there, or wants other arguments."""
    call = ACTIONS.get(action)
    if call is None:
        raise ApiError(f"No such action: {action}. There are: {', '.join(sorted(ACTIONS))}.", status=404)
    try:
        inspect.signature(call).bind(desk, **arguments)
    except TypeError as wrong:
        raise ApiError(f"{action}: {wrong}") from None
    return call(desk, **arguments)


def _pay(desk: Desk, *, session: str, later: bool = False) -> Any:
    """Press Pay, or begin to pay in a way that takes days."""
    found = desk.find("checkout.session", session)
    return sessions.pay(desk, found, later=later) if found["status"] == "open" else found


def _settle_payment(desk: Desk, *, session: str, paid: bool = True) -> Any:
    found = desk.find("checkout.session", session)
    waits = found["status"] == "complete" and found["payment_status"] == "unpaid"
    return sessions.settle(desk, found, paid=paid) if waits else found


def _settle_refund(desk: Desk, *, refund: str) -> Any:
    return refunds.settle(desk, desk.find("refund", refund))


def _fail_refund(desk: Desk, *, refund: str, reason: str = "expired_or_canceled_card") -> Any:
    return refunds.fail(desk, desk.find("refund", refund), reason=reason)


def _run_payouts(desk: Desk) -> Any:
    """Everything connected accounts hold goes to their banks now."""
    return purses.pay_due(desk, everything=True)


def _settle_balance(desk: Desk) -> Any:
    return books.settle(desk)


def _top_up(desk: Desk, *, amount: int) -> Any:
    return books.top_up(desk, amount)


def _pay_platform(desk: Desk, *, amount: int) -> Any:
    return books.pay_platform(desk, amount)


def _charge_fee(desk: Desk, *, amount: int, why: str = "Active accounts") -> Any:
    return books.charge_fee(desk, amount, why)


ACTIONS: dict[str, Callable[..., Any]] = {
    "pay": _pay,
    "settle_payment": _settle_payment,
    "open_dispute": disputes.open_one,
    "close_dispute": disputes.close,
    "settle_refund": _settle_refund,
    "fail_refund": _fail_refund,
    "ask_account": accounts.ask,
    "enable_account": accounts.enable,
    "reject_account": accounts.reject,
    "run_payouts": _run_payouts,
    "fail_payout": purses.fail,
    "settle_balance": _settle_balance,
    "top_up": _top_up,
    "pay_platform": _pay_platform,
    "charge_fee": _charge_fee,
}


def _fault(
    server: Running, *, path: str, fault: Fault, times: int = 1, share: float = 0.0, seed: int = 0
) -> dict[str, Any]:
    """The next `times` requests to the path go wrong, or a `share` of all until cleared; see billing.sandbox.faults."""
    if share:
        server.faults.often(path, fault, share=share, seed=seed)
    else:
        server.faults.extend([(path, fault)] * times)
    return {"path": path, "fault": fault}


def _clear_faults(server: Running) -> dict[str, Any]:
    server.faults.clear()
    return {}


def _deliveries(server: Running, *, copies: int = 1, seed: int | None = None) -> dict[str, Any]:
    """Every event comes `copies` times, shuffled when a seed is given."""
    server.deliverer.copies = max(1, copies)
    server.deliverer.dice = None if seed is None else random.Random(seed)  # noqa: S311 - a test's dice
    return {"copies": server.deliverer.copies}


# What is not kept in the memory: it is over when the server stops.
LIVE: dict[str, Callable[..., Any]] = {
    "fault": _fault, "clear_faults": _clear_faults, "deliveries": _deliveries,
}  # fmt: skip
