"""The embedded PostgreSQL: its cluster, its command line, and when it is ready."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import psycopg

from marketplace.local.folders import Folders, groups
from marketplace.local.processes import Process, running, stop
from marketplace.local.programs import PostgresPrograms

USER = "tally"
# What web and workers are: they can only add to the books (marketplace/app_role.py).
APP_USER = "tally_app"
DATABASE = "tally"
# A throwaway cluster need not survive a power cut.
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# Vacuumed every quarter of a minute: the rows of the hand-out change several times in their short life.
SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "autovacuum_naptime": "15s",
    "log_min_messages": "warning",
}


def database_url(*, sockets: Path, database: str = DATABASE, user: str = USER) -> str:
    """The address over the unix socket, as libpq and django-environ both read it."""
    return f"postgres://{user}@/{database}?host={quote(str(sockets))}"


def command(
    *,
    programs: PostgresPrograms,
    folders: Folders,
    throwaway: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """The server in the foreground, reachable over its socket alone; `settings` replace the usual ones."""
    chosen = {**SETTINGS, **(THROWAWAY if throwaway else {}), **settings}
    chosen |= {"listen_addresses": "", "unix_socket_directories": str(folders.sockets)}
    line = [str(programs.postgres), "-D", str(folders.cluster)]
    for name, value in chosen.items():
        line += ["-c", f"{name}={value}"]
    return line


def make_cluster(*, programs: PostgresPrograms, folders: Folders) -> bool:
    """Make the cluster unless it is there; tells whether it was made. Raises SystemExit when it cannot be.

    Made beside its place and then moved, so that an interrupted start leaves no half of one."""
    if folders.cluster.exists():
        refuse_other_version(programs=programs, cluster=folders.cluster)
        return False
    half, owner = folders.cluster.with_name("postgres.new"), folders.owner
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700, parents=True)
    if owner.uid is not None:
        os.chown(half, owner.uid, owner.gid or -1)
    line = [str(programs.initdb), "-D", str(half), "-U", USER, "--encoding=UTF8", "--no-sync", "--lc-messages=C"]
    line += ["--auth-local=trust", "--auth-host=scram-sha-256", *locale(version=version_of(programs))]
    made = subprocess.run(
        line,
        cwd="/",
        user=owner.uid,
        group=owner.gid,
        extra_groups=groups(owner),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise SystemExit(f"PostgreSQL could not make its cluster in {half}:\n{made.stdout}{made.stderr}")
    half.rename(folders.cluster)
    return True


def locale(*, version: int) -> list[str]:
    """Unicode rules that do not depend on the machine, where this PostgreSQL brings them."""
    return ["--locale-provider=builtin", "--locale=C.UTF-8"] if version >= 17 else ["--no-locale"]


def version_of(programs: PostgresPrograms) -> int:
    """The major version of the server program."""
    said = subprocess.run([str(programs.postgres), "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split(")")[-1].split(".")[0])


def refuse_other_version(*, programs: PostgresPrograms, cluster: Path) -> None:
    """A cluster belongs to the major version that made it."""
    made_by, found = int((cluster / "PG_VERSION").read_text()), version_of(programs)
    if made_by != found:
        raise SystemExit(
            f"The data in {cluster} was made by PostgreSQL {made_by}, but this machine has PostgreSQL {found}.\n"
            f"Put PostgreSQL {made_by} on PATH, or move that folder away to start anew."
        )


def postmaster(*, cluster: Path, processes: Mapping[int, Process]) -> Process | None:
    """The server that holds this cluster, when one runs: its own pid file, believed only when the process agrees."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    process = processes.get(pid)
    return process if process and "postgres" in process.command and str(cluster) in process.command else None


def stop_orphan(*, cluster: Path) -> bool:
    """End a server that an earlier start left on this cluster, and clear a pid file that names somebody else."""
    left = postmaster(cluster=cluster, processes=running())
    if left:
        stop(groups=[left.group], first=signal.SIGINT)
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    return left is not None


def wait_ready(*, sockets: Path, alive: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return when the server answers, its database made. Raises SystemExit when it died or takes too long."""
    end = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(database_url(sockets=sockets, database="postgres"), autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE}")
            return
        except psycopg.OperationalError as error:
            if not alive() or time.monotonic() > end:
                raise SystemExit(f"PostgreSQL did not start: {error}") from None
            time.sleep(0.03)
