"""PostgreSQL and Redis for one run of tests or measurements, in a folder of their own that is gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from marketplace.local import children, lineup, postgres_server, redis_server
from marketplace.local.children import Children, Service
from marketplace.local.environment import hold
from marketplace.local.folders import can_enter, lay_out, unprivileged

PREFIX = "tally-test-"


@contextlib.contextmanager
def services(*, environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """The variables that name a database and a broker for tests: the caller's own servers, or throwaway ones that run
    until the end of the block. Nothing is analysed behind a test's back, as that changes its statements' plans."""
    with folder_of_its_own(say=say) as running:
        named = {"TALLY_LOCAL_DIR": str(running.folders.root)}
        if "DATABASE_URL" not in environ:
            named["DATABASE_URL"] = start_postgres(
                running=running,
                service=lineup.postgres_service(
                    folders=running.folders, throwaway=True, settings={"autovacuum": "off"}
                ),
            )
        if "REDIS_URL" not in environ:
            named["REDIS_URL"] = start_redis(running=running)
        yield named


@contextlib.contextmanager
def folder_of_its_own(*, say: Callable[[str], None]) -> Iterator[Children]:
    """A folder for services that nobody keeps: what is started in it is stopped at the end of the block, and the folder
    removed."""
    above = scratch_home()
    clear_left_behind(above)
    root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
    root.chmod(0o711 if os.geteuid() == 0 else 0o700)
    folders = lay_out(root=root)
    running = Children(folders=folders, say=say)
    lock = hold(root)
    try:
        yield running
    finally:
        running.stop()
        lock.close()
        shutil.rmtree(folders.sockets, ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)


def start_postgres(*, running: Children, service: Service) -> str:
    """Start a PostgreSQL of these folders and wait for it; returns its address."""
    sockets = running.folders.sockets
    running.start(service)
    postgres_server.wait_ready(sockets=sockets, alive=lambda: running.alive("postgres"))
    return postgres_server.database_url(sockets=sockets)


def start_redis(*, running: Children) -> str:
    """Start Redis and wait for it; returns its address."""
    sockets = running.folders.sockets
    running.start(lineup.redis_service(folders=running.folders))
    redis_server.wait_ready(sockets=sockets, alive=lambda: running.alive("redis"))
    return redis_server.redis_url(sockets)


def scratch_home() -> Path:
    """A temporary folder that PostgreSQL's user can enter too."""
    owner = unprivileged()
    wanted = Path(tempfile.gettempdir())
    if owner.uid is None or can_enter(folder=wanted, owner=owner):
        return wanted
    return Path("/tmp")  # noqa: S108  (mkdtemp makes the folder)


def clear_left_behind(above: Path) -> None:
    """Remove what killed test runs of this user left: the folders that nobody holds any more."""
    for root in above.glob(f"{PREFIX}*"):
        if not (root / "lock").exists() or root.stat().st_uid != os.geteuid():
            continue
        try:
            lock = hold(root)
        except (SystemExit, OSError):
            continue
        children.stop_orphans(root / "pids")
        postgres_server.stop_orphan(cluster=root / "postgres")
        lock.close()
        shutil.rmtree(root, ignore_errors=True)
