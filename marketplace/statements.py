"""SQL for the hot path: prepared once a connection and planned once, which Django's own cursors never do."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.numeric import Int8

Row = tuple[Any, ...]
_NAMED = re.compile(r"%\((\w+)\)s")
UNKNOWN_STATEMENT = b"26000"
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
            line = _line(own.connection)
            if own.connection.autocommit:
                return line.ask(self._numbered, values)
            # psycopg begins transactions by its cursors alone.
            line.cursor.execute(self._numbered, values, prepare=True)
            # `description` would answer the question too, by making an object for each column.
            return line.cursor.fetchall() if line.cursor.rownumber is not None else []

    def row(self, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(**parameters)
        return found[0] if found else None


class Line:
    """What this thread keeps of a connection: making it anew costs as much as a small statement."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection
        self.cursor = psycopg.RawCursor(connection)
        # psycopg's own, in C, instead of Django's: the connection's time zone is UTC as it is.
        self.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        self._values = Transformer(self.cursor)
        self._names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._made = 0

    def ask(self, sql: bytes, values: list[Any]) -> list[Row]:
        """What a statement returns as a transaction of its own.

        As psycopg's cursors do it, without what lets them be used asynchronously, interrupted and rewound: half of
        their time.
        """
        own = self._values
        parameters = own.dump_sequence(values, [PyFormat.AUTO] * len(values))
        result = self._execute(sql, own.types or (), parameters)
        if result.error_field(DiagnosticField.SQLSTATE) == UNKNOWN_STATEMENT:
            # psycopg lets go of everything prepared after a rollback, ours too. Nothing has been done yet.
            self._names.clear()
            result = self._execute(sql, own.types or (), parameters)
        if result.status == ExecStatus.COMMAND_OK:
            return []
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
        own.set_pgresult(result)
        return own.load_rows(0, result.ntuples, tuple)

    def _execute(self, sql: bytes, types: tuple[int, ...], parameters: Sequence[Any]) -> PGresult:
        name = self._names.get((sql, types)) or self._prepare(sql, types)
        return self.connection.pgconn.exec_prepared(name, parameters, self._values.formats)

    def _prepare(self, sql: bytes, types: tuple[int, ...]) -> bytes:
        self._made += 1  # a name is never used twice: the former one may still be known to the server
        name = b"tally_%d" % self._made
        result = self.connection.pgconn.prepare(name, sql, types)
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
        self._names[sql, types] = name
        return name


def _line(connection: psycopg.Connection[Row]) -> Line:
    known: Line | None = getattr(_kept, "line", None)
    if known is None or known.connection is not connection:
        known = _kept.line = Line(connection)
    return known
