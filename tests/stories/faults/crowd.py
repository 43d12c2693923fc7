"""Workers' programs: each on a thread with a connection of its own, claiming and answering over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

CAN = {"schema": 1, "shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 30, 30]}]}
LOST = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Reply:
    """What came back; `sent` is when the request left."""

    status: int
    body: Any
    sent: float

    @property
    def reason(self) -> str:
        """The code of a refusal."""
        return str((self.body or {}).get("reason", self.status))


class Client:
    """One person's program: a key and a connection that is kept open."""

    def __init__(self, *, port: int, key: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None

    def twin(self) -> Client:
        """The same person at a second window."""
        twin = Client(port=self.port, key="")
        twin.headers = self.headers
        return twin

    def post(self, path: str, body: Any = None, *, method: str = "POST") -> Reply:
        """One call. Raises OSError or HTTPException when the connection broke."""
        sent = time.monotonic()
        try:
            self.send(path, body, method=method)
            assert self.connection is not None
            answer = self.connection.getresponse()
            text = answer.read()
        except LOST:
            self.hang_up()
            raise
        if answer.will_close:
            self.hang_up()
        return Reply(answer.status, json.loads(text) if text.startswith(b"{") else None, sent)

    def send(self, path: str, body: Any = None, *, method: str = "POST") -> None:
        """A call whose answer nobody reads yet."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.connection.request(method, f"/api/v1/{path}", "" if body is None else json.dumps(body), self.headers)

    def hang_up(self) -> None:
        """The next call gets a connection of its own."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass
class Member:
    """One worker at one job: what they hold, what is reserved for them, how often they were turned away and why."""

    crowd: Crowd
    client: Client
    worker: int
    dice: Random
    held: dict[str, Any] | None = None
    ahead: dict[str, Any] | None = None
    given: dict[str, Any] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    lost: list[Client] = field(default_factory=list)

    def step(self) -> Reply:
        """Submit what is held and take the next; when nothing is held, claim."""
        return self.claim() if self.held is None else self.submit()

    def claim(self) -> Reply:
        reply = self.call(f"jobs/{self.crowd.job}/claim/")
        if reply.status == 200:
            self.receive(reply, reply.body, None)
        else:
            self.refused[reply.reason] += 1
        return reply

    def submit(self, *, want_next: bool = True) -> Reply:
        assert self.held is not None, "there is nothing to submit"
        name, self.held = self.held["assignment"], None
        body = {"annotation": CAN, "next": want_next}
        reply = self.call(f"assignments/{name}/submit/", body)
        if reply.status == 200:
            self.given[name] = body
            self.crowd.given.add(name)
            self.receive(reply, reply.body["next"], reply.body["ahead"])
        else:
            self.refused[reply.reason] += 1
        return reply

    def repeat(self, name: str) -> Reply:
        """Send an answer that was taken once more, exactly as it was."""
        return self.call(f"assignments/{name}/submit/", self.given[name] | {"next": False})

    def receive(self, reply: Reply, handout: dict[str, Any] | None, ahead: dict[str, Any] | None) -> None:
        self.held, self.ahead = handout, ahead
        if handout:
            self.crowd.handed.append((handout["assignment"], reply.sent))

    def call(self, path: str, body: Any = None) -> Reply:
        """One call; where the crowd is told that services die, the same again until somebody answers it."""
        while self.lost:
            self.lost.pop().hang_up()
        if self.crowd.lossy and self.dice.random() < 0.1:
            self.lose(path, body)
        while True:
            try:
                reply = self.client.post(path, body)
                if reply.status < 500:
                    return reply
                assert self.crowd.lossy, f"{path}: {reply}"
                assert not self.crowd.stopped.is_set(), f"{path}: still {reply}"
                self.crowd.again[f"status {reply.status}"] += 1
            except LOST as fault:
                if not self.crowd.lossy or self.crowd.stopped.is_set():
                    raise
                self.crowd.again[type(fault).__name__] += 1
            time.sleep(0.05)

    def lose(self, path: str, body: Any) -> None:
        """The call is on its way and its answer is never read: whether it arrives, and when, is not known."""
        lost = self.client.twin()
        self.lost.append(lost)
        self.crowd.again["reply not read"] += 1
        with contextlib.suppress(*LOST):
            lost.send(path, body)


class Crowd:
    """Members who work at one job at once. `lossy`: calls may break and are then sent again."""

    def __init__(self, *, job: str, seed: str, lossy: bool = False) -> None:
        self.job, self.seed, self.lossy = job, seed, lossy
        self.members: list[Member] = []
        self.threads: list[threading.Thread] = []
        self.given: set[str] = set()
        self.handed: list[tuple[str, float]] = []
        self.again: Counter[str] = Counter()
        self.faults: list[str] = []
        self.stopped = threading.Event()
        self.open_for_work = True  # whether it is worth asking for more

    def __str__(self) -> str:
        refused = sum((member.refused for member in self.members), Counter[str]())
        return f"{len(self.given)} answers given, refused {dict(refused)}, sent again {dict(self.again)}"

    def join(self, worker: int, client: Client) -> Member:
        """One more member."""
        member = Member(self, client, worker, Random(f"{self.seed} {len(self.members)}"))
        self.members.append(member)
        return member

    def begin(self, *members: Member, act: Callable[[Member], bool]) -> None:
        """Each of these (all, if none is named) calls `act` again and again until it says that this was all."""
        threads = [threading.Thread(target=self._go_on, args=[member, act]) for member in members or self.members]
        self.threads += threads
        for thread in threads:
            thread.start()

    def _go_on(self, member: Member, act: Callable[[Member], bool]) -> None:
        try:
            while not self.stopped.is_set() and act(member):
                pass
        except Exception as fault:
            self.faults.append(f"worker {member.worker}: {fault!r}")

    @property
    def at_work(self) -> bool:
        """Whether anybody still is; fails as soon as somebody could not go on."""
        assert not self.faults, self.faults
        return any(thread.is_alive() for thread in self.threads)

    def gave(self, count: int) -> bool:
        """Whether so many answers were taken by now; fails as `at_work` does."""
        assert not self.faults, self.faults
        return len(self.given) >= count

    def stop(self) -> None:
        """End all threads and connections."""
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)
        for member in self.members:
            for client in (member.client, *member.lost):
                client.hang_up()
