"""SQL that moves money: prepared once a connection, on Django's connection and so inside its transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def rows(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement with named parameters such as `%(now)s` returns. Raises django.db's errors.

    Django's own cursors write the values into the text, which is then parsed and planned anew each time.
    """
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    own.validate_no_broken_transaction()
    began = time.monotonic()
    with own.wrap_database_errors, psycopg.Cursor(own.connection) as cursor:
        cursor.execute(sql, parameters, prepare=True)
        found = cursor.fetchall() if cursor.description else []
    if own.queries_logged:
        own.queries_log.append({"sql": sql, "time": f"{time.monotonic() - began:.3f}"})
    return found


def numbers(values: Iterable[int | None]) -> str:
    """An array of whole numbers as PostgreSQL writes it: for one of hundreds many times as fast as psycopg's."""
    return "{" + ",".join(map(str, values)).replace("None", "NULL") + "}"


def texts(values: Sequence[str]) -> str:
    """An array of texts as PostgreSQL writes it; where none has a quote or a backslash, by joining them."""
    all_of_them = "".join(values)
    if values and '"' not in all_of_them and "\\" not in all_of_them:
        return '{"' + '","'.join(values) + '"}'
    quoted = {value: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in set(values)}
    return "{" + ",".join([quoted[value] for value in values]) + "}"
