"""The page of the test bank: what it holds, and buttons for what banks do to people who take and send money."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Any

from billing.sandbox import books, controls, purses
from billing.sandbox.desk import ApiError, Desk
from billing.sandbox.pages import money

_PAGE = Template((Path(__file__).parent / "overview.html").read_text(encoding="utf-8"))
SHOWN = 12
# What a button may do, and the arguments it always gives.
BUTTONS: dict[str, tuple[str, dict[str, Any]]] = {
    "contest": ("open_dispute", {}),
    "warn": ("open_dispute", {"warning": True}),
    "win": ("close_dispute", {"won": True}),
    "lose": ("close_dispute", {"won": False}),
    "send-back": ("fail_refund", {}),
    "ask-papers": ("ask_account", {"what": ["individual.verification.document"]}),
    "enable": ("enable_account", {}),
    "close-account": ("reject_account", {}),
    "bounce": ("fail_payout", {}),
    "run-payouts": ("run_payouts", {}),
    "top-up": ("top_up", {"amount": 100_000}),
}


def page(desk: Desk) -> str:
    """The whole page."""
    told = books.balance(desk)
    held = [money(told[name][0]["amount"], desk.terms.currency) for name in ("available", "pending")]
    sections = [
        _section("Payments", "charge", [_payment(charge) for charge in _newest(desk, "charge")]),
        _section("Disputes", "dispute", [_dispute(dispute) for dispute in _newest(desk, "dispute")]),
        _section("Refunds", "refund", [_refund(refund) for refund in _newest(desk, "refund")]),
        _section("Workers' accounts", "account", [_account(desk, account) for account in _newest(desk, "account")]),
        _section("Payouts to workers' banks", "payout", [_payout(payout) for payout in _newest(desk, "payout")]),
    ]
    return _PAGE.substitute(
        available=escape(held[0]), pending=escape(held[1]), sections="\n".join(sections), shown=SHOWN,
        bank=_buttons({}, ("top-up", "Add $1,000.00"), ("run-payouts", "Pay all workers' banks now")),
    )  # fmt: skip


def press(desk: Desk, button: str, form: dict[str, str]) -> None:
    """Do what a button says. Raises ApiError when it is none, or there is nothing to do it to."""
    if button not in BUTTONS:
        raise ApiError(f"No such button: {button}", status=404)
    action, always = BUTTONS[button]
    controls.act(desk, action, {**form, **always})


def _newest(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return desk.store.page(kind, limit=SHOWN, after=None, equal={}, created={}) or []


def _section(title: str, kind: str, rows: list[str]) -> str:
    inside = f"<ul>{''.join(rows)}</ul>" if rows else '<p class="hint">None yet.</p>'
    return f'<section class="card" aria-labelledby="{kind}"><h2 id="{kind}">{escape(title)}</h2>{inside}</section>'


def _row(what: str, state: str, about: dict[str, str], *buttons: tuple[str, str]) -> str:
    return f"<li><p><strong>{escape(what)}</strong>, {escape(state)}</p>{_buttons(about, *buttons)}</li>"


def _buttons(about: dict[str, str], *buttons: tuple[str, str]) -> str:
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in about.items())
    subject = next(iter(about.values()), "")
    label = f' aria-label="{{}}: {escape(subject)}"' if subject else ""
    return '<div class="buttons">' + "".join(
        f'<form method="post" action="/do/{name}">{fields}<button type="submit"{label.format(escape(text))}>'
        f"{escape(text)}</button></form>" for name, text in buttons
    ) + "</div>"  # fmt: skip


def _payment(charge: dict[str, Any]) -> str:
    back, currency = charge["amount_refunded"], charge["currency"]
    state = "contested" if charge["disputed"] else f"{money(back, currency)} sent back" if back else "paid"
    buttons = () if charge["disputed"] else (("contest", "Contest it"), ("warn", "Ask about it"))
    return _row(money(charge["amount"], currency), state, {"payment": charge["payment_intent"]}, *buttons)


def _dispute(dispute: dict[str, Any]) -> str:
    is_over = dispute["status"] in ("won", "lost", "warning_closed")
    buttons = () if is_over else (("win", "The platform wins"), ("lose", "The payer wins"))
    state = dispute["status"].replace("_", " ")
    return _row(money(dispute["amount"], dispute["currency"]), state, {"dispute": dispute["id"]}, *buttons)


def _refund(refund: dict[str, Any]) -> str:
    buttons = () if refund["status"] in ("failed", "canceled") else (("send-back", "The card does not take it"),)
    return _row(money(refund["amount"], refund["currency"]), refund["status"], {"refund": refund["id"]}, *buttons)


def _account(desk: Desk, account: dict[str, Any]) -> str:
    holds = money(purses.held(desk, account["id"]), desk.terms.currency)
    ready = account["payouts_enabled"]
    state = f"{account['country']}, holds {holds}, {'can be paid' if ready else 'cannot be paid'}"
    on, off = (("ask-papers", "Ask for papers"), ("close-account", "Close it")), (("enable", "All is given"),)
    return _row(account["email"] or account["id"], state, {"account": account["id"]}, *(on if ready else off))


def _payout(payout: dict[str, Any]) -> str:
    own = "_account" not in payout
    buttons = () if own or payout["status"] == "failed" else (("bounce", "The bank sends it back"),)
    state = payout["status"].replace("_", " ") + (" to the platform's own bank" if own else "")
    return _row(money(payout["amount"], payout["currency"]), state, {"payout": payout["id"]}, *buttons)
