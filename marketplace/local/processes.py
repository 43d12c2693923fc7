"""What runs on this machine, and how to end it: read from /proc where there is one, else from `ps`.

A zombie does not count as running: it holds nothing and only waits to be reaped.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Process:
    """One running process: its id, its group's id, a mark of when it began, and its command line."""

    pid: int
    group: int
    began: str
    command: str


def running() -> dict[int, Process]:
    """Every process that runs now, by id; zombies left out."""
    if Path("/proc/self/stat").exists():
        found = [read_proc(pid=int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return {process.pid: process for process in found if process}
    listed = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,pgid=,stat=,lstart=,command="], capture_output=True, text=True, check=True
    )
    return parse_ps(listed.stdout)


def read_proc(*, pid: int) -> Process | None:
    """One process out of /proc; None when it is gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # The name in parentheses may itself hold blanks and parentheses: the fields begin after the last one.
    state, _parent, group, *rest = stat[stat.rindex(")") + 2 :].split()
    if state in "ZX":
        return None
    return Process(pid, int(group), rest[16], command.replace(b"\0", b" ").decode(errors="replace").strip())


def parse_ps(text: str) -> dict[int, Process]:
    """The processes in the output of `ps -o pid=,pgid=,stat=,lstart=,command=` (lstart is five words)."""
    found = {}
    for line in text.splitlines():
        pid, group, state, *rest = line.split(None, 8)
        if not state.startswith("Z") and len(rest) == 6:
            found[int(pid)] = Process(int(pid), int(group), " ".join(rest[:5]), rest[5])
    return found


def stop(*, groups: Iterable[int], first: int = signal.SIGTERM, patience: float = 10.0) -> None:
    """End whole process groups: `first` to each, after `patience` seconds SIGKILL to what is left."""
    wanted = set(groups)
    for sign, seconds in ((first, patience), (signal.SIGKILL, 5.0)):
        for group in living(wanted):
            send(group=group, sign=sign)
        if wait_until(lambda: not living(wanted), seconds=seconds):
            return


def living(groups: set[int]) -> set[int]:
    """Those of `groups` that still have a member."""
    return {process.group for process in running().values() if process.group in groups}


def send(*, group: int, sign: int) -> None:
    """A signal to a process group; one that has just ended is no error."""
    try:
        os.killpg(group, sign)
    except (ProcessLookupError, PermissionError):
        return


def wait_until(true: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Ask until it is so or the seconds are over; tells which."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def dies_with_parent(sign: int) -> Callable[[], None]:
    """For `preexec_fn`: on Linux the child gets `sign` when its parent is gone, even by kill -9; elsewhere nothing.

    Python runs it after changing the user, which would clear the setting."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:
            os.kill(os.getpid(), sign)

    return ask
