"""A day of 10,000 lines at the provider, one missing, one extra, one of another amount: who is named, and how fast."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from billing import reconcile, reconciling
from billing.models import SuspenseItem
from tests.bench.bench import Bench
from tests.billing.bank import CENT, Bank, deposited, hours

LINES = 10_000


def measure(bench: Bench) -> dict[str, Any]:
    """On books that hold nothing else."""
    found = compared(bench)
    names = {"seconds": "reconcile_s", "unnamed": "reconcile_unnamed", "false": "reconcile_false"}
    figures = {key: found.pop(name) for name, key in names.items()}
    # What lies in suspense is a fault, as it should be; anything else is none of this part's.
    audit = [fault for fault in reconcile.audit() if not fault.startswith("suspense of")]
    return {"figures": figures, **found, "audit": audit}


def compared(bench: Bench) -> dict[str, Any]:
    """Compare; what was found beside what was hidden there, and how long it took. Nothing is asked over the network."""
    lines, dice = bench.of(LINES), Random(f"{bench.seed} statement")
    then = datetime.now(UTC) - hours(24)
    rows = deposited(bench.owner, 2000, count=lines, at=then)
    missing, wrong = dice.sample(range(lines), 2)
    with pytest.MonkeyPatch.context() as patch:
        bank = Bank(patch)
        for number, row in enumerate(rows):
            if number != missing:
                cents = 1999 if number == wrong else 2000
                bank.add("charge", cents, reference=str(row.pk), at=then, name=f"txn_{bench.seed}_{number}")
        bank.add("payout", -700, at=then, name=f"txn_{bench.seed}_extra")
        began = time.perf_counter()
        run = reconciling.run(now=datetime.now(UTC))
        seconds = time.perf_counter() - began
    assert run.state == "done", run.problem
    hidden = {
        ("missing", rows[missing].provider_payment, -2000 * CENT), ("wrong", f"txn_{bench.seed}_{wrong}", -CENT),
        ("extra", f"txn_{bench.seed}_extra", -700 * CENT),
    }  # fmt: skip
    found = {(i.kind, i.line_id or i.transfer.key, i.amount) for i in SuspenseItem.objects.select_related("transfer")}
    bench.say(f"{run.lines:,} lines, {run.matched:,} matched, in {seconds:.1f} s; {run.found} named")
    told = {"seconds": round(seconds, 2), "unnamed": len(hidden - found), "false": len(found - hidden)}
    return told | {"lines": run.lines, "matched": run.matched}
