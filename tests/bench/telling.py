"""What a measurement promises, and how its figures are shown beside the promises. Pure but for the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

Figure = float | Sequence[float]


@dataclass(frozen=True)
class Goal:
    """One figure with its bound, or several that belong together, in words for the table."""

    key: str
    words: str
    least: Figure | None = None
    most: Figure | None = None
    must: bool = False  # a fault when missed, on any machine and however loaded it is

    def kept(self, value: Figure) -> bool:
        """Whether the figure is within its bound; of several together, each within its own."""
        values = _several(value)
        above = self.least is None or all(a >= b for a, b in zip(values, _several(self.least), strict=True))
        return above and (self.most is None or all(a <= b for a, b in zip(values, _several(self.most), strict=True)))

    @property
    def bound(self) -> str:
        """For the table."""
        if self.least is not None:
            return f"≥ {' / '.join(f'{one:g}' for one in _several(self.least))}"
        return "" if self.most is None else f"≤ {' / '.join(f'{one:g}' for one in _several(self.most))}"


def _several(value: Figure) -> Sequence[float]:
    return value if isinstance(value, Sequence) else [value]


GOALS = (
    Goal("loops_per_s", "loops a second over HTTP, 8 users"),
    Goal("raw_loops_per_s", "the frozen reference, raw psycopg, 8 threads"),
    Goal("ratio_to_raw", "loops in units of the reference", least=0.5),
    Goal("cpu_ratio_to_raw", "CPU of a loop of the reference ÷ CPU of one over HTTP"),
    Goal("loops_per_s_settling", "loops a second with settlement behind"),
    Goal("ratio_to_raw_settling", "the same in units of the reference", least=0.3),
    Goal("settle_backlog_s", "seconds of settling left after the last answer", most=2),
    Goal("errors", "calls that failed", most=0, must=True),
    Goal("double_assignments", "hand-outs that must not be, seen from outside", most=0, must=True),
    Goal("audit_faults", "faults the audit found", most=0, must=True),
    Goal("statements_claim", "SQL statements of a claim", most=3, must=True),
    Goal("statements_submit", "SQL statements of submit + next", most=5, must=True),
    Goal("p95_growth_1m", "p95 of a claim: large job ÷ 10,000 tasks", most=1.1),
    Goal("p95_growth_history", "p95 of a claim: long history ÷ new worker", most=1.1),
    Goal("buffers_growth_1m", "pages a claim touches: large job ÷ 10,000 tasks", most=1.1),
    Goal("buffers_growth_history", "pages a claim touches: long history ÷ new worker", most=1.1),
    Goal("exhausted_poll_ms", "an empty poll after all was answered, ms", most=5),
    Goal("publish_1m_s", "publishing 1,000,000 tasks × 3, s", most=120),
    Goal("publish_peak_mb", "memory it grew by, MB", most=100),
    Goal("steady_errors", "errors at 200 loops a second", most=0, must=True),
    Goal("steady_p99_ms", "p99 at 200 loops a second, ms", most=100),
    Goal("steady_memory_growth", "memory at the end ÷ at the start", most=2),
    Goal("steady_bloat", "tables and indexes ÷ the same rows packed", most=2),
    Goal("snapshot_fall", "share of the rate lost under an old snapshot, 200 workers", most=0.5),
    Goal("snapshot_fall_8_workers", "the same, 8 workers"),
    Goal("snapshot_recovery_s", "seconds until it is back", most=60),
    Goal("vanish_back_s", "seconds until the places of the vanished are back, beyond their lease", most=30),
    Goal("vanish_left", "answers missing when 30 % have vanished", most=0, must=True),
    Goal("faults_lost", "2xx submissions missing after kill -9", most=0, must=True),
    Goal("end_missing", "answers missing at the end, 64 clients, 50 workers", most=0, must=True),
    Goal("end_server_errors", "answers 5xx on the way", most=0, must=True),
    Goal("peer_ratio", "loops in units of Label Studio's", least=50),
)


def judged(found: Mapping[str, Any], *, goals: Sequence[Goal] = GOALS) -> tuple[list[str], list[str]]:
    """The keys of goals missed, and of those among them that are faults. What was not measured is neither."""
    known = [goal for goal in goals if found.get(goal.key) is not None]
    missed = [goal for goal in known if not goal.kept(found[goal.key])]
    return [goal.key for goal in missed], [goal.key for goal in missed if goal.must]


def table(found: Mapping[str, Any], *, goals: Sequence[Goal] = GOALS) -> Table:
    """Figures beside their bounds."""
    shown = Table(title=f"bench {found['bench']}, {found['seconds']:.0f} s, seed {found['seed']}", title_justify="left")
    for column in ("figure", "", "measured", "goal", ""):
        shown.add_column(column, justify="right" if column in ("measured", "goal") else "left")
    for goal in goals:
        value = found.get(goal.key)
        if value is not None:
            mark = "" if not goal.bound else "kept" if goal.kept(value) else "[red]missed[/]"
            figures = " / ".join(f"{one:,}" for one in _several(value))
            shown.add_row(goal.key, goal.words, figures, goal.bound, mark)
    return shown
