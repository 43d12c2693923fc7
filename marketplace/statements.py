"""SQL for the hot path: prepared once a connection and planned once, which Django's own cursors never do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.numeric import Int8

Row = tuple[Any, ...]


class Statement:
    """One statement with named parameters such as `%(job)s`.

    It runs on Django's connection, so inside its transaction if there is one; outside, it is a transaction of its own.
    Whole numbers are always sent as bigint: else each size of number would be prepared anew.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def rows(self, **parameters: Any) -> list[Row]:
        """What the statement returns. Raises django.db's errors."""
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        began = time.monotonic()
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(self.sql.encode(), _wide(parameters), prepare=True)
            found: list[Row] = cursor.fetchall() if cursor.description else []
        if connection.queries_logged:
            connection.queries_log.append({"sql": self.sql, "time": f"{time.monotonic() - began:.3f}"})
        return found

    def row(self, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(**parameters)
        return found[0] if found else None


def _wide(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Int8(value) if type(value) is int else value for name, value in parameters.items()}
