"""The double's API: finds the endpoint, checks the key, remembers answers under their idempotency keys."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.sandbox import forms, resources
from billing.sandbox.resources import ApiError, Terms
from billing.sandbox.store import Store

Endpoint = Callable[..., dict[str, Any]]
_ID = r"([A-Za-z0-9_]+)"


@dataclass(frozen=True)
class Request:
    """One API request; `form` is the query of a GET and the body of a POST."""

    method: str
    path: str
    form: str
    authorization: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True)
class Reply:
    status: int
    body: str
    replayed: bool = False


def answer(*, store: Store, terms: Terms, request: Request, now: float) -> Reply:
    """Answer one request. A POST with a known idempotency key gets its first answer again, and does nothing."""
    try:
        if not re.fullmatch(r"Bearer [sr]k_test_\w+", request.authorization):
            raise ApiError("Invalid API Key provided; the sandbox takes keys such as sk_test_sandbox.", status=401)
        endpoint, found = _endpoint(request)
        params = forms.parse(request.form)
        if request.method != "POST":
            return Reply(200, json.dumps(endpoint(store, terms, params, now, *found)))
        return _once(store, request, now, lambda: endpoint(store, terms, params, now, *found))
    except forms.FormRefused as refused:
        return _refusal(ApiError(str(refused)))
    except ApiError as refused:
        return _refusal(refused)


def _once(store: Store, request: Request, now: float, call: Callable[[], dict[str, Any]]) -> Reply:
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n{request.form}".encode()).hexdigest()
    key = request.idempotency_key
    with store.transaction():
        known = store.remembered(key, now) if key else None
        if known and known[0] != fingerprint:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        if known:
            return Reply(known[1], known[2], replayed=True)
        try:
            reply = Reply(200, json.dumps(call()))
        except ApiError as refused:
            if not refused.kept:
                raise
            reply = _refusal(refused)
        if key:
            store.remember(key, fingerprint, reply.status, reply.body, now)
        return reply


def _refusal(refused: ApiError) -> Reply:
    return Reply(refused.status, json.dumps({"error": refused.body}))


def _endpoint(request: Request) -> tuple[Endpoint, tuple[str, ...]]:
    for method, pattern, endpoint in _ROUTES:
        match = re.fullmatch(pattern, request.path)
        if match and method == request.method:
            return endpoint, match.groups()
    raise ApiError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)


def _retrieve(kind: str, **expandable: str) -> Endpoint:
    """GET one object; `expandable` names its fields that hold the id of another, and that one's type."""

    def endpoint(store: Store, terms: Terms, params: dict[str, Any], now: float, pk: str) -> dict[str, Any]:
        found = resources.find(store, kind, pk)
        for path in params.get("expand", []):
            found = _expanded(store, found, path.split("."), expandable)
        return found

    return endpoint


def _expanded(store: Store, body: dict[str, Any], path: list[str], expandable: dict[str, str]) -> dict[str, Any]:
    name, *rest = path
    if name not in expandable:
        raise ApiError(f"This property cannot be expanded ({name}).", param="expand")
    inner = body.get(name)
    if isinstance(inner, str):
        inner = resources.find(store, expandable[name], inner)
    if rest and isinstance(inner, dict):
        inner = _expanded(store, inner, rest, expandable)
    return body | {name: inner}


def _list(kind: str, *filters: str) -> Endpoint:
    """GET a page of objects, latest first, optionally only those whose fields equal a parameter."""

    def endpoint(store: Store, terms: Terms, params: dict[str, Any], now: float) -> dict[str, Any]:
        try:
            limit = min(max(int(params.get("limit", "10")), 1), 100)
        except ValueError:
            raise ApiError("Invalid integer: limit", code="parameter_invalid_integer", param="limit") from None
        found = store.all(kind, **{name: params[name] for name in filters if name in params})
        after = params.get("starting_after")
        if after:
            ids = [body["id"] for body in found]
            if after not in ids:
                raise ApiError(f"No such {kind}: '{after}'", code="resource_missing", param="starting_after")
            found = found[ids.index(after) + 1 :]
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": "/v1/"}

    return endpoint


_ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/checkout/sessions", resources.create_session),
    ("GET", f"/v1/checkout/sessions/{_ID}", _retrieve("checkout.session")),
    ("POST", f"/v1/checkout/sessions/{_ID}/expire", resources.expire_session),
    ("GET", f"/v1/payment_intents/{_ID}", _retrieve(
        "payment_intent", latest_charge="charge", balance_transaction="balance_transaction")),
    ("POST", "/v1/accounts", resources.create_account),
    ("GET", f"/v1/accounts/{_ID}", _retrieve("account")),
    ("POST", "/v1/transfers", resources.create_transfer),
    ("GET", "/v1/transfers", _list("transfer", "transfer_group", "destination")),
    ("GET", f"/v1/transfers/{_ID}", _retrieve("transfer", balance_transaction="balance_transaction")),
    ("GET", "/v1/balance", resources.balance),
    ("GET", "/v1/balance_transactions", _list("balance_transaction", "type", "source")),
    ("GET", f"/v1/balance_transactions/{_ID}", _retrieve("balance_transaction")),
)  # fmt: skip
