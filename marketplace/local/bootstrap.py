"""From bare Python to a complete virtual environment. Standard library only, and loaded by path.

The lock file (hashed requirements) is installed into `.venv`. What is in there is written to a stamp **after** the
installation has ended well, so that an interrupted one never looks complete: a `.venv` that was begun and not stamped
is made anew.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

RUN_LOCK = "requirements.txt"
TEST_LOCK = "requirements-test.txt"
STAMP = "tally-installed.json"
BEGUN = "tally-installing"
ENTERED = "TALLY_BOOTSTRAPPED"
RUN_MODULES = (
    "celery", "psycopg", "redis", "rest_framework", "allauth", "environ", "rich", "stripe", "whitenoise", "pycocotools",
)  # fmt: skip
TEST_MODULES = ("pytest", "pytest_django", "hypothesis", "mypy", "ruff", "playwright", "importlinter")


def ensure(*, root: str, argv: Sequence[str]) -> None:
    """Return when this interpreter can run `argv`; else install what is missing and run it in `.venv` instead.

    Ends the program with a message when that is not possible."""
    folder = Path(root)
    venv = folder / ".venv"
    testing = list(argv[1:2]) == ["test"]
    inside = Path(sys.prefix).resolve() == venv.resolve()
    if inside and must_start_afresh(venv):
        sys.exit(f"{venv} was left half made. Run the same command with the system's python3: it will be made anew.")
    if importlib.util.find_spec("django") and not (inside and read_stamp(venv)):
        refuse_missing(
            lock=folder / (TEST_LOCK if testing else RUN_LOCK), modules=RUN_MODULES + (TEST_MODULES if testing else ())
        )
        return
    with one_at_a_time(folder):
        lock = lock_to_install(
            wanted=TEST_LOCK if testing else RUN_LOCK, stamp=read_stamp(venv), digests=digests(folder)
        )
        if lock:
            install(venv=venv, lock=folder / lock)
    if not inside:
        enter(venv=venv, argv=argv)
    os.environ.pop(ENTERED, None)


def digests(root: Path) -> dict[str, str]:
    """SHA-256 of each lock file, by name."""
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in (RUN_LOCK, TEST_LOCK)}


def lock_to_install(*, wanted: str, stamp: Mapping[str, str], digests: Mapping[str, str]) -> str | None:
    """Name of the lock file that must be installed before `wanted` is satisfied, or None when it is.

    The test lock holds everything the run lock does, so a stamp for it serves both, and where it was installed
    before it is the one that is renewed."""
    tests_known = TEST_LOCK in stamp
    if tests_known and stamp[TEST_LOCK] == digests[TEST_LOCK]:
        return None
    if wanted == RUN_LOCK and not tests_known and stamp.get(RUN_LOCK) == digests[RUN_LOCK]:
        return None
    return TEST_LOCK if tests_known else wanted


def read_stamp(venv: Path) -> dict[str, str]:
    """What was installed completely: lock file name → digest. Empty when nothing was."""
    try:
        found = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and (venv / "bin" / "python").exists() else {}


def must_start_afresh(venv: Path) -> bool:
    """True when `.venv` is missing, was left half made, or its interpreter is gone."""
    return (venv / BEGUN).exists() or not (venv / "bin" / "python").exists()


def install(*, venv: Path, lock: Path) -> None:
    """Make `.venv` complete for `lock`; the stamp is written last."""
    started = time.monotonic()
    say(f"Setting up .venv with {lock.name} (once; about half a minute)")
    try:
        afresh = must_start_afresh(venv)
        if afresh:
            shutil.rmtree(venv, ignore_errors=True)
            make_venv(venv)
        (venv / BEGUN).touch()
        (venv / STAMP).unlink(missing_ok=True)
        run_pip(python=venv / "bin" / "python", lock=lock)
        stamp = {lock.name: hashlib.sha256(lock.read_bytes()).hexdigest()}
        (venv / STAMP).write_text(json.dumps(stamp))
        (venv / BEGUN).unlink()
    except PermissionError as error:
        sys.exit(f"Cannot write {error.filename}: Tally keeps its packages in .venv inside its own folder.")
    except KeyboardInterrupt:
        sys.exit("\nStopped before .venv was complete. Run the same command again to go on.")
    say(f"Set up in {time.monotonic() - started:.0f} s")


def make_venv(venv: Path) -> None:
    """A new virtual environment with pip, or a message saying which package brings it."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"This Python {minor} lacks {' and '.join(missing)}. On Debian and Ubuntu: apt install python{minor}-venv"
        )
    venv.mkdir()
    (venv / BEGUN).touch()
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True, check=False)
    if made.returncode:
        sys.exit(
            f"Could not make .venv with Python {minor}:\n{made.stdout}{made.stderr}\n"
            f"On Debian and Ubuntu: apt install python{minor}-venv"
        )


