"""What runs here and how it is ended."""

import os
import signal
import subprocess
import sys

from marketplace.local import processes

SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def test_a_running_process_is_seen_with_its_group_and_command(started):
    process = started(SLEEP)
    seen = processes.running()[process.pid]
    assert seen.group == process.pid
    assert sys.executable in seen.command
    assert seen.began


def test_a_zombie_does_not_count_as_running(started):
    process = started("pass")
    assert processes.wait_until(lambda: process.pid not in processes.running(), seconds=10)
    assert process.poll() == 0, "it was there to be reaped all the time"


def test_stopping_ends_the_whole_group_even_what_does_not_listen(started):
    child = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = started(parent, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"deaf\n"
    processes.stop(groups=[process.pid], patience=0.3)
    assert not processes.living({process.pid})


def test_stopping_what_is_gone_is_no_error(started):
    process = started("pass")
    process.wait()
    processes.stop(groups=[process.pid])


def test_a_child_ends_when_its_parent_is_killed(started):
    code = (
        "import os, signal, subprocess, sys, time\n"
        "from marketplace.local.processes import dies_with_parent\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}], preexec_fn=dies_with_parent(signal.SIGTERM))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = started(code, stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    gone = processes.wait_until(lambda: child not in processes.running(), seconds=10)
    if not gone:
        os.kill(child, signal.SIGKILL)
    assert gone or not sys.platform.startswith("linux")


def test_the_list_of_ps_is_read_where_there_is_no_proc():
    text = (
        "    1     1 Ss   Mon Mar  2 09:00:00 2026 /sbin/init splash\n"
        "   77    70 Z    Mon Mar  2 09:01:00 2026 (python)\n"
        "   80    70 S+   Mon Mar  2 09:02:00 2026 postgres -D /data\n"
    )
    found = processes.parse_ps(text)
    assert set(found) == {1, 80}
    assert found[80] == processes.Process(80, 70, "Mon Mar 2 09:02:00 2026", "postgres -D /data")
