"""What sign-up asks besides e-mail and password: a name, and what the person is here for."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from marketplace import joining
from marketplace.models import User

LABEL, POST, BOTH = "label", "post", "both"


class RolesForm(forms.Form):
    """Mixed into django-allauth's sign-up form, which calls `signup` when the account has been made."""

    purpose = forms.ChoiceField(
        label="What brings you here?",
        choices=[
            (LABEL, "I want to label images and be paid"),
            (POST, "I want to have images labelled"),
            (BOTH, "Both"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one; you can add the other later."},
    )
    name = forms.CharField(
        label="Name",
        max_length=80,
        required=False,
        help_text="How we address you. Other people on Tally see a made-up name instead.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["purpose", "name", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        purpose = self.cleaned_data["purpose"]
        joining.join(
            person=user,
            name=self.cleaned_data["name"],
            requester=purpose in {POST, BOTH},
            worker=purpose in {LABEL, BOTH},
            now=timezone.now(),
        )
        user.refresh_from_db()
