"""The environment a command runs in, decided before the settings are read."""

import argparse
import json
import stat

import pytest

from marketplace.local import environment, folders, ports


@pytest.fixture
def environ(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "unprivileged", lambda: folders.SELF)
    monkeypatch.setattr(ports, "choose", lambda *, wanted: wanted if wanted != 8000 else 8003)
    return {"TALLY_LOCAL_DIR": str(tmp_path / "local")}


@pytest.fixture
def prepare(environ):
    held = []

    def prepared(*argv):
        installation = environment.prepare(argv=argv, environ=environ)
        held.append(installation)
        return installation

    yield prepared
    for installation in held:
        installation.lock.close()


def test_up_names_every_address_and_key(prepare, environ):
    installation = prepare()
    assert environ["SITE_URL"] == "http://127.0.0.1:8003"
    assert environ["STRIPE_API_BASE"] == "http://127.0.0.1:8004"
    assert environ["DATABASE_URL"].startswith("postgres://tally@/tally?host=")
    assert environ["REDIS_URL"].startswith("unix:///")
    assert environ["SECRET_KEY"] == installation.credentials.secret_key
    assert environ["DEMO"] == "1"
    assert (installation.wanted_port, installation.port) == (8000, 8003)


def test_servers_the_caller_names_are_used_instead(prepare, environ):
    environ |= {"DATABASE_URL": "postgres://db/tally", "REDIS_URL": "redis://cache/0", "BILLING_GATEWAY": "stripe"}
    installation = prepare("--port", "9000", "--no-demo")
    assert (installation.own_postgres, installation.own_redis, installation.sandbox_port) == (False, False, None)
    assert environ["DATABASE_URL"] == "postgres://db/tally"
    assert "STRIPE_API_BASE" not in environ
    assert "DEMO" not in environ
    assert environ["SITE_URL"] == "http://127.0.0.1:9000"


def test_a_second_up_on_the_same_folder_is_refused_by_name(prepare):
    prepare()
    with pytest.raises(SystemExit, match=r"already runs from .*process \d+"):
        prepare()


def test_the_folder_can_be_taken_again_once_it_is_let_go(prepare):
    first = prepare()
    first.lock.close()
    assert prepare().credentials == first.credentials


def test_other_commands_join_the_installation(prepare, environ):
    prepare()
    path = environment.local_folder(environ) / environment.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = {"TALLY_LOCAL_DIR": environ["TALLY_LOCAL_DIR"], "SITE_URL": "http://elsewhere"}
    environment.join(environ=other)
    assert other["DATABASE_URL"] == json.loads(path.read_text())["DATABASE_URL"]
    assert other["SITE_URL"] == "http://elsewhere"


def test_a_command_that_names_its_database_joins_nothing(prepare, environ):
    prepare()
    other = {"TALLY_LOCAL_DIR": environ["TALLY_LOCAL_DIR"], "DATABASE_URL": "postgres://db/tally"}
    environment.join(environ=other)
    assert "SECRET_KEY" not in other


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "80.5", ""])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not a port"):
        environment.port_number(text)


def test_asking_for_help_takes_nothing(monkeypatch):
    monkeypatch.setattr(environment, "prepare", lambda **_: pytest.fail("prepared"))
    environment.enter(argv=["manage.py", "up", "--help"])
