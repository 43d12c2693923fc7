"""Which server the demo talks to: the one that `manage.py up` runs, or one started for the run and stopped after it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from marketplace.local import environment, processes

READY = "Tally is at"
START_SECONDS = 600.0  # a first start on a slow machine makes the database and the demo world
STOP_SECONDS = 60.0

Say = Callable[[str], None]


class NoServer(RuntimeError):
    """No server could be reached or started; the message says why."""


def running_url(*, folder: Path, site_url: str) -> str | None:
    """The address of the installation in `folder` when an `up` holds it and its server answers, else None."""
    return site_url if _held(folder / "lock") and answers(url=site_url) else None


def answers(*, url: str) -> bool:
    """True when a Tally answers at this address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/api/v1/wallet/", timeout=5):
            return True
    except urllib.error.HTTPError as answer:
        # Without a key Tally's API refuses with a problem document; another program's 404 page is something else.
        return answer.headers.get_content_type() == "application/problem+json"
    except (OSError, ValueError):
        return False


@contextmanager
def started(*, say: Say) -> Iterator[dict[str, str]]:
    """Run `manage.py up` for as long as the block lasts; gives the environment in which its services are reached."""
    command = [sys.executable, str(environment.PROJECT / "manage.py"), "up"]
    env = _as_called(os.environ, environment.JOINED)
    with tempfile.TemporaryFile() as words:
        # A session of its own: Ctrl-C reaches the demo alone, which then stops the services in order.
        up = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.dies_with_parent(signal.SIGTERM),
        )
        try:
            _wait_ready(up, words, say)
            yield _addresses(os.environ)
        finally:
            up.send_signal(signal.SIGTERM)
            try:
                up.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                up.kill()
                up.wait()


def run_again(*, argv: Sequence[str], url: str, env: Mapping[str, str]) -> int:
    """Run this command once more with the started services' addresses: settings are read only once a process."""
    command = [sys.executable, str(environment.PROJECT / "manage.py"), *argv, "--url", url]
    return subprocess.run(command, env=dict(env), check=False).returncode  # noqa: S603 - our own command


def _wait_ready(up: subprocess.Popen[bytes], words: IO[bytes], say: Say) -> None:
    """Pass on what `up` says until it is ready. Raises NoServer with its last words when it ends or takes too long."""
    end = time.monotonic() + START_SECONDS
    said: list[str] = []
    ended = False
    while not ended and time.monotonic() < end:
        ended = up.poll() is not None
        # Its own descriptor shares the position with the child's: read by position instead.
        text = os.pread(words.fileno(), 1_000_000, 0).decode(errors="replace")
        whole = text.splitlines() if text.endswith("\n") or ended else text.splitlines()[:-1]
        for line in whole[len(said) :]:
            if READY in line:
                return
            if line.strip():
                say(f"  {line}")
        said = whole
        time.sleep(0.1)
    raise NoServer("The services did not start:\n" + "\n".join(said[-15:]))


def _as_called(environ: Mapping[str, str], joined: Collection[str]) -> dict[str, str]:
    """The environment as the person has it: without the addresses of the last `up`, whose services are gone."""
    return {name: value for name, value in environ.items() if name not in joined}


def _addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the addresses that `up` wrote down."""
    kept = json.loads((environment.local_folder(environ) / environment.FILE).read_text())
    return {**environ, **kept}


def _held(lock: Path) -> bool:
    """True when another process holds this lock file."""
    try:
        with lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
