"""Services as children: started, watched, started again, stopped together."""

import os
import signal
import sys

import pytest

from marketplace.local import children as children_module
from marketplace.local import pidfiles, processes
from marketplace.local.children import Children, Service

SLEEP = "import time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def said():
    return []


@pytest.fixture
def children(folders, said, now):
    made = Children(folders=folders, say=said.append, clock=lambda: now[0])
    yield made
    made.stop()


def service(code=SLEEP, **options):
    return Service("nap", [sys.executable, "-c", code], env=dict(os.environ), **options)


def test_a_service_runs_in_its_own_group_and_writes_to_its_log(children, folders):
    children.start(service())
    pid = children.running["nap"].process.pid
    assert children.alive("nap")
    assert os.getpgid(pid) == pid
    assert processes.wait_until(lambda: "up" in folders.log("nap").read_text(), seconds=10)


def test_stopping_leaves_no_process_and_no_pid_file(children, folders):
    children.start(service())
    pid = children.running["nap"].process.pid
    children.stop()
    assert not processes.living({pid})
    assert pidfiles.read(folders.pids) == []
    assert not children.alive("nap")


def test_a_service_that_does_not_listen_is_killed_and_named(children, folders, said):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    children.start(service(deaf, patience=0.2))
    assert processes.wait_until(lambda: "up" in folders.log("nap").read_text(), seconds=10)
    children.stop("nap")
    assert said == ["nap did not stop within 0.2 s and was killed."]


def test_a_service_that_dies_is_named_with_its_last_words_and_started_again(children, said, now):
    children.start(service("print('I had a bad day'); raise SystemExit(3)"))
    children.running["nap"].process.wait()
    children.look_after()
    assert said[0].startswith("nap ended with exit code 3; starting it again in 0.5 s.")
    assert "I had a bad day" in said[0]
    children.look_after()
    assert len(said) == 1, "not before its pause is over"
    now[0] += 0.5
    children.look_after()
    assert said[1] == "Starting nap again."
    children.running["nap"].process.wait()
    children.look_after()
    assert "starting it again in 1 s" in said[2]


def test_a_killed_service_is_told_by_its_signal(children, said):
    children.start(service())
    os.kill(children.running["nap"].process.pid, signal.SIGKILL)
    children.running["nap"].process.wait()
    children.look_after()
    assert "was ended by SIGKILL" in said[0]


def test_pauses_double_up_to_half_a_minute():
    pauses = [children_module.pause_after(deaths=deaths) for deaths in range(1, 10)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_service_that_was_well_for_a_minute_begins_again_with_the_shortest_pause(children, said, now):
    children.start(service("raise SystemExit(3)"))
    children.running["nap"].deaths = 5
    children.running["nap"].process.wait()
    now[0] += 61
    children.look_after()
    assert "in 0.5 s" in said[0]


def test_what_an_earlier_start_left_running_is_stopped(folders, started):
    process = started(SLEEP)
    pidfiles.write(folder=folders.pids, service="web", pid=process.pid, program=sys.executable)
    assert children_module.stop_orphans(folders.pids) == ["web"]
    assert process.wait() == -signal.SIGTERM
    assert pidfiles.read(folders.pids) == []


def test_the_end_of_a_log_is_read_without_the_rest(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    assert children_module.last_lines(log, lines=2) == ["line 99998", "line 99999"]
    assert children_module.last_lines(tmp_path / "none.log") == []


def test_a_log_grown_large_is_put_away(tmp_path, monkeypatch):
    monkeypatch.setattr(children_module, "LARGEST_LOG", 10)
    log = tmp_path / "x.log"
    log.write_text("x" * 11)
    children_module.keep_small(log)
    assert not log.exists()
    assert (tmp_path / "x.log.1").exists()
