"""One seed's random operations, as a program of its own: `python -m tests.bench.money.walk`.

Reads one JSON object (database, seed, steps, anew_every) and prints one: how many steps were done, and the first fault.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import django
import pytest


def walk(plan: dict[str, Any]) -> dict[str, Any]:
    """Go all the way, or to the first thing that is off."""
    from tests.billing import all_money

    try:
        with pytest.MonkeyPatch.context() as patch:
            done = all_money.run(patch=patch, seed=plan["seed"], steps=plan["steps"], anew_every=plan["anew_every"])
        return {"done": done, "fault": ""}
    except Exception as fault:
        return {"done": 0, "fault": " ".join([repr(fault), *getattr(fault, "__notes__", ())])[:2000]}


def main() -> None:
    """What `operations` starts, once for each seed."""
    plan = json.load(sys.stdin)
    django.setup()
    from django.db import connection

    logging.disable(logging.WARNING)  # a bank that is away is what is being played
    connection.settings_dict["NAME"] = plan["database"]
    with connection.cursor() as cursor:
        # Nothing is killed here, so nothing needs to be on the disk before the next step.
        cursor.execute("SET synchronous_commit = off")
    print(json.dumps(walk(plan)))


if __name__ == "__main__":
    main()
