"""`manage.py forget`."""

import io

import pytest
from django.core.management import CommandError, call_command

from marketplace.models import AuditEntry, User


def run(*args):
    out = io.StringIO()
    call_command("forget", *args, stdout=out)
    return out.getvalue()


def test_it_forgets_and_says_under_what_the_rest_stays(world):
    told = run(world.wei.email.upper())
    assert world.wei.pseudonym in told
    assert "still stands" not in told
    assert User.objects.get(pk=world.wei.pk).left_at
    assert AuditEntry.objects.get(action="person.left").actor is None


def test_it_names_where_the_address_is_left(world):
    world.job(title="Ask wanda@example.org", images=0)
    assert "marketplace_job: 1 rows" in run(world.wanda.email)


def test_it_refuses_with_money_left_unless_it_is_given_up(world):
    world.fund(world.rita, "1.00")
    with pytest.raises(CommandError, match=r"\$1.00 in your wallet"):
        run(world.rita.email)
    assert "1.00 was left behind" in run(world.rita.email, "--give-up")


def test_who_is_nobody_is_told(world):
    with pytest.raises(CommandError, match="no account"):
        run("nobody@example.org")
