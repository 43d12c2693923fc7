"""`manage.py up`."""

from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from marketplace.local import environment
from marketplace.management.commands import up


def test_called_from_within_django_it_says_how_to_run_it(monkeypatch):
    monkeypatch.setattr(environment, "PREPARED", [])
    with pytest.raises(CommandError, match=r"python3 manage\.py up"):
        call_command("up")


def test_what_was_prepared_before_django_is_what_runs(monkeypatch):
    ran = {}
    prepared = SimpleNamespace(began=0.0)
    monkeypatch.setattr(environment, "PREPARED", [prepared])
    monkeypatch.setattr(up, "run", lambda **options: ran.update(options))
    call_command("up", "--no-demo", "--port", "8123")
    assert (ran["installation"], ran["demo"]) == (prepared, False)
