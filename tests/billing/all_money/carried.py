"""The audit for tens of thousands of steps: all of its rules, on sums that go on from where they last were."""

import psycopg
from django.db import connection

from billing import reconcile

_TABLES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS carried AS {sums} WITH NO DATA;
    CREATE TEMPORARY TABLE IF NOT EXISTS carried_to (last bigint)
"""
_CARRY = """
    TRUNCATE carried, carried_to;
    INSERT INTO carried {sums};
    INSERT INTO carried_to SELECT coalesce(max(id), 0) FROM billing_transfer;
    ANALYZE carried
"""
# So that the plan is one for the tables as they are.
_READ = "ANALYZE billing_account, billing_transfer, billing_payout, billing_refund, billing_deposit, billing_dispute"
# Numbers that came since are counted only if they are larger than those before: one given twice is missing then.
_SUMS = """
    SELECT account, coalesce(c.sum, 0) + coalesce(t.sum, 0) AS sum,
        coalesce(c.entries, 0) + coalesce(t.entries, 0) AS entries,
        coalesce(c.different, 0) + CASE WHEN t.low > coalesce(c.high, 0) THEN t.different ELSE 0 END AS different,
        least(c.low, t.low) AS low, greatest(c.high, t.high) AS high,
        least(c.said, t.said) AS said, greatest(c.also_said, t.also_said) AS also_said
    FROM carried c FULL JOIN ({tail}) AS t USING (account)
"""
_TAIL = "(SELECT * FROM billing_transfer WHERE id > (SELECT last FROM carried_to)) AS late"


class Carried:
    """What all transfers summed to at some time; none of them can change, which is what makes this the same audit."""

    def __init__(self):
        self.query = reconcile.query(sums=_SUMS.format(tail=reconcile.summed(of=_TAIL)))

    def carry(self):
        """Sum up everything there is."""
        with connection.cursor() as cursor:
            cursor.execute(_TABLES.format(sums=reconcile.summed()))
            cursor.execute(_CARRY.format(sums=reconcile.summed()))
            cursor.execute(_READ)

    def audit(self):
        """As `reconcile.audit`, planned once: by psycopg's own cursor, for Django's never prepares."""
        with psycopg.Cursor(connection.connection) as cursor:
            return [row[0] for row in cursor.execute(self.query, prepare=True)]
