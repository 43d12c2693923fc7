"""What people do on the double's pages: pay, set up where they are paid, and play the bank."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from billing.sandbox import accounts, overview, pages, sessions
from billing.sandbox.desk import ApiError, Desk


@dataclass(frozen=True)
class Seen:
    """A page to show, or an address to go on to; `back` are the addresses forms on it may lead to."""

    status: int = 200
    html: str = ""
    url: str = ""
    back: list[str] = field(default_factory=list)


def visit(desk: Desk, *, method: str, path: str, form: str) -> Seen:
    """One look at a page (GET) or one press of a button (POST), inside a transaction. Pressing twice is pressing
    once."""
    if path == "/" and method == "GET":
        return Seen(html=overview.page(desk))
    if path.startswith("/do/") and method == "POST":
        return _pressed(desk, path.removeprefix("/do/"), form)
    match = re.fullmatch(r"/(c/pay|setup)/(\w+)(?:/(\w+))?", path)
    if match and bool(match[3]) == (method == "POST"):
        kind, pk, button = match[1], match[2], match[3] or ""
        seen = _payment(desk, pk, button) if kind == "c/pay" else _setup(desk, pk, button, form)
        if seen:
            return seen
    return Seen(404, pages.missing_page())


def _pressed(desk: Desk, button: str, form: str) -> Seen:
    """A button of the test bank. What cannot be done any more, another press has done."""
    given = {name: values[0] for name, values in parse_qs(form).items()}
    try:
        overview.press(desk, button, given)
    except ApiError as refused:
        return Seen(refused.status, pages.missing_page(str(refused)))
    return Seen(303, url="/")


def _payment(desk: Desk, pk: str, button: str) -> Seen | None:
    session = desk.store.get("checkout.session", pk)
    if session is None or button not in ("", "pay", "cancel", "back"):
        return None
    if button == "pay" and session["status"] == "open":
        session = sessions.pay(desk, session)
    back = [session["success_url"], session["cancel_url"]]
    if not button or (button == "pay" and session["status"] == "expired"):
        return Seen(html=pages.payment_page(session=session), back=back)
    return Seen(303, url=pages.return_url(session=session, paid=session["status"] == "complete"), back=back)


def _setup(desk: Desk, pk: str, button: str, form: str) -> Seen | None:
    link = desk.store.get("account_link", pk)
    if link is None or button not in ("", "finish", "leave"):
        return None
    back = [link["_return_url"], link["_refresh_url"]]
    if not accounts.is_open(desk, link):
        return Seen(303, url=link["_refresh_url"], back=back)
    number = "".join(parse_qs(form).get("number", [""])[0].split())
    if button == "leave":
        accounts.leave(desk, link)
    elif button == "finish" and re.fullmatch(r"[0-9]{4,17}", number):
        accounts.finish(desk, link, number=number)
    else:
        account: dict[str, Any] = accounts.find(desk, link["_account"])
        html = pages.setup_page(link=link, account=account, refused=number if button else None)
        return Seen(422 if button else 200, html, back=back)
    return Seen(303, url=link["_return_url"], back=back)
