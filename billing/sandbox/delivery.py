"""Signs events and brings them to the webhook, again and again until they are taken."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import random
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from billing.sandbox.store import Store

log = logging.getLogger("tally.sandbox")
TIMEOUT = 5
LONGEST_WAIT = 60


def signature(*, payload: bytes, secret: str, timestamp: int) -> str:
    """The provider's signature header over a body, as its client verifies it."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signed}"


class Deliverer:
    """Delivers due events when asked; what is not taken waits longer each time.

    The provider promises neither order nor once: `copies` brings each event so often, `dice` shuffles what is due.
    """

    def __init__(self, *, store: Store, url: str, secret: str, clock: Callable[[], float]) -> None:
        self._store, self._url, self._secret, self._clock = store, url, secret, clock
        self._turn = threading.Lock()
        self.copies = 1
        self.dice: random.Random | None = None

    def deliver_due(self) -> int:
        """Bring what is due to the webhook; returns how many were taken. One at a time, whoever calls."""
        taken: set[str] = set()
        with self._turn:
            due = self._store.due_events(self._clock()) * self.copies
            if self.dice:
                self.dice.shuffle(due)
            for pk, body, attempts in due:
                if self._post(body.encode()):
                    self._store.event_delivered(pk, self._clock())
                    taken.add(pk)
                elif pk not in taken:
                    self._store.event_missed(pk, self._clock() + min(2**attempts, LONGEST_WAIT))
        return len(taken)

    def _post(self, payload: bytes) -> bool:
        address = urlsplit(self._url)
        secure = address.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(address.hostname or "", address.port, timeout=TIMEOUT)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload=payload, secret=self._secret, timestamp=int(self._clock())),
        }
        try:
            connection.request("POST", address.path or "/", payload, headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException) as away:
            log.info("webhook away: %s", away)
            return False
        finally:
            connection.close()
