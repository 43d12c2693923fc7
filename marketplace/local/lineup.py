"""The command lines of the services: what runs, as whom, in which environment."""

import os
import signal
import sys
from collections.abc import Mapping
from types import MappingProxyType

from marketplace.local import ports, postgres_server, redis_server
from marketplace.local.children import Service
from marketplace.local.environment import PROJECT, Installation
from marketplace.local.folders import Folders
from marketplace.local.programs import postgres_programs, redis_program

WEB_THREADS = 4  # measured on two cores: with more they wait for each other
WORKER_THREADS = 4


def postgres_service(
    *, folders: Folders, throwaway: bool = False, settings: Mapping[str, str] = MappingProxyType({})
) -> Service:
    """PostgreSQL on the folders' cluster, which is made when it is not there."""
    programs = postgres_programs(owner=folders.owner)
    postgres_server.make_cluster(programs=programs, folders=folders)
    return Service(
        name="postgres",
        command=postgres_server.command(programs=programs, folders=folders, throwaway=throwaway, settings=settings),
        env=bare(os.environ),
        owner=folders.owner,
        end_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients to leave.
        patience=30.0,
    )


def redis_service(*, folders: Folders) -> Service:
    """Redis on the folders' socket."""
    line = redis_server.command(program=redis_program(), sockets=folders.sockets)
    return Service(name="redis", command=line, env=bare(os.environ))


def sandbox_service(*, installation: Installation, env: Mapping[str, str]) -> Service:
    """The double of the payment provider, which moves test money end to end."""
    line = [sys.executable, "-m", "billing.sandbox", "--port", str(installation.sandbox_port)]
    line += ["--state", str(installation.folders.root / "sandbox.sqlite3")]
    line += ["--webhook-url", f"http://{ports.LOOPBACK}:{installation.port}/webhooks/stripe/"]
    # The secret that signs its events is in the environment, not on a command line that everybody can list.
    return Service(name="sandbox", command=line, env=python(env), folder=PROJECT)


def worker_service(*, installation: Installation, env: Mapping[str, str]) -> Service:
    """Celery with its clock inside; threads, because the work waits on PostgreSQL and Pillow, and half the memory."""
    line = [sys.executable, "-m", "celery", "--app", "marketplace", "worker", "--beat", "--pool", "threads"]
    line += ["--concurrency", str(WORKER_THREADS), "--loglevel", "warning", "--without-gossip", "--without-mingle"]
    line += ["--schedule", str(installation.folders.root / "beat-schedule")]
    # Celery warns about root on every start; here root is the one person at this machine.
    return Service(name="worker", command=line, env=python(env) | {"C_FORCE_ROOT": "1"}, folder=PROJECT, patience=15.0)


def web_service(*, installation: Installation, env: Mapping[str, str]) -> Service:
    """The web server, on loopback alone."""
    line = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", ports.LOOPBACK]
    line += ["--port", str(installation.port), "--workers", "1", "--blocking-threads", str(WEB_THREADS)]
    line += ["--log-level", "warning", "--respawn-failed-workers", "marketplace.wsgi:application"]
    return Service(name="web", command=line, env=python(env), folder=PROJECT)


def python(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a Python service: its words reach the log at once, and the project can be imported."""
    return dict(env) | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(PROJECT),
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
    }


def bare(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server that is not ours: no key of Tally's, and no PG* variable that would steer it."""
    kept = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: env[name] for name in kept if name in env} | {"LC_ALL": "C"}
