"""`manage.py test`."""

import contextlib
import signal

import pytest

from marketplace.local import chromium, lanes, throwaway
from marketplace.local.checks import Result
from marketplace.management.commands.test import Command


@pytest.fixture
def ran(monkeypatch):
    """The names and command lines of what was run, with no server started; every check passes but those in `fails`."""
    lines = []

    def run(*, lanes, **_):
        done = [(check, lane.env) for lane in lanes for check in lane.checks]
        lines.extend((check.name, check.command, env) for check, env in done)
        return [Result(check.name, 1 if "--fail" in check.command else 0, 1.0) for check, _env in done]

    monkeypatch.setattr(lanes, "run", run)
    monkeypatch.setattr(lanes, "how_many", lambda **_: 2)
    monkeypatch.setattr(chromium, "find", lambda: "/chromium")
    monkeypatch.setattr(chromium, "find_or_install", lambda **_: "/chromium")
    monkeypatch.setattr(throwaway, "services", lambda **_: contextlib.nullcontext({"REDIS_URL": "unix:///r"}))
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}
    yield lines
    for name, handler in before.items():
        signal.signal(name, handler)


def test_arguments_go_to_pytest_alone_options_too(ran):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "test", "tests/qa", "-x", "--lf"])
    assert ended.value.code == 0
    ((name, command, env),) = ran
    assert (name, command[-3:]) == ("pytest", ("tests/qa", "-x", "--lf"))
    assert (env["CHROMIUM"], env["REDIS_URL"]) == ("/chromium", "unix:///r")


def test_without_arguments_every_check_runs(ran):
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "test"])
    assert [name for name, *_ in ran] == [
        "ruff check",
        "ruff format",
        "mypy",
        "migrations",
        "check --deploy",
        "node --test",
        "pytest 1/2",
        "pytest 2/2",
    ]


def test_runs_that_share_the_tests_meet_in_one_folder(ran):
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "test"])
    assert len({env["TALLY_SHARED"] for *_, env in ran}) == 1


def test_one_failure_fails_the_run_and_is_in_the_summary(ran, capsys):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "test", "--fail"])
    assert ended.value.code == 1
    assert "FAILED (1)" in capsys.readouterr().out.split("Summary")[1]
