"""Checks side by side: a lane is checks one after the other, and each core of the machine has a lane.

All are run from one thread, so that Ctrl-C ends them as it would end one."""

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.local.checks import Check, Result, closing_line

WIDTH = 70
MOST = 8  # every lane has a PostgreSQL, and perhaps a browser


@dataclass
class Lane:
    """Checks in order, what they run in besides their own variables, and how far they are."""

    checks: Sequence[Check]
    env: Mapping[str, str]
    begun: list["Running"] = field(default_factory=list)


@dataclass
class Running:
    """A check at work: what it said, and what of that nobody was told yet."""

    check: Check
    lane: Lane
    process: "subprocess.Popen[bytes] | None" = None
    began: float = field(default_factory=time.monotonic)
    said: bytearray = field(default_factory=bytearray)
    untold: bytearray = field(default_factory=bytearray)
    result: Result | None = None

    def say(self, words: bytes) -> None:
        """Words of the check or about it."""
        self.said += words
        self.untold += words

    def end(self, *, code: int | None) -> None:
        """Note how it ended; None: it did not run."""
        closing = closing_line(bytes(self.said)) if self.check.pytest else ""
        seconds = time.monotonic() - self.began if self.process else 0.0
        self.result = Result(self.check.name, code, seconds, note=self.check.note, closing=closing)
        if code:
            self.say(f"{self.check.name} FAILED with exit code {code}\n".encode())


def how_many(*, environ: Mapping[str, str]) -> int:
    """One lane a core, each with servers of its own; a single one where the caller names a server."""
    if "DATABASE_URL" in environ or "REDIS_URL" in environ:
        return 1
    return min(os.cpu_count() or 1, MOST)


def run(*, lanes: Sequence[Lane], folder: Path | str, out: Callable[[bytes], object]) -> list[Result]:
    """Run all lanes to their end; returns the results, lane by lane.

    One check is heard at a time, as it speaks: the first that still runs. What others say waits for its turn."""
    with selectors.DefaultSelector() as selector:
        try:
            for lane in lanes:
                begin_next(lane, selector, folder)
            tell(lanes, out)
            while selector.get_map():
                for key, _events in selector.select():
                    if not hear(key.data):
                        selector.unregister(key.fileobj)
                        begin_next(key.data.lane, selector, folder)
                tell(lanes, out)
        finally:
            stop(lanes)
    return [running.result for lane in lanes for running in lane.begun if running.result]


def begin_next(lane: Lane, selector: selectors.BaseSelector, folder: Path | str) -> None:
    """Start a lane's next check; of one without a command it is only said why it does not run."""
    while len(lane.begun) < len(lane.checks):
        check = lane.checks[len(lane.begun)]
        running = Running(check, lane)
        lane.begun.append(running)
        running.say(f"\n── {check.name} {'─' * (WIDTH - len(check.name))}\n".encode())
        if check.note:
            running.say(f"{check.note}\n".encode())
        if not check.command:
            running.end(code=None)
            continue
        running.process = subprocess.Popen(
            check.command,
            cwd=folder,
            env={**lane.env, **check.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert running.process.stdout
        selector.register(running.process.stdout, selectors.EVENT_READ, running)
        return


def hear(running: Running) -> bool:
    """Take what a check says; False when it has said its last word."""
    assert running.process
    assert running.process.stdout
    if words := os.read(running.process.stdout.fileno(), 65536):
        running.say(words)
        return True
    running.end(code=running.process.wait())
    return False


def tell(lanes: Sequence[Lane], out: Callable[[bytes], object]) -> None:
    """Pass on what may be heard: everything up to the first check that still runs, and that one."""
    for running in (running for lane in lanes for running in lane.begun):
        if running.untold:
            out(bytes(running.untold))
            running.untold.clear()
        if not running.result:
            return


def stop(lanes: Sequence[Lane]) -> None:
    """End what still runs, when all is broken off, and close what was open."""
    started = [running.process for lane in lanes for running in lane.begun if running.process]
    for process in started:
        if process.poll() is None:
            process.terminate()
    for process in started:
        process.wait()
        if process.stdout:
            process.stdout.close()
