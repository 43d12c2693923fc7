"""The database role that the running program uses: it works with every table, and can only add to the books.

Triggers refuse to change transfers and audit entries for whoever asks; the owner of the tables, and a superuser, could
switch them off. This role is neither: it may not change, delete or empty them, nor touch a trigger.
"""

from __future__ import annotations

from django.db import connection, transaction
from psycopg import sql

# table → what the role may not do to it, and the columns it may change all the same
KEPT = {
    "billing_transfer": ("UPDATE, DELETE", ""),
    "billing_account": ("UPDATE, DELETE", "balance, sequence"),
    "marketplace_auditentry": ("UPDATE, DELETE", "address, before, after"),  # of who left; a trigger sees to it
    "django_migrations": ("INSERT, UPDATE, DELETE", ""),
}
MAINTAIN_SINCE = 170000  # from this version of PostgreSQL on, tables can be analysed by others than their owner


@transaction.atomic
def give_rights(*, role: str, password: str = "") -> None:
    """Make the role unless it is there, and give it its rights, on tables made since too; for the owner of the tables.

    Safe to run again. A server too old to let others analyse tables makes the role a member of the owner instead: the
    program would grow slow on stale statistics, and triggers guard the books there as well.
    """
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            _run(cursor, sql.SQL("CREATE ROLE {} LOGIN").format(name))
        if password:
            _run(cursor, sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
        cursor.execute("SELECT current_setting('server_version_num')::int, current_user")
        version, owner = cursor.fetchone()
        if version < MAINTAIN_SINCE:
            _run(cursor, sql.SQL("GRANT {} TO {}").format(sql.Identifier(owner), name))
            return
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {}",
        ):
            _run(cursor, sql.SQL(statement).format(name))
        for table, (refused, columns) in KEPT.items():
            _run(cursor, sql.SQL(f"REVOKE {refused} ON {table} FROM {{}}").format(name))
            if columns:
                _run(cursor, sql.SQL(f"GRANT UPDATE ({columns}) ON {table} TO {{}}").format(name))


def is_there(*, role: str) -> bool:
    """Whether the role exists and has rights here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(rolname, 'billing_transfer', 'INSERT') FROM pg_roles WHERE rolname = %s", [role]
        )
        row = cursor.fetchone()
        return bool(row and row[0])


def _run(cursor: object, statement: sql.Composed) -> None:
    cursor.execute(statement.as_string(connection.connection))  # type: ignore[attr-defined]
