"""The embedded Redis: a doorbell and a cache on a unix socket, with nothing to keep."""

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def socket_path(sockets: Path) -> Path:
    """Where the server listens."""
    return sockets / "redis.sock"


def redis_url(sockets: Path) -> str:
    """The address over the unix socket."""
    return f"unix://{quote(str(socket_path(sockets)))}"


def command(*, program: Path, sockets: Path) -> list[str]:
    """The server in the foreground; every queue is rows in PostgreSQL, so nothing is written to disk."""
    settings = {
        "port": "0",
        "unixsocket": str(socket_path(sockets)),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(sockets),
        "daemonize": "no",
        "maxmemory": "128mb",
        "maxmemory-policy": "volatile-lru",
    }
    line = [str(program)]
    for name, value in settings.items():
        line += [f"--{name}", value]
    return line


def wait_ready(*, sockets: Path, alive: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return when the server answers. Raises SystemExit when it died or takes too long."""
    end = time.monotonic() + seconds
    # The loop below is the retrying; the client's own would wait longer each time.
    once = Retry(NoBackoff(), 0)
    with redis.Redis(unix_socket_path=str(socket_path(sockets)), retry=once) as client:
        while True:
            try:
                client.ping()
                return
            except redis.RedisError as error:
                if not alive() or time.monotonic() > end:
                    raise SystemExit(f"Redis did not start: {error}") from None
                time.sleep(0.03)
