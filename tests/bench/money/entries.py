"""A million transfers: what an account holds, now and on any day before, how long it takes to audit them all, and to
compare the lines of one more day with the provider's."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from billing import balances, ledger
from billing.ledger import AccountKind, Posting
from billing.wallets import earnings_of, wallet_of
from marketplace.auditing import audit
from tests.bench.bench import Bench
from tests.bench.money import statement

ENTRIES = 1_000_000
WORKERS = 200
ASKED = 15  # times each
DAYS = 400

# Out of one wallet, whose transfers are numbered, to the platform's fees, which are not: either has them all.
_FILL = """
    INSERT INTO billing_transfer
        (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details, created_at)
    SELECT 'opening', 'bench:' || n, %(wallet)s, %(fees)s, 1 + n %% 997, 'USD', 1 + n, NULL, '{}',
           %(since)s::timestamptz + n * %(days)s * interval '1 day' / %(entries)s
               + (n::bigint * 7919 %% 60) * interval '1 second'
    FROM generate_series(1, %(entries)s) AS n
"""
_PAY = """
    INSERT INTO billing_transfer
        (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details, created_at)
    SELECT 'opening', 'pay:' || n, %(fees)s, (%(workers)s::bigint[])[1 + (n - 1) %% %(count)s], 100, 'USD', NULL,
           1 + (n - 1) / %(count)s, '{}', %(since)s::timestamptz + n * interval '1 minute'
    FROM generate_series(1, %(entries)s / 10) AS n
"""
_CARRY = """
    UPDATE billing_account a SET balance = s.balance, sequence = s.sequence FROM (
        SELECT account, sum(amount) AS balance, count(*) AS sequence FROM (
            SELECT source_id AS account, -amount AS amount FROM billing_transfer WHERE source_sequence IS NOT NULL
            UNION ALL
            SELECT target_id, amount FROM billing_transfer WHERE target_sequence IS NOT NULL) AS ends GROUP BY account
    ) AS s WHERE s.account = a.id
"""


def measure(bench: Bench) -> dict[str, Any]:
    """Fill, sum up what is old, ask, audit, compare."""
    entries = bench.of(ENTRIES)
    accounts = fill(bench, entries)
    began = time.perf_counter()
    made = balances.write_checkpoints(now=timezone.now())
    checkpoint_s = time.perf_counter() - began
    dice = Random(f"{bench.seed} days")
    now = {name: _asked(lambda pk=pk: ledger.balance(account_id=pk)) for name, pk in accounts.items()}
    past = {
        name: _asked(lambda pk=pk: ledger.balance_at(account_id=pk, at=_some_day(dice)))
        for name, pk in accounts.items()
    }
    began = time.perf_counter()
    faults = audit()
    audit_s = time.perf_counter() - began
    lines = statement.compared(bench)
    figures = {
        "balance_ms": max(one["median"] for one in now.values()),
        "as_of_ms": max(one["median"] for one in past.values()),
        "audit_s": round(audit_s, 2),
        "reconcile_behind_s": lines["seconds"],
        "reconcile_behind_off": lines["unnamed"] + lines["false"],
    }
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    return {
        "figures": figures,
        "entries": entries,
        "balance_ms": now,
        "as_of_ms": past,
        "checkpoints": made,
        "checkpoint_s": round(checkpoint_s, 2),
        "lines": lines,
        "audit": faults,
    }


def fill(bench: Bench, entries: int) -> dict[str, int]:
    """The transfers as rows; ids of the accounts with most of them: one carries its balance, one does not."""
    workers = [earnings_of(worker=_person(pk)).pk for pk, _key in bench.users(WORKERS)]
    wallet, fees = wallet_of(owner=bench.owner).pk, ledger.platform(AccountKind.PLATFORM_FEES).pk
    since = datetime.now(UTC) - timedelta(days=DAYS)
    bank = ledger.platform(AccountKind.GOODWILL).pk
    ledger.post(postings=[Posting("opening", "bench", bank, wallet, entries * 1000)], now=since)
    asked = {
        "wallet": wallet, "fees": fees, "entries": entries, "since": since, "workers": workers, "count": WORKERS,
        "days": DAYS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_FILL, asked)
        cursor.execute(_PAY, asked)
        cursor.execute(_CARRY)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE billing_transfer, billing_account")
    return {"wallet": wallet, "fees": fees}


def _person(pk: int) -> Any:
    from marketplace.models import User

    return User(pk=pk)


def _asked(ask: Callable[[], int]) -> dict[str, float]:
    """Milliseconds of asking so often."""
    spent = []
    for _ in range(ASKED):
        began = time.perf_counter()
        ask()
        spent.append(1000 * (time.perf_counter() - began))
    return {"median": round(median(spent), 2), "max": round(max(spent), 2)}


def _some_day(dice: Random) -> datetime:
    return datetime.now(UTC) - timedelta(days=dice.uniform(0, DAYS))
