"""The sandbox as an HTTP server: the API under /v1/, pages for people under /c/pay/ and /setup/, the control surface
under /_sandbox/."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from billing.sandbox import api, controls, pages, purses, refunds, sessions, visits
from billing.sandbox.delivery import Deliverer
from billing.sandbox.desk import ApiError, Desk, Terms, new_id, shown
from billing.sandbox.faults import Faults
from billing.sandbox.store import Store

log = logging.getLogger("tally.sandbox")
LARGEST_BODY = 1_000_000
TICK = 1.0


class Sandbox(ThreadingHTTPServer):
    """The server and its state. `faults` go wrong instead of, or on top of, what was asked; see billing.sandbox.faults.

    `do` is the control surface for whoever runs the server in their own process; `/_sandbox/<action>` is the same
    over HTTP.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, *, address: tuple[str, int], state: str, webhook_url: str, webhook_secret: str, public_url: str = "",
        clock: Callable[[], float] = time.time, **terms: Any,
    ) -> None:  # fmt: skip
        super().__init__(address, Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.clock = clock
        self.terms = Terms(public_url=public_url.rstrip("/") or self.url, webhook_url=webhook_url, **terms)
        self.store = Store(state)
        self.deliverer = Deliverer(store=self.store, url=webhook_url, secret=webhook_secret, clock=clock)
        self.faults = Faults()
        self._stopped = threading.Event()

    @property
    def desk(self) -> Desk:
        """The state as an operation sees it now."""
        return Desk(store=self.store, terms=self.terms, now=self.clock())

    def do(self, action: str, **arguments: Any) -> Any:
        """One of billing.sandbox.controls.ACTIONS, e.g. `do("open_dispute", payment="pi_…")`, or of LIVE."""
        live = controls.LIVE.get(action)
        if live:
            return live(self, **arguments)
        with self.store.transaction():
            return controls.act(self.desk, action, arguments)

    def tick_until_stopped(self, *, every: float = TICK) -> None:
        """In the background: what happens by itself as time goes by, and the events that were not taken yet."""
        while not self._stopped.wait(every):
            for step in (self._time_goes_by, self.deliverer.deliver_due):
                try:
                    step()
                except Exception:
                    log.exception("sandbox: tick failed")

    def _time_goes_by(self) -> None:
        with self.store.transaction():
            sessions.expire_overdue(self.desk)
            refunds.settle_due(self.desk)
            purses.pay_due(self.desk)

    def serve(self, *, every: float = TICK) -> None:
        """Serve until `shutdown()`, then close everything."""
        ticker = threading.Thread(target=self.tick_until_stopped, kwargs={"every": every}, daemon=True)
        ticker.start()
        try:
            self.serve_forever(poll_interval=0.05)
        finally:
            self._stopped.set()
            ticker.join()
            self.server_close()
            self.store.close()


class Handler(BaseHTTPRequestHandler):
    """Between HTTP and the modules that know. One request a connection."""

    server: Sandbox
    timeout = 30

    def do_GET(self) -> None:
        path, query = self._path()
        if path == "/health":
            self._send(200, b"ok", "text/plain")
        elif path == "/assets/checkout.css":
            self._send(200, pages.STYLE, "text/css; charset=utf-8")
        elif path.startswith("/v1/"):
            self._api(path, query)
        else:
            self._visit(path, "")

    def do_POST(self) -> None:
        path, _ = self._path()
        if path.startswith("/do/") and self._is_from_elsewhere():
            self._send(403, b"this came from another page", "text/plain")
            return
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self._send(413, b"too large", "text/plain")
            return
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        if path.startswith("/v1/"):
            self._api(path, body)
        elif path.startswith("/_sandbox/"):
            self._control(path.removeprefix("/_sandbox/"), body)
        else:
            self._visit(path, body)

    def _api(self, path: str, form: str) -> None:
        request = api.Request(
            method=self.command, path=path, form=form, authorization=self.headers.get("Authorization", ""),
            idempotency_key=self.headers.get("Idempotency-Key", ""),
        )  # fmt: skip
        sandbox = self.server
        fault = sandbox.faults.befall(path)
        if isinstance(fault, int):
            self._json(fault, {"error": {"type": "api_error", "message": "injected"}})
            return
        if fault == "unheard":
            self.close_connection = True
            return
        reply = api.answer(
            store=sandbox.store, terms=sandbox.terms, request=request, now=sandbox.clock(), fault=fault
        )  # fmt: skip
        if fault == "lost":
            self.close_connection = True
            return
        extra = {"Idempotent-Replayed": "true"} if reply.replayed else {}
        self._send(reply.status, reply.body.encode(), "application/json", **{"Request-Id": new_id("req"), **extra})

    def _control(self, action: str, body: str) -> None:
        """An action with a JSON object as its arguments. The key keeps out other pages of the person's browser."""
        sandbox = self.server
        if not api.is_let_in(self.headers.get("Authorization", "")):
            self._json(401, {"error": {"message": "A test key is wanted, such as sk_test_sandbox."}})
            return
        try:
            done = sandbox.do(action, **json.loads(body or "{}"))
        except ApiError as refused:
            self._json(refused.status, {"error": refused.body})
        except (TypeError, ValueError) as refused:
            self._json(400, {"error": {"message": str(refused)}})
        else:
            self._json(200, shown(done, sandbox.clock()))

    def _visit(self, path: str, form: str) -> None:
        sandbox = self.server
        with sandbox.store.transaction():
            seen = visits.visit(sandbox.desk, method=self.command, path=path, form=form)
        policy = {"Content-Security-Policy": pages.content_security_policy(back=seen.back)}
        if seen.url:
            # The shop learns of it before the person is back there; if it is away, the ticker tries again.
            sandbox.deliverer.deliver_due()
            self._send(seen.status, b"", "text/plain", Location=seen.url, **policy)
        else:
            self._send(seen.status, seen.html.encode(), "text/html; charset=utf-8", **policy)

    def _is_from_elsewhere(self) -> bool:
        """Whether another site's page sent this. Our own pages tell no origin, for they send no referrer."""
        origin = urlsplit(self.headers.get("Origin") or "").netloc
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        return site not in ("same-origin", "none") or origin not in ("", self.headers.get("Host"))

    def _path(self) -> tuple[str, str]:
        parts = urlsplit(self.path)
        return parts.path, parts.query

    def _json(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        fixed = {
            "Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        }  # fmt: skip
        for name, value in (fixed | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        log.debug(format, *args)


@contextmanager
def running(
    *, webhook_url: str = "http://127.0.0.1:9/webhooks/stripe/", webhook_secret: str = "whsec_sandbox",  # noqa: S107
    state: str = ":memory:", port: int = 0, **options: Any,
) -> Iterator[Sandbox]:  # fmt: skip
    """A sandbox in this process, on a free port of the loopback, for as long as the context lasts."""
    sandbox = Sandbox(
        address=("127.0.0.1", port), state=state, webhook_url=webhook_url, webhook_secret=webhook_secret, **options
    )
    thread = threading.Thread(target=sandbox.serve, kwargs={"every": 0.1}, daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        sandbox.shutdown()
        thread.join()
