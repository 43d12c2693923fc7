"""The sandbox as an HTTP server: the API under /v1/, the payment page under /c/pay/."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from billing.sandbox import api, pages, resources
from billing.sandbox.delivery import Deliverer
from billing.sandbox.resources import Terms
from billing.sandbox.store import Store

log = logging.getLogger("tally.sandbox")
LARGEST_BODY = 1_000_000
TICK = 1.0


class Sandbox(ThreadingHTTPServer):
    """The server and its state. `faults` are answered instead of what was asked, first come first served:
    ("/v1/transfers", "lost") does the work and cuts the line; ("/v1/transfers", 503) does nothing and says so."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, *, address: tuple[str, int], state: str, webhook_url: str, webhook_secret: str, public_url: str = "",
        clock: Callable[[], float] = time.time, **terms: int,
    ) -> None:  # fmt: skip
        super().__init__(address, Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.clock = clock
        self.terms = Terms(public_url=public_url.rstrip("/") or self.url, **terms)
        self.store = Store(state)
        self.deliverer = Deliverer(store=self.store, url=webhook_url, secret=webhook_secret, clock=clock)
        self.faults: deque[tuple[str, str | int]] = deque()
        self._stopped = threading.Event()

    def tick_until_stopped(self, *, every: float = TICK) -> None:
        """In the background: close payment pages whose time is over, deliver what was not taken yet."""
        while not self._stopped.wait(every):
            try:
                with self.store.transaction():
                    resources.expire_overdue(self.store, self.terms, self.clock())
                self.deliverer.deliver_due()
            except Exception:
                log.exception("sandbox: tick failed")

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

    def fault_for(self, path: str) -> str | int | None:
        """The next injected fault, if it is meant for this path."""
        if self.faults and path.startswith(self.faults[0][0]):
            return self.faults.popleft()[1]
        return None


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
            found = self._session(path)
            self._page(found[0] if found and not found[1] else None)

    def do_POST(self) -> None:
        path, _ = self._path()
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self._send(413, b"too large", "text/plain")
            return
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        if path.startswith("/v1/"):
            self._api(path, body)
        else:
            self._pressed(path)

    def _api(self, path: str, form: str) -> None:
        request = api.Request(
            method=self.command, path=path, form=form, authorization=self.headers.get("Authorization", ""),
            idempotency_key=self.headers.get("Idempotency-Key", ""),
        )  # fmt: skip
        sandbox = self.server
        fault = sandbox.fault_for(path)
        if isinstance(fault, int):
            self._send(fault, b'{"error": {"type": "api_error", "message": "injected"}}', "application/json")
            return
        reply = api.answer(store=sandbox.store, terms=sandbox.terms, request=request, now=sandbox.clock())
        if fault == "lost":
            self.close_connection = True
            return
        extra = {"Idempotent-Replayed": "true"} if reply.replayed else {}
        self._send(reply.status, reply.body.encode(), "application/json", **extra)

    def _pressed(self, path: str) -> None:
        """Pay, Cancel or Back on the payment page. Pressing twice is pressing once."""
        sandbox = self.server
        with sandbox.store.transaction():
            found = self._session(path)
            session, button = found or (None, "")
            if session and button == "pay" and session["status"] == "open":
                session = resources.pay_session(sandbox.store, sandbox.terms, session, sandbox.clock())
        if session is None or button not in ("pay", "cancel", "back"):
            self._page(None)
        elif button == "pay" and session["status"] == "expired":
            self._page(session)
        else:
            # The shop learns of it before the person is back there; if it is away, the ticker tries again.
            sandbox.deliverer.deliver_due()
            url = pages.return_url(session=session, paid=session["status"] == "complete")
            self._send(303, b"", "text/plain", Location=url, **self._policy(session))

    def _session(self, path: str) -> tuple[dict[str, Any], str] | None:
        match = re.fullmatch(r"/c/pay/(\w+)(?:/(\w+))?", path)
        session = self.server.store.get("checkout.session", match[1]) if match else None
        return (session, match[2] or "") if match and session else None

    def _page(self, session: dict[str, Any] | None) -> None:
        html = pages.payment_page(session=session) if session else pages.missing_page()
        self._send(200 if session else 404, html.encode(), "text/html; charset=utf-8", **self._policy(session))

    def _policy(self, session: dict[str, Any] | None) -> dict[str, str]:
        return {"Content-Security-Policy": pages.content_security_policy(session=session)}

    def _path(self) -> tuple[str, str]:
        parts = urlsplit(self.path)
        return parts.path, parts.query

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
