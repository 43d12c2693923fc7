"""A database for each part of `bench money`, and for each seed: copies of one that holds nothing but tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connections
from psycopg import sql

CLEAN = "_clean"  # so ends the name of the one that is copied
_COPYING = 0x7461_6C6C_79  # one at a time: a template must have no other user


def name(end: str = "") -> str:
    """The name of the run's database, or of its copy with this end."""
    return f"{connections['default'].settings_dict['NAME']}{end}"


def copy(address: str, *, of: str, to: str) -> None:
    """The database under another name; whatever has that name goes. Nobody may be connected to either."""
    with psycopg.connect(address, dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_COPYING])
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(to)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(to), sql.Identifier(of)))


@contextmanager
def clean(address: str, *, end: str) -> Iterator[str]:
    """The name of a copy that is there for the block."""
    one = name(end)
    copy(address, of=name(CLEAN), to=one)
    try:
        yield one
    finally:
        with psycopg.connect(address, dbname="postgres", autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one)))
