"""`manage.py token`."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from marketplace import tokens
from marketplace.models import ApiToken


def run(*args):
    out = io.StringIO()
    call_command("token", *args, stdout=out)
    return out.getvalue().strip()


def test_it_prints_a_key_that_works_and_nothing_else(world):
    key = run(world.wei.email.upper(), "--name", "laptop")
    assert tokens.holder_of(key=key, now=timezone.now()) == world.wei
    assert ApiToken.objects.get().name == "laptop"


def test_it_can_end_by_itself(world):
    run(world.wei.email, "--days", "2")
    token = ApiToken.objects.get()
    assert (token.expires_at - token.created_at).days == 2


@pytest.mark.parametrize("args", [["nobody@example.org"], ["wei@example.org", "--days", "0"]])
def test_it_says_what_is_wrong(world, args):
    assert world.wei
    with pytest.raises(CommandError):
        run(*args)
    assert not ApiToken.objects.exists()
