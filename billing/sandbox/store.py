"""The sandbox's memory: objects, remembered requests and undelivered events in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS object (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_type ON object (type, number);
CREATE TABLE IF NOT EXISTS request (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, made REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    delivered_at REAL
);
CREATE INDEX IF NOT EXISTS event_due ON event (next_at) WHERE delivered_at IS NULL;
"""
# The provider promises to remember an idempotency key for a day.
KEY_LIFE = 24 * 3600
_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Store:
    """One file, one connection, one lock: whoever is inside `transaction()` is alone."""

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._in_use: set[str] = set()
        self._sql = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an exception inside undoes everything."""
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")

    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep an object under its id, new or changed."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO object (id, type, body) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (body["id"], body["object"], json.dumps(body)),
            )
        return body

    def get(self, kind: str, pk: str) -> dict[str, Any] | None:
        """The object of this type and id."""
        with self._lock:
            row = self._sql.execute("SELECT body FROM object WHERE id = ? AND type = ?", (pk, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, **equal: str) -> list[dict[str, Any]]:
        """All objects of a type whose top-level fields equal these, latest first."""
        query = "SELECT body FROM object WHERE type = ?"
        values: list[str] = [kind]
        for name, value in equal.items():
            query += " AND json_extract(body, ?) = ?"
            values += [f"$.{name}", value]
        with self._lock:
            rows = self._sql.execute(query + " ORDER BY number DESC", values).fetchall()
        return [json.loads(row[0]) for row in rows]

    def page(
        self, kind: str, *, limit: int, after: str | None, equal: dict[str, str], created: dict[str, int]
    ) -> list[dict[str, Any]] | None:
        """Up to `limit` objects, latest first, older than the object `after`; None when there is no such one."""
        query = "SELECT body FROM object WHERE type = ?"
        values: list[Any] = [kind]
        for name, value in equal.items():
            query += " AND json_extract(body, ?) = ?"
            values += [f"$.{name}", value]
        for sign, moment in created.items():
            query += f" AND json_extract(body, '$.created') {_SIGNS[sign]} ?"
            values.append(moment)
        with self._lock:
            if after:
                row = self._sql.execute("SELECT number FROM object WHERE id = ? AND type = ?", (after, kind)).fetchone()
                if row is None:
                    return None
                query += " AND number < ?"
                values.append(row[0])
            rows = self._sql.execute(query + " ORDER BY number DESC LIMIT ?", [*values, limit]).fetchall()
        return [json.loads(row[0]) for row in rows]

    def forget(self, pk: str) -> None:
        """Take an object out of the memory, as if it had never been."""
        with self._lock:
            self._sql.execute("DELETE FROM object WHERE id = ?", (pk,))

    @contextmanager
    def using(self, key: str) -> Iterator[bool]:
        """Hold an idempotency key while its request is at work; False when another one holds it."""
        with self._lock:
            free = not key or key not in self._in_use
            if key and free:
                self._in_use.add(key)
        try:
            yield free
        finally:
            if key and free:
                with self._lock:
                    self._in_use.discard(key)

    def net(self, *, available_by: float | None = None) -> int:
        """Sum of balance transactions in cents, all of them or those available by a moment."""
        query = "SELECT coalesce(sum(json_extract(body, '$.net')), 0) FROM object WHERE type = 'balance_transaction'"
        with self._lock:
            if available_by is None:
                row = self._sql.execute(query).fetchone()
            else:
                query += " AND json_extract(body, '$.available_on') <= ?"
                row = self._sql.execute(query, (available_by,)).fetchone()
        return int(row[0])

    def remembered(self, key: str, now: float) -> tuple[str, int, str] | None:
        """(fingerprint, status, body) of the request made under this key within its life."""
        with self._lock:
            self._sql.execute("DELETE FROM request WHERE made < ?", (now - KEY_LIFE,))
            row = self._sql.execute("SELECT fingerprint, status, body FROM request WHERE key = ?", (key,)).fetchone()
        return (str(row[0]), int(row[1]), str(row[2])) if row else None

    def remember(self, key: str, fingerprint: str, status: int, body: str, now: float) -> None:
        """Keep an answer under its idempotency key."""
        with self._lock:
            self._sql.execute("INSERT INTO request VALUES (?, ?, ?, ?, ?)", (key, fingerprint, status, body, now))

    def add_event(self, body: dict[str, Any], now: float) -> None:
        """Queue an event for delivery."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO event (id, body, next_at) VALUES (?, ?, ?)", (body["id"], json.dumps(body), now)
            )

    def due_events(self, now: float, limit: int = 50) -> list[tuple[str, str, int]]:
        """(id, body, attempts) of events to deliver now, oldest first."""
        query = (
            "SELECT id, body, attempts FROM event WHERE delivered_at IS NULL AND next_at <= ? ORDER BY rowid LIMIT ?"
        )
        with self._lock:
            return [(str(r[0]), str(r[1]), int(r[2])) for r in self._sql.execute(query, (now, limit)).fetchall()]

    def event_delivered(self, pk: str, now: float) -> None:
        """The other side has taken it."""
        with self._lock:
            self._sql.execute("UPDATE event SET delivered_at = ?, attempts = attempts + 1 WHERE id = ?", (now, pk))

    def event_missed(self, pk: str, next_at: float) -> None:
        """The other side did not take it: again at `next_at`."""
        with self._lock:
            self._sql.execute("UPDATE event SET next_at = ?, attempts = attempts + 1 WHERE id = ?", (next_at, pk))
