"""`manage.py check_stripe` prints what was found and ends with 1 when something failed."""

import pytest
from django.core.management import CommandError, call_command

from marketplace.management.commands import check_stripe

FOUND = [("proved", "the account is in US"), ("do", "Open the page"), ("failed", "no event came")]


@pytest.fixture
def run(monkeypatch, capsys):
    def call(findings, *arguments, naps=0):
        slept = []

        def rehearse(*, wait, **_):
            for kind, text in findings:
                yield check_stripe.Kind(kind), text
                while naps and wait():
                    slept.append(1)

        def told(**all_of_it):
            return (check_stripe.Finding(kind, text) for kind, text in rehearse(**all_of_it))

        monkeypatch.setattr(check_stripe, "rehearse", told)
        monkeypatch.setattr(check_stripe.time, "sleep", slept.append)
        call_command("check_stripe", *arguments)
        return capsys.readouterr().out, slept

    return call


def test_what_was_found_is_printed_and_a_failure_is_the_commands(run, capsys):
    with pytest.raises(CommandError, match="1 thing"):
        run(FOUND)
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ["proved  the account is in US", "    do  Open the page"]
    assert "was proved" in run(FOUND[:2])[0]


def test_it_waits_for_a_person_as_long_as_it_was_told_at_each_page(run):
    assert len([nap for nap in run(FOUND[:2], "--minutes=0.15", naps=1)[1] if nap == check_stripe.EVERY]) == 6
    assert run(FOUND[:2], "--minutes=0", naps=1)[1] == []


def test_a_live_key_is_refused(settings):
    settings.STRIPE_API_KEY = "sk_live_1"
    with pytest.raises(CommandError, match="test key"):
        call_command("check_stripe")
