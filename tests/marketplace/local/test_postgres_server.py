"""The embedded PostgreSQL: addresses, command line, orphans. test_throwaway.py beside this runs a real one."""

import os
from pathlib import Path

import environ
import psycopg
import pytest

from marketplace.local import postgres_server
from marketplace.local.processes import Process
from marketplace.local.programs import PostgresPrograms

PROGRAMS = PostgresPrograms(Path("/pg/bin/initdb"), Path("/pg/bin/postgres"))


def test_django_and_libpq_read_the_same_address(monkeypatch):
    url = postgres_server.database_url(sockets=Path("/tmp/a b/run"))
    monkeypatch.setenv("SOME_URL", url)
    django = environ.Env().db("SOME_URL")
    assert (django["NAME"], django["USER"], django["OPTIONS"]) == ("tally", "tally", {"host": "/tmp/a b/run"})
    libpq = psycopg.conninfo.conninfo_to_dict(url)
    assert libpq == {"user": "tally", "dbname": "tally", "host": "/tmp/a b/run"}


def test_the_server_listens_on_its_socket_alone(folders):
    line = postgres_server.command(programs=PROGRAMS, folders=folders)
    assert "listen_addresses=" in line
    assert f"unix_socket_directories={folders.sockets}" in line
    assert "fsync=off" not in line


def test_only_a_throwaway_server_may_forget(folders):
    assert "fsync=off" in postgres_server.command(programs=PROGRAMS, folders=folders, throwaway=True)


def test_settings_replace_the_usual_ones_but_never_where_the_server_listens(folders):
    wanted = {"shared_buffers": "512MB", "listen_addresses": "*"}
    line = postgres_server.command(programs=PROGRAMS, folders=folders, settings=wanted)
    assert "shared_buffers=512MB" in line
    assert "listen_addresses=" in line
    assert "listen_addresses=*" not in line


@pytest.mark.parametrize(
    ("command", "found"),
    [("/pg/bin/postgres -D {cluster}", True), ("/pg/bin/postgres -D /other", False), ("vim {cluster}", False)],
)
def test_a_server_left_on_the_cluster_is_told_from_a_stranger_with_its_number(tmp_path, command, found):
    (tmp_path / "postmaster.pid").write_text(f"77\n{tmp_path}\n")
    processes = {77: Process(77, 77, "", command.format(cluster=tmp_path))}
    assert (postgres_server.postmaster(cluster=tmp_path, processes=processes) is not None) is found


def test_a_pid_file_naming_a_stranger_is_cleared_and_the_stranger_lives(tmp_path):
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postgres_server.stop_orphan(cluster=tmp_path) is False
    assert not (tmp_path / "postmaster.pid").exists()


def test_data_of_another_major_version_is_refused_with_a_way_out(tmp_path, monkeypatch):
    (tmp_path / "PG_VERSION").write_text("16\n")
    monkeypatch.setattr(postgres_server, "version_of", lambda programs: 18)
    with pytest.raises(SystemExit, match=r"made by PostgreSQL 16, but this machine has PostgreSQL 18"):
        postgres_server.refuse_other_version(programs=PROGRAMS, cluster=tmp_path)


def test_unicode_rules_come_from_postgresql_where_it_has_them():
    assert "--locale-provider=builtin" in postgres_server.locale(version=18)
    assert postgres_server.locale(version=16) == ["--no-locale"]


def test_a_server_that_died_is_not_waited_for(tmp_path):
    with pytest.raises(SystemExit, match="PostgreSQL did not start"):
        postgres_server.wait_ready(sockets=tmp_path, alive=lambda: False)
