"""What compose.yaml runs: tables changed by their owner alone, the rest as the role that only adds to the books."""

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from django.core.management import load_command_class

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
OF_THE_PROGRAM = ("web", "worker", "beat")


def database(service):
    """Role and password (the name of a variable) that a service signs in with, and where."""
    url = re.sub(r"\$\{(\w+)[^}]*\}", r"\1", SERVICES[service]["environment"]["DATABASE_URL"])
    parts = urlsplit(url)
    return parts.username, parts.password, parts.hostname, parts.path


def migrates():
    """What the one service of the owner runs, a list of words a command."""
    shell, flag, line = SERVICES["migrate"]["command"]
    assert (shell, flag) == ("sh", "-c")
    return [shlex.split(command) for command in line.split("&&")]


def test_only_the_service_that_migrates_is_the_owner_of_the_tables():
    owner = SERVICES["postgres"]["environment"]["POSTGRES_USER"]
    assert database("migrate") == (owner, "POSTGRES_PASSWORD", "postgres", f"/{owner}")
    for service in OF_THE_PROGRAM:
        assert database(service) == ("tally_app", "APP_ROLE_PASSWORD", "postgres", f"/{owner}"), service
        assert "POSTGRES_PASSWORD" not in str(SERVICES[service]), service
    assert set(SERVICES) == {"postgres", "redis", "migrate", *OF_THE_PROGRAM}


def test_the_role_has_its_rights_before_anything_runs_as_it():
    assert migrates() == [
        ["python", "manage.py", "migrate", "--noinput"], ["python", "manage.py", "app_role", "tally_app"],
    ]  # fmt: skip
    load_command_class("marketplace", "app_role").create_parser("manage.py", "app_role").parse_args(["tally_app"])
    assert SERVICES["migrate"]["environment"]["APP_ROLE_PASSWORD"].startswith("${APP_ROLE_PASSWORD:?")
    assert SERVICES["migrate"]["restart"] == "no"
    for service in OF_THE_PROGRAM:
        assert SERVICES[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_secret_it_needs_is_in_the_instructions():
    told = (ROOT / "docs" / "operations.md").read_text().split("Put the secrets into `.env`")[1].split("```")[1]
    for name in set(re.findall(r"\$\{(\w+):\?", TEXT)):
        assert f"{name}=" in told, name


def test_what_the_program_runs_is_there():
    for service, module in (("worker", "worker"), ("beat", "beat")):
        program, *words = SERVICES[service]["command"]
        assert (program, words[:2], words[2]) == ("celery", ["--app", "marketplace"], module)
    assert "marketplace.wsgi:application" in (ROOT / "Dockerfile").read_text()
