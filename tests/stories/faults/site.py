"""An installation for stories: PostgreSQL, Redis, web server and worker as `up` starts them, in a throwaway folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import psycopg
from django.db import OperationalError, connection, connections
from django.utils import timezone

from annotation import label_sets
from billing import deposits, gateway
from billing.gateway import Clearing
from billing.money import parse_amount
from marketplace import lookahead, tokens
from marketplace.local import environment, lineup, ports, processes, throwaway
from marketplace.local.children import Children
from marketplace.local.credentials import load_or_make
from marketplace.local.environment import PROJECT, Installation
from marketplace.local.starting import wait_until_answering
from marketplace.models import Job, Task, User
from marketplace.posting import make_places, publish
from tests.stories.faults.crowd import Client
from tests.world import World

PATIENCE = 90.0  # seconds until a story gives up; on a quiet machine nothing takes a tenth of it
SWEEP_SECONDS = 0.5
FUNDS = "100.00"  # what Rita pays in for each job
# What a kill -9 may cost must be what it costs a real site. `fsync` can stay off: the kernel keeps its pages, it is no
# power cut. But an asynchronous commit lies for a moment in PostgreSQL's own memory alone, which dies with it.
SURVIVES_A_KILL = {"synchronous_commit": "on"}


class Site:
    """The services, the people, and what a story does to them. For the thread that made it alone, as `Children` is."""

    def __init__(self, running: Children, installation: Installation, env: dict[str, str]) -> None:
        self.running, self.installation, self.env = running, installation, env
        self.world = World()
        self.port = installation.port
        self.media = running.folders.root / "media"
        self.clients: list[Client] = []

    # --- services ---------------------------------------------------------------------------------------------------

    def start_all(self) -> None:
        """Start what does not run, and return when it answers."""
        if not self.running.alive("postgres"):
            throwaway.start_postgres(running=self.running, service=postgres(self.running))
        if not self.running.alive("redis"):
            throwaway.start_redis(running=self.running)
        if not self.running.alive("web"):
            self.running.start(lineup.web_service(installation=self.installation, env=self.env))
        self.start_worker()
        wait_until_answering(children=self.running, name="web", port=self.port)

    def start_sandbox(self) -> None:
        """The payment provider's double: only stories of money need it."""
        if not self.running.alive("sandbox"):
            assert self.installation.sandbox_port
            self.running.start(lineup.sandbox_service(installation=self.installation, env=self.env))
            wait_until_answering(children=self.running, name="sandbox", port=self.installation.sandbox_port)

    def start_worker(self) -> None:
        """The background, with its clock."""
        if not self.running.alive("worker"):
            self.running.start(lineup.worker_service(installation=self.installation, env=self.env))

    def kill(self, victim: str) -> None:
        """kill -9 of a service with all its processes, or of a `backend` of PostgreSQL, which then restarts all."""
        if victim == "backend":
            end(self.backends(kind="client backend")[:1])
            return
        child = self.running.running[victim]
        child.deaths = 0  # the next start is not put off: the longer pauses are for services that cannot start
        if victim == "postgres":  # each of its processes is a group of its own
            end([child.process.pid, *self.backends()])
        else:
            processes.send(group=child.process.pid, sign=signal.SIGKILL)

    def kill_for_good(self, victim: str) -> None:
        """kill -9, and nobody starts it again."""
        child = self.running.running.pop(victim)
        processes.stop(groups=[child.process.pid], first=signal.SIGKILL)
        child.process.wait()

    def backends(self, *, kind: str = "") -> list[int]:
        """The processes of PostgreSQL below its first one."""
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as asking:
            found = asking.execute(
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND %(kind)s IN ('', backend_type)",
                {"kind": kind},
            )
            return [pid for (pid,) in found]

    def alive(self, victim: str) -> bool:
        """Whether it runs and, if it is PostgreSQL, answers."""
        if victim not in ("postgres", "backend"):
            return self.running.alive(victim)
        try:
            return bool(self.backends(kind="client backend")) or victim == "postgres"
        except psycopg.OperationalError:
            return False

    def until(self, so: Callable[[], Any], what: object, *, seconds: float = PATIENCE) -> None:
        """Look after the services, as `up` does, until it is so. Fails when that takes too long."""
        over = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < over, f"after {seconds:g} s still not: {what}"
            self.running.look_after()
            time.sleep(0.02)

    def reconnect(self) -> None:
        """Look at the database again after it was killed."""
        connections.close_all()

        def connected() -> bool:
            with contextlib.suppress(OperationalError):
                connection.ensure_connection()
                return True
            return False

        self.until(connected, "the database answers")

    # --- people and work --------------------------------------------------------------------------------------------

    def job(self, *, lease_seconds: int | None = None, **changes: Any) -> Job:
        """An open job of Rita's; `changes` are those of `World.job`."""
        self.world.now = timezone.now()
        job = self.world.job(**changes)
        self.pay_in()
        publish(job=job, now=self.world.now)
        make_places(job_id=job.pk, now=self.world.now)  # beside the background, which has seen it too
        self.until(lambda: Job.objects.filter(pk=job.pk, state=Job.State.OPEN).exists(), "the job is open")
        if lease_seconds is not None:
            Job.objects.filter(pk=job.pk).update(lease_seconds=lease_seconds)
        job.refresh_from_db()
        return job

    def pay_in(self) -> None:
        """Money for one job. It is at the bank at once: there is none here that the sweeper could ask about it."""
        self.world.fund(self.world.rita, FUNDS)

        def arrived(*, payment_id: str) -> Clearing:
            return Clearing(id=f"txn_{payment_id}", amount=parse_amount(FUNDS), fee=0, available_on=self.world.now)

        with mock.patch.object(gateway, "clearing_of_payment", arrived):
            deposits.sweep(now=self.world.now)

    def worker(self, name: str) -> tuple[int, Client]:
        """Somebody new with an API key: their id and their client."""
        person = self.world.worker(name)
        return person.pk, self.client(person)

    def client(self, person: User) -> Client:
        """A program of the person's; it hangs up when the story is over."""
        client = Client(port=self.port, key=tokens.issue(user=person, name="story"))
        self.clients.append(client)
        return client

    def until_settled(self, job: Job) -> None:
        """Wait for the background: every answered task of the job is judged and paid."""
        waiting = Task.objects.filter(job=job, state=Task.State.ANSWERED)
        self.until(lambda: not waiting.exists(), "every answered task is settled")


