"""PostgreSQL and Redis for one test run, in a folder of their own that is gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from marketplace.local import children, lineup, postgres_server, redis_server
from marketplace.local.children import Children
from marketplace.local.environment import hold
from marketplace.local.folders import can_enter, lay_out, unprivileged

PREFIX = "tally-test-"


@contextlib.contextmanager
def services(*, environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """The variables that name a database and a broker for tests: the caller's own servers, or throwaway ones that run
    until the end of the block."""
    above = scratch_home()
    clear_left_behind(above)
    root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
    root.chmod(0o711 if os.geteuid() == 0 else 0o700)
    folders = lay_out(root=root)
    running = Children(folders=folders, say=say)
    lock = hold(root)
    named = {"TALLY_LOCAL_DIR": str(root)}
    try:
        if "DATABASE_URL" not in environ:
            running.start(lineup.postgres_service(folders=folders, throwaway=True))
            postgres_server.wait_ready(sockets=folders.sockets, alive=lambda: running.alive("postgres"))
            named["DATABASE_URL"] = postgres_server.database_url(sockets=folders.sockets)
        if "REDIS_URL" not in environ:
            running.start(lineup.redis_service(folders=folders))
            redis_server.wait_ready(sockets=folders.sockets, alive=lambda: running.alive("redis"))
            named["REDIS_URL"] = redis_server.redis_url(folders.sockets)
        yield named
    finally:
        running.stop()
        lock.close()
        shutil.rmtree(folders.sockets, ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)


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
