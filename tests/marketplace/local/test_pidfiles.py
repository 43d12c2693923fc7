"""Which processes an earlier start left behind."""

import os
import signal

import pytest

from marketplace.local import pidfiles
from marketplace.local.pidfiles import Record
from marketplace.local.processes import Process

RECORD = Record("web", 100, "12:00", "/venv/bin/python")


@pytest.mark.parametrize(
    ("why", "process", "is_ours"),
    [
        ("the very process", Process(100, 100, "12:00", "/venv/bin/python -m granian"), True),
        ("its number was given to somebody else", Process(100, 100, "12:30", "vim"), False),
        ("a child it left in its group", Process(105, 100, "12:01", "/venv/bin/python -c spawn"), True),
        ("a stranger in a group of that number", Process(105, 100, "12:01", "vim"), False),
        ("nothing of that number", Process(7, 7, "12:00", "/venv/bin/python"), False),
    ],
)
def test_a_record_is_believed_only_when_the_process_agrees(why, process, is_ours):
    assert pidfiles.ours(record=RECORD, processes={process.pid: process}) is is_ours, why


def test_a_service_left_running_is_found_and_forgotten_when_it_ended(tmp_path, started):
    process = started("import time; time.sleep(60)")
    pidfiles.write(folder=tmp_path, service="web", pid=process.pid, program="python")
    assert [record.service for record in pidfiles.orphans(tmp_path)] == ["web"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert pidfiles.orphans(tmp_path) == []
    pidfiles.forget(folder=tmp_path, service="web")
    assert pidfiles.read(tmp_path) == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"pid": 3}'])
def test_a_damaged_pid_file_counts_for_nothing(tmp_path, damage):
    (tmp_path / "web.json").write_text(damage)
    assert pidfiles.read(tmp_path) == []
