"""People who move money over HTTP while services die: each call is sent again, under its key, until it is answered."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from random import Random
from typing import Any
from urllib.parse import urlsplit

LOST = (OSError, http.client.HTTPException)
PATIENCE = 0.1
TOKEN = "x" * 32


class Person(threading.Thread):
    """One person on a thread: pays in, asks for payouts, or agrees to them, again and again until told to stop.

    `key`: of the API, or of an admin's session. `admins`: who is told of what two of them have to agree to.
    """

    def __init__(
        self, *, name: str, key: str, port: int, act: Callable[[Person], None], seed: int,
        admins: Sequence[Person] = (),
    ) -> None:  # fmt: skip
        super().__init__(name=name, daemon=True)
        self.key, self.port, self.act = key, port, act
        self.dice, self.over = Random(f"{seed} {name}"), threading.Event()
        self.made: list[str] = []  # ids of what was answered with a 2xx
        self.paid: list[str] = []  # of these, deposits whose payment page said that it was paid
        self.refused: list[str] = []
        self.agreed: list[str] = []  # payouts, by an admin
        self.admins, self.inbox = admins, SimpleQueue[str]()
        self.again, self.number, self.answered = 0, 0, 0

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
        """The first answer below 500: its body, or where it leads."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read().decode()
                if answer.status < 500:
                    self.answered += 1
                    return answer.status, answer.getheader("Location") or text
            except LOST:
                pass
            finally:
                connection.close()
            self.again += 1
            threading.Event().wait(PATIENCE)


def pay_in(person: Person, *, most: int = 90) -> None:
    """A deposit, paid on the provider's page; sometimes not."""
    made = person.call("wallet/deposits/", {"amount": f"{person.dice.randint(most // 18, most)}.00"})
    if made is None or person.dice.random() < 0.1:
        return
    page = urlsplit(made["checkout_url"])
    assert page.port
    status, _text = person.sent("POST", page.port, f"{page.path}/pay", "", {})
    if status < 400:
        person.paid.append(made["id"])


def be_paid(person: Person, *, most: int = 2) -> None:
    """A payout, so small that no login has to be fresh. What two admins have to agree to is put before them."""
    made = person.call("payouts/", {"amount": f"{person.dice.randint(most // 2, most)}.{person.dice.randint(10, 99)}"})
    if made and made["state"] == "awaiting_approval":
        for admin in person.admins:
            admin.inbox.put(made["id"])


def agree(person: Person) -> None:
    """An admin's word on the next payout that waits for two, on its page."""
    try:
        payout = person.inbox.get(timeout=0.2)
    except Empty:
        return
    headers = {"Cookie": f"sessionid={person.key}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    status, text = person.sent("POST", person.port, f"/payouts/{payout}/approve/", "", headers)
    if status == 302 and text == f"/payouts/{payout}/":
        person.agreed.append(payout)
    else:
        person.refused.append(f"approve {status} {text[:200]}")
