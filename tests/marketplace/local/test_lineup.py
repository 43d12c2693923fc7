"""The command lines of the services."""

from types import SimpleNamespace

import pytest

from marketplace.local import lineup

SECRETS = {"SECRET_KEY": "key-of-django", "STRIPE_WEBHOOK_SECRET": "whsec_of_ours"}


@pytest.fixture
def installation(folders):
    return SimpleNamespace(folders=folders, port=8000, sandbox_port=8001)


@pytest.fixture(params=["web", "worker", "sandbox"])
def ours(request, installation):
    return getattr(lineup, f"{request.param}_service")(installation=installation, env=SECRETS)


def test_no_secret_stands_on_a_command_line(ours):
    assert not any(secret in " ".join(ours.command) for secret in SECRETS.values())
    assert ours.env["SECRET_KEY"] == "key-of-django"


def test_our_services_can_import_the_project_and_speak_at_once(ours):
    assert ours.env["PYTHONPATH"] == str(ours.folder)
    assert ours.env["PYTHONUNBUFFERED"] == "1"


def test_the_web_server_is_reachable_on_loopback_alone(installation):
    line = lineup.web_service(installation=installation, env={}).command
    assert line[line.index("--host") + 1] == "127.0.0.1"


def test_the_sandbox_tells_the_web_server_what_happened(installation):
    line = lineup.sandbox_service(installation=installation, env={}).command
    assert line[line.index("--webhook-url") + 1] == "http://127.0.0.1:8000/webhooks/stripe/"


def test_a_foreign_server_gets_no_key_and_no_variable_that_steers_it():
    env = lineup.bare({"PATH": "/bin", "SECRET_KEY": "x", "PGPORT": "1", "LD_LIBRARY_PATH": "/lib"})
    assert env == {"PATH": "/bin", "LD_LIBRARY_PATH": "/lib", "LC_ALL": "C"}
