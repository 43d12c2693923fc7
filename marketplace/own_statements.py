"""A person's statement for some days: sums, days, lines, and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from billing import statements
from billing.statements import Day, Statement
from billing.wallets import Line, earnings_of, wallet_of
from marketplace.models import User
from marketplace.movements import Movement, explained
from marketplace.reports.period import Period
from marketplace.reports.sheets import amount_cell, sheet_lines

COLUMNS = ("when_utc", "what", "about", "reference", "amount", "balance")


class Lines:
    """A statement's lines with what each is about, the first first; read from the database slice by slice."""

    def __init__(self, sums: Statement) -> None:
        self._sums = sums

    def __len__(self) -> int:
        return self._sums.count

    def __getitem__(self, wanted: slice) -> list[Movement[Line]]:
        start, stop, _ = wanted.indices(len(self))
        return explained(lines=statements.lines(statement=self._sums, offset=start, limit=stop - start))


@dataclass(frozen=True)
class OwnStatement:
    """A statement for whole days (UTC), and the days on which something moved."""

    period: Period
    sums: Statement
    days: Sequence[Day]

    @property
    def lines(self) -> Lines:
        """All lines, read as far as they are looked at."""
        return Lines(self.sums)

    def as_sheet(self) -> Iterator[str]:
        """The whole statement as CSV, line by line: opening balance, every movement, closing balance."""
        return sheet_lines(columns=COLUMNS, rows=self._rows())

    def _rows(self) -> Iterator[Sequence[object]]:
        period, sums = self.period, self.sums
        yield (period.first.isoformat(), "Opening balance", "", "", "", amount_cell(sums.opening))
        for chunk in statements.all_lines(statement=sums):
            for one in explained(lines=chunk):
                line, at = one.line, one.line.at.strftime("%Y-%m-%d %H:%M")
                money = (amount_cell(line.amount), amount_cell(line.balance))
                yield (at, one.words, one.about, one.reference, *money)
        yield (period.last.isoformat(), "Closing balance", "", "", "", amount_cell(sums.closing))


def of_wallet(*, owner: User, period: Period) -> OwnStatement:
    """The statement of a requester's wallet."""
    sums = statements.statement_of(account=wallet_of(owner=owner), since=period.start, until=period.end)
    return OwnStatement(period, sums, statements.days(statement=sums))


def of_earnings(*, worker: User, period: Period) -> OwnStatement:
    """The statement of a worker's balance."""
    sums = statements.statement_of(account=earnings_of(worker=worker), since=period.start, until=period.end)
    return OwnStatement(period, sums, statements.days(statement=sums))
