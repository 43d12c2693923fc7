"""The reference of settlement: a raw psycopg client that runs the money part of reference.sql."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.bench.reference import connect, statements

ESCROW, FEES, FIRST_WORKER = 1, 2, 3


class Raw:
    """One settler on one connection, with its own tables in the same database."""

    def __init__(self, *, address: str, workers: int) -> None:
        self.sql, self.connection = statements(of="money"), connect(address)
        self.workers = workers
        self.connection.execute(self.sql["schema"])
        self.connection.execute(self.sql["fill"].replace(":workers", str(int(workers))))

    def settle(self, *, keys: Sequence[str], workers: Sequence[int], reward: int, fee: int) -> float:
        """One batch in one transaction: answer `keys[i]` is of worker `workers[i]`. Seconds it took."""
        targets = [FIRST_WORKER + number for number in workers]
        asked: dict[str, Any] = {
            "keys": list(keys), "workers": targets, "reward": reward, "fee": fee, "now": datetime.now(UTC),
            "accounts": sorted({ESCROW, *targets}),
        }  # fmt: skip
        began = time.perf_counter()
        with self.connection.transaction():
            self.connection.execute(self.sql["lock"], asked, prepare=True).fetchall()
            self.connection.execute(self.sql["settle"], asked, prepare=True)
        return time.perf_counter() - began

    def tidy(self) -> None:
        """Statistics as autovacuum would have made them by and by."""
        self.connection.execute("VACUUM ANALYZE reference_money.transfer, reference_money.account")

    def close(self) -> None:
        """Leave nothing behind."""
        self.connection.execute("DROP SCHEMA reference_money CASCADE")
        self.connection.close()
