"""The doorbell: tell the background that rows are waiting. A lost or tripled ring loses and doubles nothing."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from functools import partial
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace.celery import app

log = logging.getLogger("tally.bell")

QUIET = 0.5
"""Seconds between two equal rings of one process. A message costs a busy request more than all else it does for it,
and what gathers meanwhile is settled together for a fraction of the cost."""

Ring = tuple[str, tuple[Any, ...]]


def ring(name: str, *args: Any) -> None:
    """Ask the background for `marketplace.background.<name>(*args)` once the present transaction has committed.

    Costs the caller next to nothing: a thread of its own sends the message, at once unless an equal one was sent a
    moment ago. A broker that does not answer is logged, not raised: the sweeper finds the rows by state and age.
    """
    transaction.on_commit(partial(_ringer.ring, (name, args)), robust=True)


class Ringer:
    """Sends equal rings at most once every `quiet` seconds; after the last one there is always a message."""

    def __init__(self, *, quiet: float) -> None:
        self._quiet = quiet
        self._changed = threading.Condition()
        self._due: dict[Ring, float] = {}  # what is to be sent, and when
        self._sent: dict[Ring, float] = {}  # when what was sent lately was
        self._sending = False
        self._thread: threading.Thread | None = None

    def ring(self, wanted: Ring) -> None:
        """Send this at once, or when its quiet time is over; once for all that ask until then."""
        with self._changed:
            if wanted in self._due:
                return
            now, sent = time.monotonic(), self._sent.get(wanted)
            self._due[wanted] = now if sent is None else max(now, sent + self._quiet)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, *, timeout: float) -> None:
        """Send now whatever waits, and return when that is done or the time is over."""
        with self._changed:
            self._due = dict.fromkeys(self._due, 0.0)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._due and not self._sending, timeout)

    def _run(self) -> None:
        while True:
            for wanted in self._next():
                _send(*wanted)

    def _next(self) -> list[Ring]:
        """Wait until something is due, and take it."""
        with self._changed:
            self._sending = False
            self._changed.notify_all()
            while True:
                now = time.monotonic()
                ready = [wanted for wanted, due in self._due.items() if due <= now]
                if ready:
                    break
                self._changed.wait(min(self._due.values()) - now if self._due else None)
            self._sent = {wanted: sent for wanted, sent in self._sent.items() if sent > now - self._quiet}
            for wanted in ready:
                # Noted before it is sent: whoever rings from here on may speak of rows that this message comes too
                # early for, and gets another one.
                del self._due[wanted]
                self._sent[wanted] = now
            self._sending = True
            return ready


def _send(name: str, args: tuple[Any, ...]) -> None:
    try:
        app.send_task(f"marketplace.background.{name}", args=args, retry=False, ignore_result=True)
    except (OperationalError, OSError) as fault:
        log.warning("the broker did not answer; the sweeper will find it: %s %s (%s)", name, args, fault)
    except Exception:
        log.exception("the bell could not ring; the sweeper will find it: %s %s", name, args)


_ringer = Ringer(quiet=QUIET)


def _begin_anew() -> None:
    """In a forked process: the thread and whoever held the lock stayed with the parent, as did what waits there."""
    global _ringer
    _ringer = Ringer(quiet=QUIET)


def _end() -> None:
    _ringer.flush(timeout=2.0)


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(_end)
