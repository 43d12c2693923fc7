"""The parent of all services: what it tells, and that it leaves nothing running."""

import io
import os
import signal
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from marketplace.local import parent, processes
from marketplace.local.children import Service
from marketplace.local.progress import Progress

PASSWORDS = {"requester": "pass-r", "worker": "pass[w]", "admin": "pass-a"}


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def progress(stream):
    return Progress(console=Console(file=stream, width=200))


@pytest.fixture
def installation(folders):
    return SimpleNamespace(
        folders=folders,
        credentials=SimpleNamespace(passwords=PASSWORDS),
        port=8003,
        wanted_port=8000,
        stopped=("web",),
        own_postgres=True,
        lock=io.StringIO(),
    )


@pytest.fixture(autouse=True)
def _handlers_as_before():
    before = [(name, signal.getsignal(name)) for name in parent.STOPPING]
    yield
    for name, handler in before:
        signal.signal(name, handler)


def nap(children):
    code = "import time; time.sleep(60)"
    for name in ("web", "postgres"):
        children.start(Service(name, [sys.executable, "-c", code], env=dict(os.environ)))
    return {child.process.pid for child in children.running.values()}


@pytest.mark.parametrize("asked", parent.STOPPING)
def test_being_asked_to_stop_ends_every_service(installation, progress, stream, monkeypatch, asked):
    pids = set()

    def start(*, children, **_):
        pids.update(nap(children))

    monkeypatch.setattr(parent, "start", start)
    monkeypatch.setattr(parent, "watch", lambda **_: os.kill(os.getpid(), asked))
    parent.run(installation=installation, progress=progress, demo=True)
    assert len(pids) == 2
    assert not processes.living(pids)
    assert stream.getvalue().endswith("Stopped. Nothing is left running; the data stays.\n")
    assert installation.lock.closed


def test_a_start_that_fails_halfway_leaves_nothing_running(installation, progress, monkeypatch):
    pids = set()

    def start(*, children, **_):
        pids.update(nap(children))
        raise SystemExit("web did not start")

    monkeypatch.setattr(parent, "start", start)
    with pytest.raises(SystemExit, match="web did not start"):
        parent.run(installation=installation, progress=progress, demo=True)
    assert not processes.living(pids)


def test_the_address_and_the_three_logins_are_told(installation, progress, stream):
    parent.announce(installation=installation, progress=progress)
    parent.welcome(installation=installation, progress=progress, logins=True)
    told = stream.getvalue()
    assert "http://127.0.0.1:8003/" in told
    assert "Port 8000 is in use by another program: taking 8003." in told
    assert "Stopped what an earlier start had left running: web." in told
    assert all(password in told for password in PASSWORDS.values())


def test_where_the_logins_do_not_exist_none_is_told(installation, progress, stream):
    parent.welcome(installation=installation, progress=progress, logins=False)
    assert "tally.test" not in stream.getvalue()
