"""The ground of a measurement: PostgreSQL and Redis of its own, web server and worker as `up` starts them."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from marketplace.local import environment, lineup, ports, throwaway
from marketplace.local.children import Children
from marketplace.local.credentials import load_or_make
from marketplace.local.environment import Installation

FIRST_PORTS = range(20_000, 30_000, 2)
"""Drawn by lot: while the web server of one run is dead, another run that looks for a free port would take its own."""
# As on a real site: what was answered with a 2xx must survive a crash, so a commit waits for the disk.
DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}


@dataclass
class Ground:
    """The services of one run."""

    running: Children
    installation: Installation
    env: dict[str, str]

    @property
    def port(self) -> int:
        """Where the web server listens."""
        return self.installation.port

    @property
    def address(self) -> str:
        """The database."""
        return self.env["DATABASE_URL"]

    def pid(self, name: str) -> int:
        """The process of a service that runs."""
        return self.running.running[name].process.pid

    def pids(self, *names: str) -> tuple[int, ...]:
        """The processes of those that run."""
        return tuple(self.pid(name) for name in names if self.running.alive(name))

    def start_web(self) -> None:
        """The web server, answering."""
        from marketplace.local.starting import wait_until_answering  # needs Django's settings

        if not self.running.alive("web"):
            self.running.start(lineup.web_service(installation=self.installation, env=self.env))
            wait_until_answering(children=self.running, name="web", port=self.port)

    def start_worker(self) -> None:
        """The worker, with its clock."""
        if not self.running.alive("worker"):
            self.running.start(lineup.worker_service(installation=self.installation, env=self.env))

    def start_sandbox(self) -> None:
        """The double of the payment provider, answering."""
        from marketplace.local.starting import wait_until_answering

        if not self.running.alive("sandbox"):
            assert self.installation.sandbox_port, "this ground was made without one"
            self.running.start(lineup.sandbox_service(installation=self.installation, env=self.env))
            wait_until_answering(children=self.running, name="sandbox", port=self.installation.sandbox_port)

    def stop(self, *names: str) -> None:
        """End these."""
        self.running.stop(*names)

    def look_after(self, *, seconds: float) -> None:
        """For so long, start again what died, as `up` does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.running.look_after()
            time.sleep(0.05)


@contextlib.contextmanager
def ground(*, say: Callable[[str], None], sandbox: bool = False) -> Iterator[Ground]:
    """PostgreSQL and Redis, and this process's environment set for them: afterwards Django may read its settings.

    With `sandbox` there is a payment provider too, and money moves as in the demo, without second factors.
    Everything is stopped and removed at the end, whatever happened."""
    with throwaway.folder_of_its_own(say=say) as running:
        service = lineup.postgres_service(folders=running.folders, settings=DURABLE)
        throwaway.start_postgres(running=running, service=service)
        throwaway.start_redis(running=running)
        first = random.choice(FIRST_PORTS)
        installation = Installation(
            folders=running.folders,
            credentials=load_or_make(running.folders.root),
            wanted_port=first,
            port=ports.choose(wanted=first),
            sandbox_port=ports.choose(wanted=first + 1) if sandbox else None,
            own_postgres=True,
            own_redis=True,
            stopped=(),
            lock=(running.folders.root / "lock").open(),
            began=time.monotonic(),
        )
        os.environ |= environment.variables(installation, demo=sandbox) | {
            "DJANGO_SETTINGS_MODULE": "marketplace.settings"
        }
        try:
            yield Ground(running, installation, dict(os.environ))
        finally:
            installation.lock.close()
            running.stop("web", "worker", "sandbox")
