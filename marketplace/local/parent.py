"""The parent of all services: starts them, tells where to look, watches, and leaves nothing running behind."""

import contextlib
import signal
import time
from collections.abc import Iterator
from types import FrameType

from rich.markup import escape

from marketplace.local import processes
from marketplace.local.children import Children
from marketplace.local.credentials import LOGINS
from marketplace.local.environment import Installation
from marketplace.local.mailbox import Mailbox
from marketplace.local.progress import Progress
from marketplace.local.starting import start

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROUND = 0.25


class StopAsked(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal. Not an Exception: nothing on the way may swallow it."""


def run(*, installation: Installation, progress: Progress, demo: bool) -> None:
    """Start everything, stay until asked to stop, stop everything."""
    children = Children(folders=installation.folders, say=progress.say)
    try:
        with stop_on_signals():
            announce(installation=installation, progress=progress)
            logins = start(installation=installation, children=children, progress=progress, demo=demo)
            welcome(installation=installation, progress=progress, logins=logins)
            watch(children=children, progress=progress)
    except StopAsked:
        progress.say("\nStopping …")
    finally:
        with hurry_on_signals(children):
            stop_all(children)
        installation.lock.close()
    progress.say("Stopped. Nothing is left running; the data stays.")


def announce(*, installation: Installation, progress: Progress) -> None:
    """What differs from a plain start."""
    if installation.stopped:
        progress.say(f"Stopped what an earlier start had left running: {', '.join(installation.stopped)}.")
    if installation.port != installation.wanted_port:
        progress.say(f"Port {installation.wanted_port} is in use by another program: taking {installation.port}.")


def welcome(*, installation: Installation, progress: Progress, logins: bool) -> None:
    """The address, the logins, and where to look when something is wrong."""
    folders = installation.folders
    progress.show(
        f"\n[bold]Tally is at [link]http://127.0.0.1:{installation.port}/[/link][/]  ({progress.seconds:.1f} s)\n"
    )
    if logins:
        for role, address in LOGINS.items():
            password = installation.credentials.passwords[role]
            progress.show(f"  {role:<10} [bold]{escape(address)}[/]  {escape(password)}")
    progress.say(f"\nE-mail is shown here. Logs: {folders.logs}  Data: {folders.root}")
    if installation.own_postgres and folders.cluster.parent != folders.root:
        progress.say(f"Database: {folders.cluster} (PostgreSQL does not run as root and cannot enter {folders.root})")
    progress.say("Ctrl-C stops everything.\n")


def watch(*, children: Children, progress: Progress) -> None:
    """Until asked to stop: start again what dies, show the mail that is sent."""
    mailboxes = [Mailbox(children.folders.log(name)) for name in ("web", "worker")]
    while True:
        children.look_after()
        for mail in (mail for mailbox in mailboxes for mail in mailbox.new()):
            progress.say(mail)
        time.sleep(ROUND)


def stop_all(children: Children) -> None:
    """Those that use the servers first, the servers last."""
    children.stop("web", "worker", "sandbox")
    children.stop("redis", "postgres")


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Inside, the first signal that asks for an end raises StopAsked; the ones after it are not heard."""

    def asked(_signal: int, _frame: FrameType | None) -> None:
        for name in STOPPING:
            signal.signal(name, deaf)
        raise StopAsked

    def deaf(_signal: int, _frame: FrameType | None) -> None:
        # Not SIG_IGN: Python complains about a signal that had already arrived when that was set.
        return

    for name in STOPPING:
        signal.signal(name, asked)
    yield


@contextlib.contextmanager
def hurry_on_signals(children: Children) -> Iterator[None]:
    """While stopping, a further Ctrl-C kills what is slow to end; PostgreSQL is never killed: it is told to hurry."""

    def hurry(_signal: int, _frame: FrameType | None) -> None:
        for name, child in children.ending.items():
            sign = signal.SIGQUIT if name == "postgres" else signal.SIGKILL
            processes.send(group=child.process.pid, sign=sign)

    before = [(name, signal.signal(name, hurry)) for name in STOPPING]
    yield
    for name, handler in before:
        signal.signal(name, handler)
