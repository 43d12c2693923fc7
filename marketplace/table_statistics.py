"""What PostgreSQL's planner believes about tables that grow fast, renewed before autovacuum comes round.

Plans are made once a connection (`marketplace.statements`, and PostgreSQL's own for foreign keys) and kept until the
statistics of a table are renewed. One that was made while a table was a page long reads the whole table; kept for some
seconds into a job of a million images, it would read a million rows for each claim.
"""

from __future__ import annotations

from django.db import connection

# Shorter tables may be read whole. An empty one is so never analysed, on purpose: plans for what is known to be empty
# are worse than those for what nobody has looked at yet.
PAGES = 8

_OUTGROWN = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
      AND pg_relation_size(c.oid) / current_setting('block_size')::int > 2 * c.relpages + %s
    ORDER BY 1
"""


def renew_outgrown() -> list[str]:
    """Analyse the tables that are more than twice as long as when they were last looked at; returns their names.

    That ends the plans made for them until now. Costs a table at most half a second, each time it has doubled.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OUTGROWN, [PAGES])
        outgrown = [row[0] for row in cursor.fetchall()]
        if outgrown:
            # Whoever is at it already does the same; nobody waits for them.
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(outgrown)}")
    return outgrown
