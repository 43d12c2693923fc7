"""Checks side by side: their order, what is heard of them, and that none outlives the run."""

import sys
import time

import pytest

from marketplace.local import lanes, processes
from marketplace.local.checks import Check
from marketplace.local.lanes import Lane

CLOSING = "==== 12 passed in 3.21s ===="


def check(name, code, **more):
    return Check(name, (sys.executable, "-c", code), **more)


def run(*checks_of_lanes, out=lambda words: None):
    return lanes.run(lanes=[Lane(each, {"PATH": "/bin"}) for each in checks_of_lanes], folder=".", out=out)


def test_a_programs_words_are_passed_on_and_its_exit_code_kept():
    words = []
    code = "import os, sys; print(os.environ['MARK'], sys.stdin.read()); sys.exit(3)"
    (result,) = run([check("mypy", code, env={"MARK": "seen"})], out=words.append)
    heard = b"".join(words).decode()
    assert (result.name, result.code, result.closing) == ("mypy", 3, "")
    assert heard.startswith("\n── mypy ──")
    assert heard.endswith("seen \nmypy FAILED with exit code 3\n")


def test_lanes_run_side_by_side_and_are_heard_one_after_the_other(tmp_path):
    met, words = tmp_path / "met", []
    there = f"import pathlib, time; met = pathlib.Path({str(met)!r})\n"
    wait = f"{there}print('waits', flush=True)\nwhile not met.exists(): time.sleep(0.01)"
    make = f"{there}met.touch(); print('made it')"
    results = run([check("a", wait), check("b", "print('after a')")], [check("c", make)], out=words.append)
    assert [(result.name, result.code) for result in results] == [("a", 0), ("b", 0), ("c", 0)]
    heard = b"".join(words).decode()
    assert [word for word in heard.split() if not word.startswith("──") and word.islower()] == [
        "a", "waits", "b", "after", "a", "c", "made", "it",
    ]  # fmt: skip


def test_only_runs_of_pytest_have_a_closing_line():
    results = run(
        [check("pytest", f"print('{CLOSING}'); print('and more')", pytest=True)], [check("b", f"print('{CLOSING}')")]
    )
    assert [result.closing for result in results] == [CLOSING, ""]


def test_what_cannot_run_says_why_and_the_next_one_follows():
    words = []
    results = run([Check("node --test", (), note="Node is not here"), check("b", "")], out=words.append)
    assert [(result.code, result.note) for result in results] == [(None, "Node is not here"), (0, "")]
    assert b"Node is not here" in b"".join(words)


def test_when_it_is_broken_off_nothing_is_left_running():
    began = time.monotonic()

    def interrupt(words):
        if words.strip().isdigit():
            pids.append(int(words))
            raise KeyboardInterrupt

    pids = []
    with pytest.raises(KeyboardInterrupt):
        run(
            [check("a", "import os, time; time.sleep(0.2); print(os.getpid(), flush=True); time.sleep(60)")],
            out=interrupt,
        )
    assert pids[0] not in processes.running()
    assert time.monotonic() - began < 30


def test_every_core_has_a_lane_but_servers_of_the_callers_are_not_shared(monkeypatch):
    monkeypatch.setattr(lanes.os, "cpu_count", lambda: 4)
    assert lanes.how_many(environ={}) == 4
    assert lanes.how_many(environ={"DATABASE_URL": "postgres://db/tally"}) == 1