def run_pip(*, python: Path, lock: Path) -> None:
    """Install the hashed lock file, showing how far it is; ends the program with pip's own words when it fails."""
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-input", "--progress-bar", "off"]
    # Not compiled ahead: Python compiles what it really imports, which is a third of it, when it first does.
    command += ["--disable-pip-version-check", "--no-compile", "--no-deps", "-r", str(lock)]
    pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = watch(lines_of(pip), total=count_packages(lock.read_text()), show=progress_line())
        if sys.stdout.isatty():
            say("")
        if pip.wait():
            sys.exit("\n" + "\n".join(said[-15:]) + f"\n\npip could not install {lock.name}; its last words are above.")
    finally:
        if pip.poll() is None:
            pip.terminate()
            pip.wait()


def count_packages(lock: str) -> int:
    """Number of pinned packages in a hashed requirements file."""
    return len(re.findall(r"(?m)^[A-Za-z0-9][\w.\-\[\]]*==", lock))


def lines_of(process: "subprocess.Popen[bytes]") -> Iterator[str | None]:
    """The lines a process prints; None each half second in which it prints nothing."""
    assert process.stdout is not None
    rest = b""
    with process.stdout as stream:
        while True:
            if not select.select([stream], [], [], 0.5)[0]:
                yield None
                continue
            read = os.read(stream.fileno(), 65536)
            *lines, rest = (rest + read).split(b"\n")
            yield from (line.decode(errors="replace").rstrip() for line in lines)
            if not read:
                return


def watch(lines: Iterator[str | None], *, total: int, show: Callable[[int, int, str], None]) -> list[str]:
    """Tell `show(done, total, what)` how far pip is; returns all it said."""
    said: list[str] = []
    done, what = 0, "starting"
    for line in lines:
        if line is not None:
            said.append(line)
            if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.\-]+)", line):
                done, what = min(done + 1, total), found[1]
            elif line.startswith("Installing collected packages"):
                done, what = total, "unpacking"
        show(done, total, what)
    return said


def progress_line() -> Callable[[int, int, str], None]:
    """A bar that redraws itself on a terminal; elsewhere a plain line for each tenth package and each five seconds."""
    started = time.monotonic()
    shown: list[object] = [None]

    def on_terminal(done: int, total: int, what: str) -> None:
        filled = 24 * done // max(total, 1)
        bar = "━" * filled + "╌" * (24 - filled)
        sys.stdout.write(f"\r\x1b[2K  {bar} {done}/{total} {time.monotonic() - started:3.0f} s  {what[:30]}")
        sys.stdout.flush()

    def on_paper(done: int, total: int, what: str) -> None:
        seconds = time.monotonic() - started
        if (now := (done // 10, seconds // 5)) != shown[0]:
            shown[0] = now
            say(f"  {done} of {total} packages, {seconds:.0f} s: {what}")

    return on_terminal if sys.stdout.isatty() else on_paper


def refuse_missing(*, lock: Path, modules: Sequence[str]) -> None:
    """In an environment that is not ours nothing is installed: end with the command that would."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"This Python has Django but not {', '.join(missing)}; and it is not Tally's own .venv.\n"
            f"Run: {sys.executable} -m pip install -r {lock}"
        )


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Two first starts at once must not write the same `.venv`: the second waits."""
    with (root / "manage.py").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def enter(*, venv: Path, argv: Sequence[str]) -> NoReturn:
    """Run the same command with `.venv`'s interpreter in place of this one."""
    python = str(venv / "bin" / "python")
    if os.environ.get(ENTERED) == str(venv):
        sys.exit(f"{python} cannot import Django although it was installed. Remove {venv} and run this again.")
    os.environ[ENTERED] = str(venv)
    sys.stdout.flush()
    os.execv(python, [python, *argv])


def say(line: str) -> None:
    """One line to the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
