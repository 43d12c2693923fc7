"""Where things lie, and who may reach them."""

import os
import stat

import pytest

from marketplace.local import folders
from marketplace.local.folders import SELF, Owner, lay_out

NOBODY = Owner(65534, 65534)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def as_user(monkeypatch):
    monkeypatch.setattr(folders, "unprivileged", lambda: SELF)


def test_the_data_folder_is_private(tmp_path, as_user):
    made = lay_out(root=tmp_path / "local")
    assert [mode(path) for path in (made.root, made.logs, made.pids, made.sockets)] == [0o700] * 4
    assert made.cluster == tmp_path.resolve() / "local" / "postgres"


def test_a_folder_that_was_there_keeps_its_mode(tmp_path, as_user):
    tmp_path.chmod(0o755)
    lay_out(root=tmp_path)
    assert mode(tmp_path) == 0o755


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(tmp_path, as_user):
    deep = tmp_path / ("d" * 100)
    made = lay_out(root=deep)
    assert len(str(made.sockets)) <= folders.LONGEST_SOCKET_FOLDER
    assert mode(made.sockets) == 0o700
    assert lay_out(root=deep).sockets == made.sockets, "the same again on the next start"
    made.sockets.rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(SystemExit, match="not private"):
        folders.refuse_foreign(tmp_path, owner=SELF)


def test_below_a_private_home_the_cluster_goes_where_its_user_can_enter(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(folders, "unprivileged", lambda: Owner(os.getuid(), os.getgid()))
    monkeypatch.setattr(folders, "can_enter", lambda **_: False)
    made = lay_out(root=tmp_path / "home" / "local")
    assert made.cluster.parent.parent == tmp_path / "shared"
    assert (made.cluster.parent / "belongs-to").read_text() == f"{made.root}\n"
    assert lay_out(root=made.root).cluster == made.cluster, "the same again on the next start"


def test_a_new_clone_at_an_old_path_does_not_find_the_old_database(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "SHARED", tmp_path / "shared")
    first = folders.elsewhere(tmp_path)
    (tmp_path / "mark").unlink()
    assert folders.elsewhere(tmp_path) != first


def test_a_cluster_keeps_the_owner_it_was_made_by(tmp_path):
    assert folders.made_by(tmp_path, otherwise=NOBODY) == Owner(os.getuid(), tmp_path.stat().st_gid)
    assert folders.made_by(tmp_path / "none", otherwise=NOBODY) == NOBODY
    assert folders.made_by(tmp_path, otherwise=SELF) == SELF


def test_whether_somebody_can_enter_is_asked_of_the_system(tmp_path):
    assert folders.can_enter(folder=tmp_path, owner=SELF)
    assert not folders.can_enter(folder=tmp_path / "none", owner=SELF)
    assert not folders.can_run(program=tmp_path / "none", owner=SELF)
