"""What the world builds again and again is built once a run, and put back as rows from then on.

Publishing a job takes more than a hundred statements; putting back the rows it leaves takes one. They are the rows that
the real code left, in the same run, asked for the same thing: so only what begins in an empty market, at the world's
first hour, with the usual settings and none of our code replaced, is recalled. Anything else is built.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import UserSettingsHolder, settings
from django.core.cache import cache as redis
from django.db import connection, transaction
from django.utils import timezone

from annotation import label_sets
from marketplace import lookahead, progress
from marketplace.api.replies import jobs as job_replies
from marketplace.models import Job
from tests import patches

if TYPE_CHECKING:
    from tests.world import World

# A test that changes any other setting may want something else built.
TOLD_APART = frozenset({"ACCOUNT_EMAIL_VERIFICATION", "MFA_REQUIRED"})
IRRELEVANT = frozenset({"ACCOUNT_RATE_LIMITS", "MEDIA_ROOT", "PASSWORD_HASHERS", "STATIC_ROOT"})

# Nobody has done anything yet, and no Rita: others may be there.
_EMPTY = """
    SELECT NOT EXISTS (SELECT FROM marketplace_job) AND NOT EXISTS (SELECT FROM billing_account)
       AND NOT EXISTS (SELECT FROM billing_deposit) AND NOT EXISTS (SELECT FROM annotation_image)
       AND NOT EXISTS (SELECT FROM annotation_labelset) AND NOT EXISTS (SELECT FROM marketplace_auditentry)
       AND NOT EXISTS (SELECT FROM marketplace_user WHERE email = 'rita@example.org')
"""
_NOBODY = "SELECT NOT EXISTS (SELECT FROM marketplace_user)"
# Every table, and its columns in order, without those that PostgreSQL computes.
_TABLES = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attgenerated = ''
      AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    GROUP BY c.relname ORDER BY c.relname
"""


@dataclass(frozen=True)
class Memory:
    """What building left: a statement that puts its rows back, the files, and (pickled) its result and the world."""

    jobs: tuple[int, ...]
    statement: str
    files: dict[str, bytes]
    left: bytes


_MOMENT = re.compile(r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00)'")

_memories: dict[str, Memory | None] = {}


def recalled(*, world: World, name: str, asked: dict[str, Any], build: Callable[[], Any]) -> Any:
    """What `build` returns, the world as it leaves it, and the rows and files it makes: built or put back."""
    key = _key(world, name, asked)
    if key is None or not _holds(_EMPTY):
        return build()
    if key not in _memories:
        _memories[key] = _learn(world, build)
    memory = _memories[key]
    if memory is None:
        return build()
    return _put_back(world, memory)


def _key(world: World, name: str, asked: dict[str, Any]) -> str | None:
    """The same for the same request under the same circumstances; None where it shall be built."""
    if patches.now or not world.may_recall or asked.get("owner") is not None:
        return None
    found: dict[str, Any] = {}
    holder = settings._wrapped
    while isinstance(holder, UserSettingsHolder):
        changed = {key: value for key, value in vars(holder).items() if key.isupper() and key not in IRRELEVANT}
        found = {**changed, **found}
        holder = holder.default_settings
    return None if found.keys() - TOLD_APART else repr((name, sorted(asked.items()), sorted(found.items())))


def _learn(world: World, build: Callable[[], Any]) -> Memory | None:
    """Build, remember, and undo: the first test gets what all others get. None: it changes rows that were there."""
    before, media = dict(vars(world)), Path(settings.MEDIA_ROOT)
    with transaction.atomic():
        rows, began = _rows(), timezone.now()
        result = build()
        made, ended, jobs = _rows(), timezone.now(), tuple(Job.objects.values_list("pk", flat=True))
        changed = {name: value for name, value in vars(world).items() if before.get(name) is not value}
        left = pickle.dumps((result, changed))
        transaction.set_rollback(True)
    for name in changed:
        vars(world).pop(name)
    vars(world).update(before)
    if any(rows[table] - made[table] for table in rows):
        return None
    files = {path.relative_to(media).as_posix(): path.read_bytes() for path in media.rglob("*") if path.is_file()}
    moments = _Moments(began, ended)
    new = {table: [moments.moved(row) for row in sorted(made[table] - rows[table])] for table in made}
    inserts = [
        f"INSERT INTO {table} ({', '.join(_tables()[table])}) VALUES {', '.join(new[table])}"
        for table in new
        if new[table]
    ]
    around = ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT")
    return Memory(jobs, "; ".join([around[0], *inserts, around[1]]), files, left)


@dataclass(frozen=True)
class _Moments:
    """The real clock's times while something was built: what is put back says that it was made just now."""

    began: datetime
    ended: datetime

    def moved(self, row: str) -> str:
        """The row with each of these times told from the moment at which it is put back."""
        return _MOMENT.sub(self._one, row)

    def _one(self, found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[1])
        if not self.began <= moment <= self.ended:
            return found[0]
        return f"statement_timestamp() + interval '{(moment - self.ended).total_seconds():f} seconds'"


def _put_back(world: World, memory: Memory) -> Any:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(memory.statement)
    media = Path(settings.MEDIA_ROOT)
    for name, content in memory.files.items():
        path = media / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    result, changed = pickle.loads(memory.left)
    vars(world).update(changed)
    _forget_by_number(memory.jobs)
    return result


def _forget_by_number(jobs: tuple[int, ...]) -> None:
    """The numbers of jobs and label sets come again in the next test: nothing may be remembered by them."""
    lookahead.forget()
    redis.delete_many([progress._key(Job(pk=job)) for job in jobs])
    for known in (label_sets.known, label_sets.known_taxonomy, job_replies._labels):
        known.cache_clear()


@cache
def _tables() -> dict[str, list[str]]:
    return {table: [f'"{column}"' for column in columns] for table, columns in _ask(_TABLES)}


def _rows() -> dict[str, set[str]]:
    """All rows of all tables, each as it stands behind VALUES: every value as its type writes it."""
    any_row = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in _tables())
    filled = {table for (table,) in _ask(any_row)}
    return {table: _rows_of(table) if table in filled else set() for table in _tables()}


def _rows_of(table: str) -> set[str]:
    written = ", ".join(f"quote_nullable({column}::text)" for column in _tables()[table])
    return {f"({row})" for (row,) in _ask(f"SELECT concat_ws(', ', {written}) FROM {table}")}


def nobody_is_there() -> bool:
    """True while there are no people at all."""
    return _holds(_NOBODY)


def _holds(statement: str) -> bool:
    return bool(_ask(statement)[0][0])


def _ask(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
