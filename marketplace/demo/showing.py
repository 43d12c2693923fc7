"""How a long command shows that it is getting on: a bar on a terminal, plain lines elsewhere. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from marketplace.demo import report

LINES_A_STEP = 5  # plain progress lines of one step, at most


@dataclass
class Shown:
    """One step's progress."""

    shows: Shows
    name: str
    total: int
    done: int = 0
    _told: int = 0

    def advance(self) -> bool:
        """One more; always true, so that it can stand in a condition."""
        self.at(self.done + 1, self.total)
        return True

    def at(self, done: int, total: int) -> None:
        """So many of so many."""
        self.done, self.total = done, total
        if self.shows.bar is not None:
            self.shows.bar.update(self.shows.bar.task_ids[-1], completed=done, total=total or None)
        elif total and done * LINES_A_STEP // total > self._told and done < total:
            self._told = done * LINES_A_STEP // total
            self.shows.say(f"  {self.name}: {done:,} of {total:,}")


class Shows:
    """Shows steps on a console."""

    def __init__(self, *, console: Console) -> None:
        self.console = console
        self.bar: Progress | None = None

    def say(self, line: str) -> None:
        """One line, its words as they are."""
        self.console.print(escape(line), highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str, *, total: int = 0) -> Iterator[Shown]:
        """A step: shown while it runs, told with its seconds when it is done."""
        began = time.monotonic()
        shown = Shown(self, name, total)
        if self.console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True) as self.bar:
                self.bar.add_task(name, total=total or None)
                yield shown
            self.bar = None
        else:
            yield shown
        self.say(f"{name}: {time.monotonic() - began:.1f} s")


def print_tables(*, found: Mapping[str, Any], console: Console) -> None:
    """The tables of a run: boxes and colours on a terminal, aligned plain text elsewhere."""
    if console.is_terminal:
        table = Table(title="The crowd")
        for heading in report.HEADINGS:
            table.add_column(heading, justify="left" if heading in ("Worker", "Kind") else "right")
        for cells in report.worker_cells(found=found):
            table.add_row(*cells)
        console.print(table)
        sums = Table(title="The job", show_header=False)
        sums.add_column(style="dim")
        sums.add_column(justify="right", style="bold")
        for name, value in report.lines(found=found):
            sums.add_row(name, value)
        console.print(sums)
    else:
        for line in aligned(rows=[report.HEADINGS, *report.worker_cells(found=found)], left=2):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print()
        for line in aligned(rows=report.lines(found=found), left=2):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    for fault in found["audit"]:
        console.print(f"  fault: {fault}", markup=False, highlight=False, soft_wrap=True)


def aligned(*, rows: list[tuple[str, ...]] | list[Any], left: int) -> list[str]:
    """Rows of cells as lines of plain text; the first `left` columns to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
