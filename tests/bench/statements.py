"""The SQL statements of one call, as the database driver is given them, whoever sends them and in whatever way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from random import Random
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from marketplace import statements
from marketplace.models import Job
from tests.bench.answers import annotation
from tests.bench.bench import Bench

Sent = tuple[str, Any]  # statement, parameters
_NAMED = re.compile(r"%\((\w+)\)[sbt]")


@contextmanager
def listening() -> Iterator[list[Sent]]:
    """Collects every statement that any cursor of this process executes, and that is sent without one; BEGIN and COMMIT
    go another way."""
    sent: list[Sent] = []
    execute, ask = psycopg.Cursor.execute, statements.Line.ask

    def listen(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        text = query if isinstance(query, str) else query.decode() if isinstance(query, bytes) else str(query)
        if not text.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            sent.append((text, params))
        return execute(self, query, params, **more)

    def listen_to_line(self: Any, query: bytes, values: list[Any]) -> Any:
        sent.append((query.decode(), values))
        return ask(self, query, values)

    psycopg.Cursor.execute = listen  # type: ignore[method-assign]
    statements.Line.ask = listen_to_line  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        statements.Line.ask = ask  # type: ignore[method-assign]


def count(bench: Bench) -> dict[str, Any]:
    """Statements of a claim and of submit + next over HTTP, authentication included."""
    job = bench.job(images=50)
    ((_worker, key),) = bench.users(1)
    found = of_the_loop(job=job, key=key)
    return {"figures": {f"statements_{name}": len(sent) for name, sent in found.items()}, "sql": told(found)}


def of_the_loop(*, job: Job, key: str) -> dict[str, list[str]]:
    """The statements of a worker's second claim and of their second submit with `next`: the first ones enrol them."""
    dice, found = Random(1), {}

    def post(path: str, body: str = "{}") -> dict[str, Any]:
        return _over_wsgi(path, body.encode(), key)

    for _ in range(2):
        with listening() as claim:
            held = post(f"/api/v1/jobs/{job.public_id}/claim/")
        with listening() as submit:
            held = post(f"/api/v1/assignments/{held['assignment']}/submit/", _answer(held, dice, want_next=True))[
                "next"
            ]
        post(f"/api/v1/assignments/{held['assignment']}/submit/", _answer(held, dice, want_next=False))
        found = {"claim": [text for text, _ in claim], "submit": [text for text, _ in submit]}
    return found


def _over_wsgi(path: str, body: bytes, key: str) -> dict[str, Any]:
    """A call as the web server makes it."""
    from marketplace.wsgi import application  # needs Django's settings

    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Token {key}",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }
    reply = b"".join(application(environ, lambda status, _headers, *_more: told.append(status)))
    assert told[0].startswith("200"), (told, reply)
    return dict(json.loads(reply))


def _answer(held: dict[str, Any], dice: Random, *, want_next: bool) -> str:
    body = annotation(width=held["image"]["width"], height=held["image"]["height"], dice=dice)
    return f'{{"annotation": {body}, "next": {json.dumps(want_next)}}}'


def told(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The beginnings of the statements, for the curious."""
    return {name: [" ".join(text.split())[:110] for text in sent] for name, sent in found.items()}


def claim_in(sent: list[Sent]) -> Sent:
    """The statement among these that takes a place."""
    return next((text, params) for text, params in sent if "SKIP LOCKED" in text)


def buffers(statement: Sent) -> int:
    """Shared buffers that a statement touches under the plan the server keeps for it; its effects are undone."""
    text, params = statement
    names = list(dict.fromkeys(_NAMED.findall(text))) if isinstance(params, dict) else list(range(len(params)))
    if isinstance(params, dict):  # else the statement has its parameters by number already
        text = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")
    values = sql.SQL(", ").join(sql.Literal(params[name]) for name in names)
    connection.ensure_connection()
    raw = connection.connection
    with raw.transaction(force_rollback=True):
        raw.execute(f"PREPARE measured AS {text}")
        try:
            row = raw.execute(sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE measured ({})").format(values))
            (plan,) = row.fetchone()[0]
        finally:
            if raw.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
                raw.execute("DEALLOCATE measured")
    return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])
