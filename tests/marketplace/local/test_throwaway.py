"""The real servers: PostgreSQL and Redis started, used, killed, gone."""

import os
import signal
from pathlib import Path

import psycopg
import pytest
import redis

from marketplace.local import lineup, postgres_server, processes, throwaway
from marketplace.local.children import Children
from marketplace.local.environment import hold
from marketplace.local.folders import lay_out


def server_pid(url):
    with psycopg.connect(url) as connection:
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
    return folder, int((folder / "postmaster.pid").read_text().splitlines()[0])


def test_both_servers_answer_and_leave_nothing_behind():
    with throwaway.services(environ={}, say=print) as named:
        cluster, pid = server_pid(named["DATABASE_URL"])
        with psycopg.connect(named["DATABASE_URL"]) as connection:
            version, collation = connection.execute("SELECT version(), lower('ÄÖÜ')").fetchone()
        assert version.startswith("PostgreSQL")
        assert collation == "äöü"
        with redis.from_url(named["REDIS_URL"]) as client:
            assert client.set("a", "b")
    assert pid not in processes.running()
    assert not cluster.exists()
    assert not Path(named["TALLY_LOCAL_DIR"]).exists()


def test_two_runs_on_one_machine_do_not_meet():
    with throwaway.services(environ={}, say=print) as one, throwaway.services(environ={}, say=print) as two:
        with psycopg.connect(one["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("CREATE TABLE only_here()")
        with psycopg.connect(two["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_servers_the_caller_names_are_used_instead():
    named = {"DATABASE_URL": "postgres://db/tally", "REDIS_URL": "redis://cache/0"}
    with throwaway.services(environ=named, say=print) as found:
        assert set(found) == {"TALLY_LOCAL_DIR"}


@pytest.fixture
def scratch(monkeypatch):
    """A folder like the one a test run makes, below a scratch folder of its own."""
    above = throwaway.scratch_home() / f"tally-scratch-{os.getpid()}"
    above.mkdir(mode=0o711)
    yield above
    throwaway.clear_left_behind(above)
    above.rmdir()


@pytest.fixture
def running(scratch):
    root = scratch / f"{throwaway.PREFIX}one"
    root.mkdir(mode=0o711)
    folders = lay_out(root=root)
    lock = hold(root)
    children = Children(folders=folders, say=print)
    children.start(lineup.postgres_service(folders=folders))
    postgres_server.wait_ready(sockets=folders.sockets, alive=lambda: children.alive("postgres"))
    yield children
    children.stop()
    lock.close()


def test_a_killed_server_comes_back_with_what_was_committed(running):
    url = postgres_server.database_url(sockets=running.folders.sockets)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    _cluster, pid = server_pid(url)
    os.kill(pid, signal.SIGKILL)
    running.running["postgres"].process.wait()
    running.look_after()
    assert processes.wait_until(lambda: running.look_after() or running.alive("postgres"), seconds=10)
    postgres_server.wait_ready(sockets=running.folders.sockets, alive=lambda: True)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_an_orphan_is_stopped_by_the_next_start(running):
    _cluster, pid = server_pid(postgres_server.database_url(sockets=running.folders.sockets))
    assert postgres_server.stop_orphan(cluster=running.folders.cluster) is True
    assert pid not in processes.running()


def test_a_run_that_still_goes_on_is_not_cleared_away(running, scratch):
    throwaway.clear_left_behind(scratch)
    assert running.alive("postgres")
    assert running.folders.cluster.exists()
