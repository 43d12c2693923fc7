"""The load: users over HTTP with keep-alive, a thread each. A program of its own, `python -m tests.bench.load`.

Reads one JSON object (see `driving.plan`), says "begun" once everybody is warm, and prints one JSON object at the end.
Knows no Django and stays lean: it shares the machine with what it measures.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections import Counter
from itertools import count
from random import Random
from typing import Any

from tests.bench.answers import annotation
from tests.bench.figures import doubles, milliseconds

ANSWERED, NOTHING_LEFT, REFUSED = "answered", "nothing left", "refused"


class User:
    """One worker with a key, and what they hold."""

    def __init__(self, name: int, key: str) -> None:
        self.name = name
        self.headers = f"Host: 127.0.0.1\r\nAuthorization: Token {key}\r\nContent-Type: application/json\r\n"
        self.held: dict[str, Any] | None = None


class Connection:
    """HTTP/1.1 with keep-alive and no more of it than the server speaks: lengths, no chunks.

    http.client reads headers with the parser of e-mails, which takes a tenth of a millisecond of the machine measured.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, headers: str, body: bytes) -> tuple[int, bytes, bool]:
        """Status, body, and whether the server hangs up. Raises OSError or ValueError when that is no answer."""
        head = f"POST {path} HTTP/1.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)
        got = self._more(b"")
        while (end := got.find(b"\r\n\r\n")) < 0:
            got = self._more(got)
        first, *rest = got[:end].lower().split(b"\r\n")
        told = dict(line.split(b": ", 1) for line in rest)
        status, length = int(first.split(b" ", 2)[1]), int(told.get(b"content-length", 0))
        while len(got) < end + 4 + length:
            got = self._more(got)
        return status, got[end + 4 :], told.get(b"connection") == b"close"

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _more(self, got: bytes) -> bytes:
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionResetError("the server hung up")
        return got + more


