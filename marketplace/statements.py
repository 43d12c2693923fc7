"""SQL for the hot path: prepared once a connection and planned once, which Django's own cursors never do."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.types.numeric import Int8

Row = tuple[Any, ...]
_NAMED = re.compile(r"%\((\w+)\)s")
_kept = threading.local()


class Statement:
    """One statement with named parameters such as `%(job)s`.

    It runs on Django's connection, so inside its transaction if there is one; outside, it is a transaction of its own,
    and is sent once more when the connection turns out to be lost: use it only for what may be done twice.
    Whole numbers are always sent as bigint: else each size of number would be prepared anew. Names are turned into
    numbers here, once: psycopg remembers that for short statements only.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.names = tuple(dict.fromkeys(_NAMED.findall(sql)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, 1)}
        self._numbered = _NAMED.sub(lambda found: numbers[found[1]], sql).encode()

    def rows(self, **parameters: Any) -> list[Row]:
        """What the statement returns. Parameters it does not name are passed over. Raises django.db's errors."""
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        values = [parameters[name] for name in self.names]
        wide = [Int8(value) if type(value) is int else value for value in values]
        began = time.monotonic()
        try:
            found = self._run(wide)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or not connection.connection.closed:
                raise
            # The server went away since the last request. Django would ask before each first statement of a request
            # whether it is still there, which costs as much as the statement.
            connection.close()
            connection.ensure_connection()
            found = self._run(wide)
        if connection.queries_logged:
            connection.queries_log.append({"sql": self.sql, "time": f"{time.monotonic() - began:.3f}"})
        return found

    def _run(self, values: list[Any]) -> list[Row]:
        with connection.wrap_database_errors:
            cursor = _cursor()
            cursor.execute(self._numbered, values, prepare=True)
            # `description` would answer the question too, by making an object for each column.
            return cursor.fetchall() if cursor.rownumber is not None else []

    def row(self, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(**parameters)
        return found[0] if found else None


def _cursor() -> psycopg.RawCursor[Row]:
    """This thread's cursor on Django's connection, kept: making one costs as much as a small statement."""
    known: psycopg.RawCursor[Row] | None = getattr(_kept, "cursor", None)
    if known is None or known.connection is not connection.connection:
        known = _kept.cursor = psycopg.RawCursor(connection.connection)
    return known
