"""The double's API: finds the endpoint, checks the key, remembers answers under their idempotency keys."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.sandbox import accounts, books, expanding, faults, forms, refunds, sessions, shapes, transfers
from billing.sandbox.desk import ApiError, Desk, Terms, listed, shown
from billing.sandbox.shapes import Shape
from billing.sandbox.store import Store

Call = Callable[..., dict[str, Any]]
_ID = r"([A-Za-z0-9_]+)"
_PAGE = 100


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


@dataclass(frozen=True)
class Route:
    """An endpoint: `call` is given the desk, the parameters as `shape` reads them, and the ids in the path."""

    method: str
    path: str
    shape: Shape
    call: Call

    @property
    def pattern(self) -> str:
        return self.path.replace("<id>", _ID)


def answer(
    *, store: Store, terms: Terms, request: Request, now: float, fault: faults.Fault | None = None
) -> Reply:  # fmt: skip
    """Answer one request. A POST with a known idempotency key gets its first answer again, and does nothing."""
    desk = Desk(store=store, terms=terms, now=now)
    try:
        if not is_let_in(request.authorization):
            raise ApiError("Invalid API Key provided; the sandbox takes keys such as sk_test_sandbox.", status=401)
        route, ids = _route(request)
        with store.using(request.idempotency_key if request.method == "POST" else "") as free:
            if not free:
                raise ApiError(
                    "Another request with this idempotency key is at work.", status=409,
                    code="idempotency_key_in_use", kind="idempotency_error",
                )  # fmt: skip
            time.sleep(faults.delay(fault))
            if request.method == "POST":
                return _once(desk, request, lambda: _do(desk, route, request, ids), broken=fault == "broken")
            return Reply(200, _do(desk, route, request, ids))
    except ApiError as refused:
        return _refusal(refused)


def is_let_in(authorization: str) -> bool:
    """Whether this is a test key; any is good."""
    return re.fullmatch(r"Bearer [sr]k_test_\w+", authorization) is not None


def _do(desk: Desk, route: Route, request: Request, ids: tuple[str, ...]) -> str:
    try:
        params = shapes.read(forms.parse(request.form), route.shape)
    except forms.FormRefused as refused:
        raise ApiError(str(refused)) from None
    body = route.call(desk, params, *ids)
    return json.dumps(shown(expanding.expanded(desk, body, params.get("expand", [])), desk.now))


def _once(desk: Desk, request: Request, call: Callable[[], str], *, broken: bool) -> Reply:
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n{request.form}".encode()).hexdigest()
    store, key = desk.store, request.idempotency_key
    with store.transaction():
        known = store.remembered(key, desk.now) if key else None
        if known and known[0] != fingerprint:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        if known:
            return Reply(known[1], known[2], replayed=True)
        try:
            if broken:
                raise ApiError("injected", status=500, kind="api_error", kept=True)
            reply = Reply(200, call())
        except ApiError as refused:
            if not refused.kept:
                raise
            reply = _refusal(refused)
        if key:
            store.remember(key, fingerprint, reply.status, reply.body, desk.now)
        return reply


def _refusal(refused: ApiError) -> Reply:
    return Reply(refused.status, json.dumps({"error": refused.body}))


def _route(request: Request) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        match = re.fullmatch(route.pattern, request.path)
        if match and route.method == request.method:
            return route, match.groups()
    raise ApiError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)


def _get(path: str, call: Call) -> Route:
    return Route("GET", path, shapes.EXPAND, call)


def _retrieve(path: str, kind: str) -> Route:
    return _get(path, lambda desk, params, pk: desk.find(kind, pk))


def _list(path: str, kind: str, shape: Shape, *filters: str) -> Route:
    """GET a page of objects, latest first, of those whose fields equal a parameter and whose time fits."""

    def call(desk: Desk, params: dict[str, Any], *parent: str) -> dict[str, Any]:
        limit = min(max(params.get("limit", 10), 1), _PAGE)
        equal = {name: params[name] for name in filters if name in params}
        if parent:
            equal["transfer"] = parent[0]
        after = params.get("starting_after")
        found = desk.store.page(kind, limit=limit + 1, after=after, equal=equal, created=params.get("created", {}))
        if found is None:
            raise ApiError(f"No such {kind}: '{after}'", code="resource_missing", param="starting_after")
        return listed(found[:limit], path, more=len(found) > limit)

    return Route("GET", path, shape, call)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/v1/checkout/sessions", shapes.SESSION, sessions.create),
    _retrieve("/v1/checkout/sessions/<id>", "checkout.session"),
    Route("POST", "/v1/checkout/sessions/<id>/expire", shapes.EXPAND, lambda desk, _, pk: sessions.expire(desk, pk)),
    _retrieve("/v1/payment_intents/<id>", "payment_intent"),
    _retrieve("/v1/charges/<id>", "charge"),
    Route("POST", "/v1/refunds", shapes.REFUND, refunds.create),
    _list("/v1/refunds", "refund", shapes.REFUNDS, "payment_intent", "charge"),
    _retrieve("/v1/refunds/<id>", "refund"),
    _list("/v1/disputes", "dispute", shapes.DISPUTES, "payment_intent", "charge"),
    _retrieve("/v1/disputes/<id>", "dispute"),
    _get("/v1/account", lambda desk, _: accounts.own(desk)),
    Route("GET", "/v1/webhook_endpoints", shapes.PAGE, lambda desk, _: accounts.endpoints(desk)),
    Route("POST", "/v1/accounts", shapes.ACCOUNT, accounts.create),
    _get("/v1/accounts/<id>", lambda desk, _, pk: accounts.find(desk, pk)),
    Route("POST", "/v1/account_links", shapes.ACCOUNT_LINK, accounts.create_link),
    Route("POST", "/v1/transfers", shapes.TRANSFER, transfers.create),
    _list("/v1/transfers", "transfer", shapes.TRANSFERS, "transfer_group", "destination"),
    _retrieve("/v1/transfers/<id>", "transfer"),
    Route("POST", "/v1/transfers/<id>/reversals", shapes.REVERSAL, transfers.reverse),
    _list("/v1/transfers/<id>/reversals", "transfer_reversal", shapes.PAGE),
    _get("/v1/transfers/<id>/reversals/<id>", lambda desk, _, pk, back: transfers.find_reversal(desk, pk, back)),
    _get("/v1/balance", lambda desk, _: books.balance(desk)),
    _list("/v1/balance_transactions", "balance_transaction", shapes.LINES, "type", "source", "currency", "payout"),
    _retrieve("/v1/balance_transactions/<id>", "balance_transaction"),
)