class Shared:
    """What all threads of one run know together. Appending to lists and counting up are atomic under the GIL."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.began = self.end = 0.0
        self.handouts: list[tuple[str, int, int]] = []
        self.submitted: list[str] = []
        self.took: list[float] = []
        self.claims: list[float] = []
        self.at: list[float] = []
        self.errors: Counter[str] = Counter()
        self.samples: list[str] = []
        self.tickets = count(1)
        self.stopped = threading.Event()
        self.vanished: list[str] = []

    def more(self) -> bool:
        """Whether another loop is wanted."""
        plan = self.plan
        if self.stopped.is_set() or (plan.get("loops") and next(self.tickets) > plan["loops"]):
            return False
        if plan.get("target") and len(self.submitted) >= plan["target"]:
            return False
        return not (plan.get("seconds") and time.perf_counter() > self.began + plan["seconds"])

    def fault(self, kind: str, words: object) -> None:
        """Count a failed call; keep a few for whoever reads."""
        self.errors[kind] += 1
        if len(self.samples) < 5:
            self.samples.append(f"{kind}: {words}"[:300])


class Thread(threading.Thread):
    """One connection, and the users who take turns on it."""

    def __init__(self, *, shared: Shared, users: list[User], number: int, gate: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.shared, self.users, self.number, self.gate = shared, users, number, gate
        self.plan = shared.plan
        self.dice = Random(f"{self.plan['seed']}-{number}")
        self.connection: Connection | None = None

    def run(self) -> None:
        try:
            for user in self.users:
                for _ in range(self.plan.get("warm_up", 0)):
                    self.loop(user, None)
            self.gate.wait()  # all are warm
            self.gate.wait()  # the clock runs
            self.work()
        except threading.BrokenBarrierError:
            return
        except Exception as fault:
            self.shared.fault("client", repr(fault))
            self.gate.abort()
        finally:
            self.hang_up()

    def work(self) -> None:
        """Loop after loop, the users in turn, until it is enough or nothing is left for any of them."""
        rate, threads = self.plan.get("rate"), self.plan["threads"]
        pause = threads / rate if rate else 0.0
        due = self.shared.began + pause * self.number / threads if rate else None
        active, turn = list(self.users), 0
        while active and self.shared.more():
            if due is not None:
                time.sleep(max(0.0, due - time.perf_counter()))
            user = active[turn % len(active)]
            if self.vanishes(user):
                return
            if self.loop(user, due or time.perf_counter()) == NOTHING_LEFT:
                if self.plan.get("linger"):
                    time.sleep(self.plan["linger"])
                else:
                    active.remove(user)
            turn += 1
            due = due + pause if due is not None else None

    def vanishes(self, user: User) -> bool:
        """Whether this user leaves for good now, with work in their hands."""
        gone = self.plan.get("vanish")
        if not gone or self.number >= gone["users"] or user.held is None:
            return False
        if time.perf_counter() < self.shared.began + gone["after"]:
            return False
        self.shared.vanished.append(user.held["assignment"])
        return True

    def loop(self, user: User, due: float | None) -> str:
        """Submit what the user holds and get the next; first of all a claim. `due` is when it should have begun."""
        if user.held is None:
            began = time.perf_counter()
            status, reply = self.post(user, f"/api/v1/jobs/{self.plan['job']}/claim/", "")
            if status == 204:
                return NOTHING_LEFT
            if status != 200:
                return self.refused(f"claim {status}", reply)
            if due is not None:
                self.shared.claims.append(time.perf_counter() - began)
            self.receive(user, json.loads(reply))
        held = user.held
        assert held is not None
        body = annotation(width=held["image"]["width"], height=held["image"]["height"], dice=self.dice)
        address = f"/api/v1/assignments/{held['assignment']}/submit/"
        began = time.perf_counter() if due is None else due
        ahead = "true" if self.plan.get("ahead", True) else "false"
        status, reply = self.post(user, address, f'{{"annotation": {body}, "next": true, "ahead": {ahead}}}')
        user.held = None
        if status != 200:
            return self.refused(f"submit {status}", reply)
        now = time.perf_counter()
        self.shared.submitted.append(held["assignment"])
        if due is not None:
            self.shared.took.append(now - began)
            self.shared.at.append(now)
        told = json.loads(reply)
        self.receive(user, told["next"])
        if told["ahead"]:
            self.note(user, told["ahead"])
        return ANSWERED

    def receive(self, user: User, handout: dict[str, Any] | None) -> None:
        user.held = handout
        if handout:
            self.note(user, handout)

    def note(self, user: User, handout: dict[str, Any]) -> None:
        image = handout["image"]
        self.shared.handouts.append((handout["assignment"], image["width"] * 100_000 + image["height"], user.name))

    def refused(self, kind: str, reply: bytes) -> str:
        self.shared.fault(kind, reply.decode(errors="replace"))
        time.sleep(0.01)
        return REFUSED

    def post(self, user: User, path: str, body: str) -> tuple[int, bytes]:
        """One call. With `patience` (seconds) the same call is sent again until the server is back to answer it."""
        patience = self.plan.get("patience", 0.0)
        until = time.perf_counter() + patience
        while True:
            try:
                status, reply = self.once(user, path, body)
                if status < 500 or time.perf_counter() > until:
                    return status, reply
                self.shared.errors[f"server {status}, sent again"] += 1
            except (OSError, ValueError) as fault:
                self.hang_up()
                if time.perf_counter() > until:
                    return 0, repr(fault).encode()
                self.shared.errors["connection lost, sent again"] += 1
            time.sleep(0.1)

    def once(self, user: User, path: str, body: str) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = Connection(self.plan["port"])
        status, reply, closes = self.connection.post(path, user.headers, body.encode())
        if closes:
            self.hang_up()
        return status, reply

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Do what the plan says; returns the figures."""
    shared, gate = Shared(plan), threading.Barrier(plan["threads"] + 1)
    keys, threads = plan["users"], []
    for number in range(plan["threads"]):
        # More users than threads: they take turns. More threads than users: some work with two hands.
        own = keys[number :: plan["threads"]] or [keys[number % len(keys)]]
        users = [User(name, key) for name, key in own]
        threads.append(Thread(shared=shared, users=users, number=number, gate=gate))
    for thread in threads:
        thread.start()
    try:
        gate.wait()
        shared.began, cpu = time.perf_counter(), time.process_time()
        gate.wait()
    except threading.BrokenBarrierError:
        raise SystemExit(f"The load could not begin: {shared.samples}") from None
    print("begun", flush=True)
    for thread in threads:
        thread.join()
    return told(shared, seconds=time.perf_counter() - shared.began, cpu=time.process_time() - cpu)


def told(shared: Shared, *, seconds: float, cpu: float) -> dict[str, Any]:
    """The figures of a run."""
    loops, bucket = len(shared.took), float(shared.plan.get("bucket", 5.0))
    buckets = Counter(int((at - shared.began) / bucket) for at in shared.at)
    kept = ("handouts", "submitted") if shared.plan.get("keep") else ()
    return {
        "loops": loops,
        "seconds": round(seconds, 3),
        "loops_per_s": round(loops / seconds, 1),
        "ms": milliseconds(shared.took),
        "claim_ms": milliseconds(shared.claims),
        "errors": dict(shared.errors),
        "error_samples": shared.samples,
        "double_assignments": doubles(shared.handouts, overlap=shared.plan["overlap"], gone=shared.vanished),
        "cpu_s": round(cpu, 3),
        "per_s": [round(buckets[n] / bucket, 1) for n in range(int(seconds / bucket))],
        "vanished": shared.vanished,
        **{name: getattr(shared, name) for name in kept},
    }


if __name__ == "__main__":
    print(json.dumps(run(json.load(sys.stdin))))
