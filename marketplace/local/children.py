"""The services as children of one parent: started, watched, started again when they die, stopped together."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.local import pidfiles, processes
from marketplace.local.folders import SELF, Folders, Owner, groups

LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
LARGEST_LOG = 5_000_000


@dataclass(frozen=True)
class Service:
    """How one service is run: its name, command line, user, environment, and the signal that ends it cleanly."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    owner: Owner = SELF
    end_signal: int = signal.SIGTERM
    patience: float = 10.0
    folder: Path = Path("/")


@dataclass
class Child:
    """One running service and how often it died lately."""

    service: Service
    process: "subprocess.Popen[bytes]"
    began: float
    deaths: int = 0
    again_at: float | None = None


@dataclass
class Children:
    """All services of one parent. For one thread alone: on Linux a child ends with the thread that made it."""

    folders: Folders
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    running: dict[str, Child] = field(default_factory=dict)
    ending: dict[str, Child] = field(default_factory=dict)

    def start(self, service: Service) -> None:
        """Start a service; its words go to its log."""
        log = self.folders.log(service.name)
        keep_small(log)
        with log.open("ab") as words:
            process = subprocess.Popen(
                list(service.command),
                env=dict(service.env),
                cwd=service.folder,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                user=service.owner.uid,
                group=service.owner.gid,
                extra_groups=groups(service.owner),
                start_new_session=True,
                preexec_fn=processes.dies_with_parent(service.end_signal),
            )
        before = self.running.get(service.name)
        self.running[service.name] = Child(service, process, self.clock(), before.deaths if before else 0)
        pidfiles.write(folder=self.folders.pids, service=service.name, pid=process.pid, program=service.command[0])

    def alive(self, name: str) -> bool:
        """True while the service's process runs."""
        child = self.running.get(name)
        return child is not None and child.process.poll() is None

    def look_after(self) -> None:
        """One round: report each service that died, and start it again after a pause that doubles with each death."""
        for child in list(self.running.values()):
            code = child.process.poll()
            if code is None:
                continue
            if child.again_at is None:
                self.mourn(child, code)
            elif self.clock() >= child.again_at:
                self.say(f"Starting {child.service.name} again.")
                self.start(child.service)

    def mourn(self, child: Child, code: int) -> None:
        """Say which service died and its last words; plan the next start."""
        name = child.service.name
        child.deaths = 1 if self.clock() - child.began > HEALTHY_AFTER else child.deaths + 1
        pause = pause_after(deaths=child.deaths)
        child.again_at = self.clock() + pause
        # What a killed service leaves behind (its own children) would hold its port.
        processes.stop(groups=[child.process.pid], patience=1.0)
        log = self.folders.log(name)
        words = "".join(f"    {line}\n" for line in last_lines(log))
        self.say(
            f"{name} {how_it_ended(code)}; starting it again in {pause:g} s. Last lines of {log}:\n{words}".rstrip()
        )

    def stop(self, *names: str) -> None:
        """End the named services, or all: each by its own signal, and by SIGKILL when its patience is over."""
        self.ending = {name: self.running.pop(name) for name in names or tuple(self.running) if name in self.running}
        for child in self.ending.values():
            processes.send(group=child.process.pid, sign=child.service.end_signal)
        for child in self.ending.values():
            try:
                child.process.wait(child.service.patience)
            except subprocess.TimeoutExpired:
                self.say(f"{child.service.name} did not stop within {child.service.patience:g} s and was killed.")
            processes.stop(groups=[child.process.pid], first=signal.SIGKILL)
            child.process.wait()
            pidfiles.forget(folder=self.folders.pids, service=child.service.name)


def stop_orphans(folder: Path) -> list[str]:
    """End what an earlier start left running, by its pid files; returns the services' names."""
    left = pidfiles.orphans(folder)
    processes.stop(groups=[record.pid for record in left], patience=5.0)
    for record in pidfiles.read(folder):
        pidfiles.forget(folder=folder, service=record.service)
    return [record.service for record in left]


def pause_after(*, deaths: int) -> float:
    """Seconds to wait before the next start: 0.5, 1, 2, … up to 30."""
    return min(0.5 * 2.0 ** (max(deaths, 1) - 1), LONGEST_PAUSE)


def how_it_ended(code: int) -> str:
    """A return code of `subprocess` in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def last_lines(log: Path, *, lines: int = 10, longest: int = 20_000) -> list[str]:
    """The last lines of a log, without reading more than its end."""
    try:
        with log.open("rb") as words:
            words.seek(max(0, os.fstat(words.fileno()).st_size - longest))
            return words.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def keep_small(log: Path) -> None:
    """Before a start: a log grown large becomes the one old log that is kept."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
