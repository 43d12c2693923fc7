"""What PostgreSQL guards beyond constraints: rows that are never changed, and the hand-out's turns."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q


def among(field: str, values: Iterable[str]) -> Q:
    """The condition that `field` is one of `values`, for CHECKs of tables that change often.

    A pattern, not a list: PostgreSQL reads the CHECKs of a table anew in every statement that writes to it, and a list
    value by value; the lists of the hand-out took a tenth of its time.
    """
    return Q(**{f"{field}__regex": f"^({'|'.join(values)})$"})


PLACE_POSITION = "CREATE SEQUENCE marketplace_place_position AS bigint CACHE 1"
DROP_PLACE_POSITION = "DROP SEQUENCE IF EXISTS marketplace_place_position"

# Whether a job hands out work, asked inside the statement that takes a place. Pausing and closing hold the same lock
# alone: they wait for the claims under way, and those that come later wait for them. VOLATILE on purpose: only then
# does the question see what was committed since the statement began.
JOB_IS_OPEN = """
    CREATE FUNCTION marketplace_job_is_open(wanted bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(marketplace_lock(1, wanted));
        RETURN coalesce((SELECT j.state = 'open' FROM marketplace_job j WHERE j.id = wanted), false);
    END $$;
"""
DROP_JOB_IS_OPEN = "DROP FUNCTION IF EXISTS marketplace_job_is_open(bigint)"

# The number of an advisory lock: what it is for (see marketplace.locks), and of which job.
LOCK = """
    CREATE FUNCTION marketplace_lock(purpose integer, job bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT (purpose::bigint << 56) + job $$;
"""
DROP_LOCK = "DROP FUNCTION IF EXISTS marketplace_lock(integer, bigint)"

# Rows that change several times in their short life: swept early and at full speed, so that the indexes through which
# claims go stay short.
HOT_TABLES = ("marketplace_place", "marketplace_assignment", "marketplace_task", "marketplace_enrolment")
SWEPT_EARLY = "".join(
    f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, "
    "autovacuum_vacuum_cost_delay = 0);"
    for table in HOT_TABLES
)
SWEPT_AS_USUAL = "".join(
    f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, "
    "autovacuum_vacuum_cost_delay);"
    for table in HOT_TABLES
)


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
