"""What PostgreSQL guards beyond constraints: rows that are never changed, and the hand-out's turns."""

from __future__ import annotations

PLACE_POSITION = "CREATE SEQUENCE marketplace_place_position AS bigint CACHE 1"
DROP_PLACE_POSITION = "DROP SEQUENCE IF EXISTS marketplace_place_position"


def immutable(*, table: str, events: str) -> tuple[str, str]:
    """SQL that makes `table` refuse `events` (such as "UPDATE OR DELETE"), and the SQL that undoes it."""
    name = f"{table}_immutable"
    make = f"""
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{table}: % refused, its rows never change', TG_OP USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();
    """
    undo = f"DROP TRIGGER IF EXISTS {name} ON {table}; DROP FUNCTION IF EXISTS {name}();"
    return make, undo
