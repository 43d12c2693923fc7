"""People who move money over HTTP while services die: each call is sent again, under its key, until it is answered."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

LOST = (OSError, http.client.HTTPException)
PATIENCE = 0.1


class Person(threading.Thread):
    """One person on a thread: pays in, or asks for payouts, again and again until told to stop."""

    def __init__(self, *, name: str, key: str, port: int, act: Callable[[Person], None], seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.key, self.port, self.act = key, port, act
        self.dice, self.over = Random(f"{seed} {name}"), threading.Event()
        self.made: list[str] = []  # ids of what was answered with a 2xx
        self.paid: list[str] = []  # of these, deposits whose payment page said that it was paid
        self.refused: list[str] = []
        self.again, self.number = 0, 0

    def run(self) -> None:
        while not self.over.is_set():
            self.number += 1
            self.act(self)
            self.over.wait(self.dice.uniform(0.05, 0.4))

    def stop(self) -> None:
        """The call under way is still answered."""
        self.over.set()
        self.join(120)

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The 2xx answer to a POST; None when it was refused."""
        headers = {
            "Authorization": f"Token {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{self.name}-{self.number}",
        }
        status, text = self.sent("POST", self.port, f"/api/v1/{path}", json.dumps(body), headers)
        if status >= 300:
            self.refused.append(f"{path} {status} {text[:200]}")
            return None
        found: dict[str, Any] = json.loads(text)
        self.made.append(found["id"])
        return found

    def sent(self, method: str, port: int, path: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """The first answer below 500."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read().decode()
                if answer.status < 500:
                    return answer.status, text
            except LOST:
                pass
            finally:
                connection.close()
            self.again += 1
            threading.Event().wait(PATIENCE)


def pay_in(person: Person) -> None:
    """A deposit, paid on the provider's page; sometimes not."""
    made = person.call("wallet/deposits/", {"amount": f"{person.dice.randint(5, 90)}.00"})
    if made is None or person.dice.random() < 0.1:
        return
    page = urlsplit(made["checkout_url"])
    assert page.port
    status, _text = person.sent("POST", page.port, f"{page.path}/pay", "", {})
    if status < 400:
        person.paid.append(made["id"])


def be_paid(person: Person) -> None:
    """A payout of so little that all of a run together needs no two admins."""
    person.call("payouts/", {"amount": f"{person.dice.randint(1, 2)}.{person.dice.randint(10, 99)}"})
