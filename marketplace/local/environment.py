"""Which environment a command runs in, decided before the settings are read.

`up` decides on addresses and keys here and starts the services afterwards; every other command joins the installation
that `up` made, when the environment names no database of its own.
"""

import argparse
import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from marketplace.local import children, ports, postgres_server, redis_server
from marketplace.local.credentials import Credentials, load_or_make, write_private
from marketplace.local.folders import Folders, lay_out

PROJECT = Path(__file__).resolve().parent.parent.parent
FILE = "environment.json"


@dataclass(frozen=True)
class Installation:
    """What one `up` has decided: folders, keys, ports, and which services are its own to run."""

    folders: Folders
    credentials: Credentials
    wanted_port: int
    port: int
    sandbox_port: int | None
    own_postgres: bool
    own_redis: bool
    stopped: tuple[str, ...]
    lock: IO[str]
    began: float


PREPARED: list[Installation] = []
# Names that `join` added: an `up` that this process starts must decide on them anew.
JOINED: set[str] = set()


def enter(*, argv: Sequence[str]) -> None:
    """Set the environment for the command in `argv`; called once, before Django reads the settings."""
    command = argv[1] if len(argv) > 1 else ""
    if command == "up" and not {"-h", "--help"} & set(argv):
        PREPARED.append(prepare(argv=argv[2:], environ=os.environ))
    elif command in ("test", "bench"):  # both bring services of their own
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(60))
    else:
        join(environ=os.environ)


def local_folder(environ: Mapping[str, str]) -> Path:
    """The data folder: TALLY_LOCAL_DIR, or .local in the project."""
    return Path(environ.get("TALLY_LOCAL_DIR") or PROJECT / ".local")


def join(*, environ: MutableMapping[str, str]) -> None:
    """Give the command the addresses and keys of the local installation, when there is one and no other is named."""
    path = local_folder(environ) / FILE
    if "DATABASE_URL" in environ or not path.exists():
        return
    kept = {name: value for name, value in json.loads(path.read_text()).items() if name not in environ}
    environ.update(kept)
    JOINED.update(kept)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `up`."""
    parser.add_argument("--port", type=port_number, default=8000, help="port of the web server (default 8000)")
    parser.add_argument("--no-demo", action="store_true", help="start without the demo world and its logins")


def port_number(text: str) -> int:
    """A port from the command line."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 1 and 65535")
    return int(text)


def prepare(*, argv: Sequence[str], environ: MutableMapping[str, str]) -> Installation:
    """Take the data folder for this `up`, end what an earlier one left behind, and write its addresses to `environ`.

    Raises SystemExit when another `up` holds the folder or nothing can run here."""
    began = time.monotonic()
    parser = argparse.ArgumentParser(prog="manage.py up")
    add_arguments(parser)
    options, _rest = parser.parse_known_args(argv)
    root = local_folder(environ)
    try:
        folders = lay_out(root=root)
        lock = hold(folders.root)
    except PermissionError as error:
        raise SystemExit(f"Cannot use {error.filename}: it belongs to another user. Set TALLY_LOCAL_DIR.") from None
    stopped = children.stop_orphans(folders.pids)
    if "DATABASE_URL" not in environ and postgres_server.stop_orphan(cluster=folders.cluster):
        stopped = sorted({*stopped, "postgres"})
    port = ports.choose(wanted=options.port)
    sandbox = environ.get("BILLING_GATEWAY", "sandbox") == "sandbox" and "STRIPE_API_BASE" not in environ
    installation = Installation(
        folders=folders,
        credentials=load_or_make(folders.root),
        wanted_port=options.port,
        port=port,
        sandbox_port=ports.choose(wanted=port + 1) if sandbox else None,
        own_postgres="DATABASE_URL" not in environ,
        own_redis="REDIS_URL" not in environ,
        stopped=tuple(stopped),
        lock=lock,
        began=began,
    )
    chosen = variables(installation, demo=not options.no_demo)
    for name, value in chosen.items():
        environ.setdefault(name, value)
    environ["TALLY_LOCAL_DIR"] = str(folders.root)
    kept = {name: environ[name] for name in chosen} | of_the_program(installation)
    write_private(folders.root / FILE, json.dumps(kept, indent=1))
    return installation


def variables(installation: Installation, *, demo: bool) -> dict[str, str]:
    """The environment of every process of this installation; what the caller's environment already says stands."""
    sockets = installation.folders.sockets
    chosen = {
        "DATABASE_URL": postgres_server.database_url(sockets=sockets),
        "REDIS_URL": redis_server.redis_url(sockets),
        "SECRET_KEY": installation.credentials.secret_key,
        "SITE_URL": f"http://{ports.LOOPBACK}:{installation.port}",
        "STRIPE_WEBHOOK_SECRET": installation.credentials.webhook_secret,
        "TALLY_LOCAL_DIR": str(installation.folders.root),
    }
    if installation.sandbox_port:
        chosen["STRIPE_API_BASE"] = f"http://{ports.LOOPBACK}:{installation.sandbox_port}"
    if demo:
        chosen["DEMO"] = "1"
    return chosen


def of_the_program(installation: Installation) -> dict[str, str]:
    """What differs for web, workers and whoever joins from this process, which owns the tables and migrates them."""
    if not installation.own_postgres:
        return {}
    sockets = installation.folders.sockets
    return {"DATABASE_URL": postgres_server.database_url(sockets=sockets, user=postgres_server.APP_USER)}


def hold(root: Path) -> IO[str]:
    """Hold the data folder for as long as this process lives; the system lets go of it even after kill -9."""
    lock = (root / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise SystemExit(
            f"Tally already runs from {root} ({holder or 'starting'}). Stop it with Ctrl-C there."
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}")
    lock.flush()
    return lock
