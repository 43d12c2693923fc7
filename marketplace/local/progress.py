"""The steps of a start, shown while they happen: a bar on a terminal, plain lines elsewhere."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Terminal(Console):
    """A console that falls silent when nobody reads it any more; rich's own would end the program."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


class Progress:
    """Announces steps and how long each took. A terminal that went away is no reason to fail."""

    def __init__(self, *, console: Console, began: float | None = None) -> None:
        self.console = console
        self.began = time.monotonic() if began is None else began
        self.bar: Bar | None = None

    @property
    def seconds(self) -> float:
        """Seconds since this began."""
        return time.monotonic() - self.began

    def say(self, line: str) -> None:
        """One line, its words as they are."""
        self.show(escape(line))

    def show(self, markup: str) -> None:
        """One line with rich's markup."""
        with contextlib.suppress(OSError):
            self.console.print(markup, highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def steps(self, *, total: int, title: str) -> Iterator[None]:
        """Draw a bar over `total` steps, on a terminal alone."""
        if not self.console.is_terminal:
            yield
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Bar(*columns, console=self.console, transient=True) as self.bar:
            self.bar.add_task(title, total=total)
            yield
        self.bar = None

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A step: named while it runs, told with its seconds once it is done."""
        began = time.monotonic()
        if self.bar:
            self.bar.update(self.bar.task_ids[0], description=escape(what))
        yield
        took = time.monotonic() - began
        if self.bar:
            self.bar.advance(self.bar.task_ids[0])
            self.show(f"[green]✓[/] {escape(what)} [dim]{took:.1f} s[/]")
        else:
            self.say(f"{what}: {took:.1f} s")
