"""Programs that a measurement drives from outside its own process: the load, the reference, and what they cost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from marketplace.local import processes
from tests.bench import machine
from tests.bench.ground import Ground

USERS = 8
OVERLAP = 3
WARM_UP = 20
LONGEST = 1800.0


class Program:
    """One of this folder's programs with its plan; ended with the block."""

    def __init__(self, name: str, plan: dict[str, Any]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{name}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=processes.dies_with_parent(signal.SIGKILL),
        )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(plan))
        self.process.stdin.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_fault: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_begun(self) -> None:
        """Return once it says that it is warm."""
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "begun":
            raise RuntimeError(f"{self.name} did not begin")

    @property
    def over(self) -> bool:
        """Whether it has ended. Only for programs that print little: a full pipe would hold them."""
        return self.process.poll() is not None

    def result(self) -> dict[str, Any]:
        """What it found, once it is done."""
        assert self.process.stdout is not None
        said = self.process.stdout.read()
        if self.process.wait(LONGEST) != 0:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
        found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
        return found


def load_plan(ground: Ground, *, job: str, users: Sequence[tuple[int, str]], seed: int, **more: Any) -> dict[str, Any]:
    """What the load is to do: by default each user on a thread of their own, some warm loops first. `more`:

    `loops` in all, `seconds`, `target` (submissions), `rate` (loops a second, paced), `patience` (seconds to send again
    what found no server), `linger` (seconds between questions when nothing is left), `vanish` (users, after), `keep`
    (tell every hand-out), `bucket` (seconds), `threads`, `ahead` (whether to ask for the one after the next too).
    """
    usual = {"threads": len(users), "warm_up": WARM_UP, "overlap": OVERLAP}
    return usual | {"port": ground.port, "job": job, "users": list(users), "seed": seed} | more


def load(plan: dict[str, Any]) -> dict[str, Any]:
    """One run of the load."""
    with Program("load", plan) as program:
        program.wait_begun()
        return program.result()


def reference(ground: Ground, *, loops: int, tasks: int, seed: int) -> dict[str, float]:
    """Loops a second of the frozen reference right now, and the CPU milliseconds of one (client and PostgreSQL)."""
    plan = {
        "address": ground.address,
        "threads": USERS,
        "loops": loops,
        "tasks": tasks,
        "overlap": OVERLAP,
        "seed": seed,
    }
    with Program("reference", plan) as program:
        program.wait_begun()
        before = machine.cpu_of(ground.pid("postgres"))
        found = program.result()
    spent = found["cpu_s"] + machine.cpu_of(ground.pid("postgres")) - before
    return {"loops_per_s": found["loops_per_s"], "cpu_ms": round(1000 * spent / found["loops"], 3)}


@contextmanager
def costs(ground: Ground) -> Iterator[dict[str, float]]:
    """Fills in the CPU seconds that each service, and everybody else on the machine, spent during the block."""
    found: dict[str, float] = {}
    names = [name for name in ("web", "postgres", "worker", "redis") if ground.running.alive(name)]
    before = {name: machine.cpu_of(ground.pid(name)) for name in names}
    busy = machine.busy()
    yield found
    for name in names:
        found[name] = machine.cpu_of(ground.pid(name)) - before[name]
    found["machine"] = machine.busy() - busy


def cpu_ms_per_loop(spent: dict[str, float], *, client_s: float, loops: int, warm_up: int = 0) -> dict[str, float]:
    """CPU milliseconds a loop of client, web server, PostgreSQL, worker. The services worked for the warm-up too."""
    split = {"client": client_s / max(1, loops)}
    split |= {name: spent[name] / max(1, loops + warm_up) for name in ("web", "postgres", "worker") if name in spent}
    return {name: round(1000 * seconds, 3) for name, seconds in split.items()}
