"""`manage.py app_role` makes the role and says so."""

import pytest
from django.core.management import call_command

from marketplace import app_role


@pytest.mark.django_db
def test_the_role_is_made(capsys):
    call_command("app_role", "tally_app_of_a_test")
    assert app_role.is_there(role="tally_app_of_a_test")
    assert capsys.readouterr().out == "tally_app_of_a_test works with every table, and can only add to the books.\n"
