"""The checks `manage.py test` runs, in order, each a program of its own, and the summary at the end."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# A closing line of pytest: "=== 12 passed in 3.21s ===", with or without colours.
CLOSING = re.compile(rb"^=+ .*\bin [\d.]+s\b.* =+$")
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


@dataclass(frozen=True)
class Result:
    """How a check ended: its exit code (None: it did not run), its seconds, and pytest's closing line if it had one."""

    name: str
    code: int | None
    seconds: float
    note: str = ""
    closing: str = ""


def plan(*, python: str, manage: str, node: str | None, scripts: Sequence[str]) -> list[Check]:
    """Every check in order: the quick ones that find most, first."""
    django = (python, manage)
    return [
        Check("ruff check", (python, "-m", "ruff", "check")),
        Check("ruff format", (python, "-m", "ruff", "format", "--check")),
        Check("mypy", (python, "-m", "mypy")),
        Check("migrations", (*django, "makemigrations", "--check", "--dry-run")),
        Check("check --deploy", (*django, "check", "--deploy", "--fail-level", "WARNING"), env=PRODUCTION),
        pytest_alone(python=python),
        node_tests(node=node, scripts=scripts),
    ]


def pytest_alone(*, python: str, arguments: Sequence[str] = ()) -> Check:
    """pytest, with colours where somebody looks."""
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    return Check("pytest", (python, "-m", "pytest", *colour, *arguments))


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


def run(*, check: Check, env: Mapping[str, str], folder: Path, out: Callable[[bytes], object]) -> Result:
    """Run one check, its words passed on as they come."""
    if not check.command:
        return Result(check.name, None, 0.0, note=check.note)
    began = time.monotonic()
    process = subprocess.Popen(
        check.command,
        cwd=folder,
        env={**env, **check.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        closing = pass_on(process=process, out=out)
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    return Result(check.name, code, time.monotonic() - began, closing=closing if check.name == "pytest" else "")


def pass_on(*, process: "subprocess.Popen[bytes]", out: Callable[[bytes], object]) -> str:
    """Hand on what a program prints, at once; returns the last closing line of pytest that went by."""
    assert process.stdout is not None
    rest, closing = b"", b""
    with process.stdout as stream:
        while read := os.read(stream.fileno(), 65536):
            out(read)
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                plain = COLOUR.sub(b"", line).strip()
                closing = plain if CLOSING.match(plain) else closing
    return closing.decode(errors="replace")


def summary(results: Iterable[Result]) -> list[str]:
    """One line a check, and pytest's own closing line last."""
    lines, closing = [], ""
    for result in results:
        word = "-" if result.code is None else "ok" if result.code == 0 else f"FAILED ({result.code})"
        lines.append(f"  {result.name:<16}{result.seconds:>7.1f} s  {word}{'  ' + result.note if result.note else ''}")
        closing = result.closing or closing
    return [*lines, closing] if closing else lines


def failed(results: Iterable[Result]) -> bool:
    """True when any check that ran did not end well."""
    return any(result.code for result in results)
