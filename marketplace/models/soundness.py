"""What a row of the hand-out's tables must keep to, each table's rules in one CHECK.

PostgreSQL reads the CHECKs of a table anew, from their text, in every statement that writes to it: for the tables that
an answer touches, with a CHECK a rule, that was a tenth of all the time of an answer. A function is read once a
connection, so one short CHECK calls it; what it raises names the rule as a CHECK of its own would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import BooleanField, CheckConstraint, Func


@dataclass(frozen=True)
class Soundness:
    """The rules of one table: the columns they speak of, with their types, and each rule's condition by its name.

    Migrations make the function and the CHECK; who changes a rule writes one that runs `make` again and lets the CHECK
    be made anew, else the rows there are keep to the former rules only.
    """

    table: str
    columns: Mapping[str, str]
    rules: Mapping[str, str]

    @property
    def function(self) -> str:
        """The name of the function that the CHECK calls."""
        return f"{self.table}_is_sound"

    @property
    def make(self) -> str:
        """SQL that makes the function, or replaces it."""
        parameters = ", ".join(f"{column} {kind}" for column, kind in self.columns.items())
        broken = "\n        ".join(f"WHEN ({rule}) IS NOT TRUE THEN '{name}'" for name, rule in self.rules.items())
        return f"""
    CREATE OR REPLACE FUNCTION {self.function}({parameters}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
    DECLARE
        broken text := CASE
        {broken} END;
    BEGIN
        IF broken IS NULL THEN
            RETURN true;
        END IF;
        RAISE EXCEPTION 'a row of {self.table} breaks the rule "%"', broken
            USING ERRCODE = 'check_violation', TABLE = '{self.table}', CONSTRAINT = broken;
    END $$;
    """

    @property
    def drop(self) -> str:
        """SQL that undoes `make`."""
        return f"DROP FUNCTION IF EXISTS {self.function}({', '.join(self.columns.values())})"

    def check(self, *, name: str, fields: Iterable[str]) -> CheckConstraint:
        """The CHECK for the model whose `fields` are the columns, in the same order."""
        return CheckConstraint(condition=Func(*fields, function=self.function, output_field=BooleanField()), name=name)


def one_of(values: Iterable[str]) -> str:
    """SQL's list of these words, which are our own."""
    return f"({', '.join(repr(str(value)) for value in values)})"
