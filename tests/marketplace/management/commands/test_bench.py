"""`manage.py bench`."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from marketplace.local import environment
from marketplace.management.commands import bench
from marketplace.management.commands.bench import Command


@pytest.fixture
def started(monkeypatch):
    """What was started, with nothing measured; the measurement ends with 3."""
    lines = []

    def popen(line, **how):
        lines.append((line, how))
        return SimpleNamespace(wait=lambda: 3, send_signal=lines.append)

    monkeypatch.setattr(subprocess, "Popen", popen)
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield lines
    for name, handler in before.items():
        signal.signal(name, handler)


def test_everything_behind_bench_goes_to_the_measurement(started):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "bench", "handout", "--quick", "--json"])
    ((line, how),) = started
    assert ended.value.code == 3
    assert line == [sys.executable, "-m", "tests.bench", "handout", "--quick", "--json"]
    assert how["env"]["PYTHONPATH"] == str(environment.PROJECT)


def test_a_measurement_knows_nothing_of_the_installation_here():
    env = bench.environment_of_its_own(
        {"PATH": "/bin", "DATABASE_URL": "postgres://real/one", "SECRET_KEY": "x", "TALLY_LOCAL_DIR": "/srv"}
    )
    assert set(env) == {"PATH", "LC_ALL", "PYTHONPATH", "PYTHONUTF8", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}


def test_an_end_asked_for_is_passed_on(started):
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "bench", "handout"])
    os.kill(os.getpid(), signal.SIGTERM)
    assert started[1:] == [signal.SIGTERM]


def test_without_the_measurements_it_says_where_they_are(started, monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="part of the source checkout"):
        Command().run_from_argv(["manage.py", "bench", "handout"])
    assert started == []


def test_it_joins_no_installation(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(environment, "join", lambda **_: pytest.fail("joined"))
    environment.enter(argv=["manage.py", "bench", "handout"])
    assert len(os.environ["SECRET_KEY"]) > 50