def end(pids: list[int]) -> None:
    """kill -9, the first one first; who has gone by themselves is no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def postgres(running: Children) -> Any:
    """The command of a PostgreSQL that keeps what it has answered for."""
    return lineup.postgres_service(folders=running.folders, throwaway=True, settings=SURVIVES_A_KILL)


@contextlib.contextmanager
def opened() -> Iterator[Site]:
    """A site with its tables, and nothing of it left at the end."""
    with throwaway.folder_of_its_own(say=print) as running:
        throwaway.start_postgres(running=running, service=postgres(running))
        throwaway.start_redis(running=running)
        installation = Installation(
            folders=running.folders,
            credentials=load_or_make(running.folders.root),
            wanted_port=0,
            # Two test runs on one machine begin to look at different places.
            port=ports.choose(wanted=20_000 + os.getpid() % 20_000),
            sandbox_port=ports.choose(wanted=40_000 + os.getpid() % 20_000),
            own_postgres=True,
            own_redis=True,
            stopped=(),
            lock=(running.folders.root / "lock").open(),
            began=time.monotonic(),
        )
        own = environment.variables(installation, demo=False) | {"SWEEP_SECONDS": str(SWEEP_SECONDS)}
        env = lineup.python(os.environ | own)
        try:
            subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=env, cwd=PROJECT, check=True)
            yield Site(running, installation, env)
        except SystemExit as failed:
            raise AssertionError(str(failed)) from None
        finally:
            installation.lock.close()
            running.stop("web", "worker", "sandbox")


@contextlib.contextmanager
def looked_at(site: Site) -> Iterator[None]:
    """Inside, this process's Django works on the site's database instead of the suite's."""
    kept = dict(connection.settings_dict)
    _leave()
    own = {"NAME": "tally", "HOST": str(site.running.folders.sockets), "USER": "tally", "PASSWORD": "", "PORT": ""}
    connection.settings_dict.update(own)
    try:
        yield
    finally:
        _leave()
        connection.settings_dict.update({name: kept[name] for name in own})


def _leave() -> None:
    """Forget the database and what is remembered of its rows."""
    connections.close_all()
    label_sets.known.cache_clear()
    label_sets.known_taxonomy.cache_clear()
    lookahead.forget()
