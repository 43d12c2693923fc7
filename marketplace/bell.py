"""The doorbell: tell the background that rows are waiting. A lost or tripled ring loses and doubles nothing."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace.celery import app

log = logging.getLogger("tally.bell")


def ring(name: str, *args: Any) -> None:
    """Ask the background for `marketplace.background.<name>(*args)` once the present transaction has committed.

    A broker that does not answer is logged, not raised: the sweeper finds the rows by state and age.
    """
    transaction.on_commit(partial(_send, name, args), robust=True)


def _send(name: str, args: tuple[Any, ...]) -> None:
    try:
        app.send_task(f"marketplace.background.{name}", args=args, retry=False, ignore_result=True)
    except (OperationalError, OSError) as fault:
        log.warning("the broker did not answer; the sweeper will find it: %s %s (%s)", name, args, fault)
