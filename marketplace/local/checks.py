"""The checks `manage.py test` runs, each a program of its own, and the summary at the end."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

# A closing line of pytest: "=== 12 passed in 3.21s ===", with or without colours.
CLOSING = re.compile(rb"^=+ .*\bin [\d.]+s\b.* =+$")
COUNT = re.compile(r"(\d+) ([a-z]+)(?=,| in )")
SECONDS = re.compile(r" in ([\d.]+)s\b")
ONES = ("error", "warning")  # pytest counts several of them with an s
COLOUR = re.compile(rb"\x1b\[[\d;]*m")
# Settings of the caller's that would change what is tested.
STEERING = ("DEBUG", "DEMO", "SITE_URL", "ALLOWED_HOSTS", "BILLING_GATEWAY", "STRIPE_API_BASE", "STRIPE_API_KEY")
PRODUCTION = {
    "SITE_URL": "https://tally.example",
    "ALLOWED_HOSTS": "tally.example",
    "BILLING_GATEWAY": "stripe",
    "STRIPE_API_KEY": "sk_live_checked",
    "STRIPE_WEBHOOK_SECRET": "whsec_checked",
}


@dataclass(frozen=True)
class Check:
    """One program of the test run; one without a command only says why it did not run."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    pytest: bool = False  # a run of pytest, whose closing line counts


@dataclass(frozen=True)
class Result:
    """How a check ended: its exit code (None: it did not run), its seconds, and pytest's closing line if it had one."""

    name: str
    code: int | None
    seconds: float
    note: str = ""
    closing: str = ""


def plan(*, python: str, manage: str, node: str | None, scripts: Sequence[str], lanes: int = 1) -> list[list[Check]]:
    """Every check, in lanes that run side by side: the quick ones that find most come first, and pytest is in each."""
    django = (python, manage)
    quick = [
        Check("ruff check", (python, "-m", "ruff", "check")),
        Check("ruff format", (python, "-m", "ruff", "format", "--check")),
        Check("mypy", (python, "-m", "mypy")),
        Check("migrations", (*django, "makemigrations", "--check", "--dry-run")),
        Check("check --deploy", (*django, "check", "--deploy", "--fail-level", "WARNING"), env=PRODUCTION),
        node_tests(node=node, scripts=scripts),
    ]
    if lanes == 1:
        return [[*quick, pytest_alone(python=python)]]
    shares = [pytest_share(python=python, number=number, of=lanes) for number in range(1, lanes + 1)]
    return [[*quick, shares[0]], *([share] for share in shares[1:])]


def pytest_alone(*, python: str, arguments: Sequence[str] = ()) -> Check:
    """pytest, with colours where somebody looks."""
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    return Check("pytest", (python, "-m", "pytest", *colour, *arguments), pytest=True)


def pytest_share(*, python: str, number: int, of: int) -> Check:
    """One of several runs of pytest that share the tests; how far all of them are, none of them knows."""
    alone = pytest_alone(python=python, arguments=("-p", "tests.sharing", "-o", "console_output_style=classic"))
    return replace(alone, name=f"pytest {number}/{of}")


def node_tests(*, node: str | None, scripts: Sequence[str]) -> Check:
    """The tests of the browser's modules, which need Node."""
    if not scripts:
        return Check("node --test", (), note="no tests in tests/js")
    if not node:
        return Check("node --test", (), note=f"Node is not on this machine: {len(scripts)} files of tests/js NOT RUN")
    return Check("node --test", (node, "--test", "--test-reporter=spec", *scripts))


def script_tests(root: Path) -> list[str]:
    """The test files of tests/js, by path from the project's folder."""
    found = [path for ending in ("js", "mjs") for path in (root / "tests" / "js").rglob(f"*test*.{ending}")]
    return sorted(path.relative_to(root).as_posix() for path in found)


def environment(*, environ: Mapping[str, str], services: Mapping[str, str]) -> dict[str, str]:
    """What every check runs in: the caller's environment without what would steer the tests, and the services."""
    kept = {name: value for name, value in environ.items() if name not in STEERING}
    return kept | dict(services)


def closing_line(said: bytes) -> str:
    """The last closing line of pytest in what a program said, without colours."""
    plain = (COLOUR.sub(b"", line).strip() for line in said.split(b"\n"))
    return next((line.decode(errors="replace") for line in reversed(list(plain)) if CLOSING.match(line)), "")


def summary(results: Iterable[Result]) -> list[str]:
    """One line a check, and pytest's closing line last: what its runs counted, taken together."""
    lines, closings = [], []
    for result in results:
        word = "-" if result.code is None else "ok" if result.code == 0 else f"FAILED ({result.code})"
        lines.append(f"  {result.name:<16}{result.seconds:>7.1f} s  {word}{'  ' + result.note if result.note else ''}")
        closings += [result.closing] if result.closing else []
    return [*lines, together(closings)] if closings else lines


def together(closings: Sequence[str]) -> str:
    """The closing line of runs of pytest that shared the tests; the time is that of the longest."""
    if len(closings) == 1:
        return closings[0]
    counts: Counter[str] = Counter()
    for number, word in (found for line in closings for found in COUNT.findall(line)):
        counts[word.removesuffix("s") if word.removesuffix("s") in ONES else word] += int(number)
    seconds = max(float(found) for line in closings for found in SECONDS.findall(line))
    words = [f"{number} {word}{'s' * (word in ONES and number > 1)}" for word, number in counts.items()]
    return f"==== {', '.join(words)} in {seconds:.2f}s ===="


def failed(results: Iterable[Result]) -> bool:
    """True when any check that ran did not end well."""
    return any(result.code for result in results)
