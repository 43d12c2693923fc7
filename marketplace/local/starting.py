"""One start of Tally on this machine: services up, tables and static files in place, the demo world made."""

import os
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from marketplace import app_role
from marketplace.local import assets, lineup, ports, postgres_server, redis_server
from marketplace.local.children import Children, last_lines
from marketplace.local.credentials import LOGINS
from marketplace.local.environment import Installation, of_the_program
from marketplace.local.progress import Progress

STEPS = 6


def start(*, installation: Installation, children: Children, progress: Progress, demo: bool) -> bool:
    """Bring everything up; tells whether the demo's logins are there.

    Raises SystemExit, with the last words of what failed, when something does not start."""
    with progress.steps(total=STEPS, title="Starting Tally"):
        with progress.step("PostgreSQL"):
            start_postgres(installation=installation, children=children)
        with progress.step("Redis"):
            start_redis(installation=installation, children=children)
        with progress.step("Tables"):
            migrate(role=postgres_server.APP_USER if installation.own_postgres else "")
        with progress.step("Static files"):
            assets.collect()
        with progress.step("Web server, test bank, worker"):
            start_ours(installation=installation, children=children)
        with progress.step("Demo world"):
            seed(installation=installation, demo=demo)
        logins = get_user_model().objects.filter(email__in=LOGINS.values()).count() == len(LOGINS)
        connections.close_all()
    return demo and logins


def start_postgres(*, installation: Installation, children: Children) -> None:
    """The embedded PostgreSQL, unless DATABASE_URL names a server."""
    if not installation.own_postgres:
        return
    children.start(lineup.postgres_service(folders=installation.folders))
    try:
        postgres_server.wait_ready(sockets=installation.folders.sockets, alive=lambda: children.alive("postgres"))
    except SystemExit as failed:
        raise explained(str(failed), children=children, name="postgres") from None


def start_redis(*, installation: Installation, children: Children) -> None:
    """The embedded Redis, unless REDIS_URL names a server."""
    if not installation.own_redis:
        return
    children.start(lineup.redis_service(folders=installation.folders))
    try:
        redis_server.wait_ready(sockets=installation.folders.sockets, alive=lambda: children.alive("redis"))
    except SystemExit as failed:
        raise explained(str(failed), children=children, name="redis") from None


def migrate(*, role: str = "") -> None:
    """Bring the tables up to date, and give the program's `role` its rights on them, when there is one.

    Asks first, because an empty migration still costs half a second."""
    executor = MigrationExecutor(connection)
    behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if behind:
        call_command("migrate", interactive=False, verbosity=0)
    if role and (behind or not app_role.is_there(role=role)):
        app_role.give_rights(role=role)


def start_ours(*, installation: Installation, children: Children) -> None:
    """Web server, sandbox and worker. Returns when the first two answer; the worker, which nobody waits for, comes last
    so that it does not slow them down."""
    env = os.environ | of_the_program(installation)
    children.start(lineup.web_service(installation=installation, env=env))
    if installation.sandbox_port:
        children.start(lineup.sandbox_service(installation=installation, env=env))
        wait_until_answering(children=children, name="sandbox", port=installation.sandbox_port)
    wait_until_answering(children=children, name="web", port=installation.port)
    children.start(lineup.worker_service(installation=installation, env=env))


def wait_until_answering(*, children: Children, name: str, port: int, seconds: float = 60.0) -> None:
    """Return when the service answers over HTTP, whatever it says."""
    end = time.monotonic() + seconds
    while not answers(port=port):
        if not children.alive(name) or time.monotonic() > end:
            raise explained(f"{name} did not start.", children=children, name=name)
        time.sleep(0.05)


def answers(*, port: int) -> bool:
    """True when a request to the port is answered; an error page is an answer."""
    request = urllib.request.Request(f"http://{ports.LOOPBACK}:{port}/", method="HEAD")
    try:
        # Without a proxy: the environment's one would be asked for our own loopback.
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        return True
    except (TimeoutError, OSError):
        return False
    return True


def explained(what: str, *, children: Children, name: str) -> SystemExit:
    """A failed start with the last lines of the service's log."""
    log = children.folders.log(name)
    words = "\n".join(f"    {line}" for line in last_lines(log, lines=15))
    return SystemExit(f"{what} Last lines of {log}:\n{words}")


def seed(*, installation: Installation, demo: bool) -> None:
    """Make the demo world, which moves test money, in an empty database; go on with one that was interrupted."""
    begun = installation.folders.root / "seeding"
    if not demo or settings.BILLING_GATEWAY != "sandbox":
        return
    if get_user_model().objects.exists() and not begun.exists():
        return
    begun.touch()
    for role, password in installation.credentials.passwords.items():
        os.environ[f"DEMO_{role.upper()}_EMAIL"] = LOGINS[role]
        os.environ[f"DEMO_{role.upper()}_PASSWORD"] = password
    call_command("seed_demo")
    begun.unlink()
