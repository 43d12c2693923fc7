from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from marketplace.demo import funding, seeding
from marketplace.management.commands import seed_demo


@pytest.fixture
def seeded(monkeypatch):
    calls = []
    monkeypatch.setattr(seeding, "seed", lambda **arguments: calls.append(arguments) or len(calls) == 1)
    return calls


def call():
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def test_logins_come_from_the_environment_and_are_not_repeated(seeded, monkeypatch):
    for role in seed_demo.ROLES:
        monkeypatch.setenv(f"DEMO_{role.upper()}_EMAIL", f"{role}@example.org")
        monkeypatch.setenv(f"DEMO_{role.upper()}_PASSWORD", "given-1234")
    assert call() == ""
    assert seeded[0]["logins"]["admin"] == seeding.Login("admin@example.org", "given-1234")


def test_without_any_passwords_are_made_up_and_printed(seeded):
    said = call()
    for role in seed_demo.ROLES:
        login = seeded[0]["logins"][role]
        assert len(login.password) >= 12
        assert f"{login.email}  {login.password}" in said


def test_a_world_that_is_there_is_left_alone(seeded):
    call()
    assert call() == "The demo world is there already.\n"


def test_without_a_bank_it_says_what_to_do(monkeypatch):
    def away(**arguments):
        raise funding.NoBank("The sandbox bank does not answer")

    monkeypatch.setattr(seeding, "seed", away)
    with pytest.raises(CommandError, match="which starts it"):
        call()


def test_it_never_moves_real_money(seeded, settings):
    settings.BILLING_GATEWAY = "stripe"
    with pytest.raises(CommandError, match="BILLING_GATEWAY=sandbox"):
        call()
    assert not seeded
