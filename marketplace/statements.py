"""SQL for the hot path: prepared once a connection and planned once, which Django's own cursors never do."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.datetime import TimestamptzLoader
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
        own = connections[DEFAULT_DB_ALIAS]  # once: `connection` would look it up for every word said to it
        own.ensure_connection()
        own.validate_no_broken_transaction()
        values = [parameters[name] for name in self.names]
        wide = [Int8(value) if type(value) is int else value for value in values]
        began = time.monotonic()
        try:
            found = self._run(own, wide)
        except (OperationalError, InterfaceError):
            if own.in_atomic_block or not own.connection.closed:
                raise
            # The server went away since the last request. Django would ask before each first statement of a request
            # whether it is still there, which costs as much as the statement.
            own.close()
            own.ensure_connection()
            found = self._run(own, wide)
        if own.queries_logged:
            own.queries_log.append({"sql": self.sql, "time": f"{time.monotonic() - began:.3f}"})
        return found

    def _run(self, own: BaseDatabaseWrapper, values: list[Any]) -> list[Row]:
        with own.wrap_database_errors:
            cursor = _cursor(own.connection)
            cursor.execute(self._numbered, values, prepare=True)
            # `description` would answer the question too, by making an object for each column.
            return cursor.fetchall() if cursor.rownumber is not None else []

    def row(self, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(**parameters)
        return found[0] if found else None


def _cursor(connection: psycopg.Connection[Row]) -> psycopg.RawCursor[Row]:
    """This thread's cursor on Django's connection, kept: making one costs as much as a small statement."""
    known: psycopg.RawCursor[Row] | None = getattr(_kept, "cursor", None)
    if known is None or known.connection is not connection:
        known = _kept.cursor = psycopg.RawCursor(connection)
        # psycopg's own, in C, instead of Django's: the connection's time zone is UTC as it is.
        known.adapters.register_loader("timestamptz", TimestamptzLoader)
    return known
