"""Signing up asks what a person is here for, and gives them that role."""

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.models import AuditEntry, User

pytestmark = pytest.mark.django_db
FORM = {"email": "new@example.org", "password1": "correct-horse-9", "password2": "correct-horse-9"}


def sign_up(client, **fields):
    return client.post(reverse("account_signup"), {**FORM, "purpose": "label", "name": "", **fields})


@pytest.mark.parametrize(
    ("purpose", "requester", "worker"), [("label", False, True), ("post", True, False), ("both", True, True)]
)
def test_the_purpose_chosen_becomes_the_role(client, purpose, requester, worker):
    assert sign_up(client, purpose=purpose).status_code == 302
    user = User.objects.get(email="new@example.org")
    assert (user.is_requester, user.is_worker, user.is_staff) == (requester, worker, False)
    assert AuditEntry.objects.get().action == "role.taken"


def test_the_name_given_is_kept_and_may_be_left_out(client):
    sign_up(client, name=" Nia  Newton ")
    assert User.objects.get().name == "Nia Newton"


def test_without_a_purpose_the_field_says_so_and_nothing_typed_is_lost(client):
    page = sign_up(client, purpose="", name="Nia")
    assert not User.objects.exists()
    assert page.context["form"].errors == {"purpose": ["Choose one; you can add the other later."]}
    assert 'value="Nia"' in page.text
    assert 'value="new@example.org"' in page.text


def test_a_purpose_that_is_none_of_the_choices_is_refused(client):
    assert "purpose" in sign_up(client, purpose="admin").context["form"].errors


def test_no_field_can_make_an_admin(client):
    sign_up(client, is_staff="on", is_superuser="on")
    user = User.objects.get()
    assert not user.is_staff
    assert not user.is_superuser


def test_a_letter_asks_to_confirm_the_address(client):
    sign_up(client)
    letter = mail.outbox[0]
    assert letter.subject == "[Tally] Confirm your e-mail address"
    assert "/accounts/confirm-email/" in letter.body
    assert "example.com" not in letter.body


def test_an_address_in_other_capitals_is_the_same_account(client, world):
    world.person("New")
    page = sign_up(client, email="NEW@example.org")
    assert User.objects.count() == 1
    assert "already" in page.context["form"].errors["email"][0]
