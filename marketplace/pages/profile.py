"""One's own name and roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from marketplace import joining, payout_setup
from marketplace.countries import COUNTRIES
from marketplace.languages import LANGUAGES
from marketplace.models import User


class ProfileForm(forms.Form):
    """Name, roles and what jobs may ask for; a role one already has stays ticked."""

    name = forms.CharField(
        max_length=80,
        required=False,
        help_text="How we address you. Other people on Tally see a made-up name instead.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    is_worker = forms.BooleanField(
        label="Worker", required=False, help_text="Find work, label images, be paid for accepted answers."
    )
    is_requester = forms.BooleanField(
        label="Requester", required=False, help_text="Post jobs, pay for them from a wallet, download the dataset."
    )

    country = forms.ChoiceField(
        label="Where you live",
        required=False,
        choices=[("", "Not said"), *COUNTRIES.items()],
        help_text="Some jobs are for people in certain countries. Nobody checks it: say what is true.",
    )
    languages = forms.MultipleChoiceField(
        label="Languages you speak",
        required=False,
        choices=list(LANGUAGES.items()),
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text="For jobs whose images have words in them. Hold Ctrl or ⌘ to choose several. Nobody checks it.",
    )

    def __init__(self, person: User, data: Mapping[str, Any] | None = None) -> None:
        roles = {"is_worker": person.is_worker, "is_requester": person.is_requester}
        said = {"name": person.name, "country": person.country, "languages": person.languages}
        super().__init__(data, initial={**said, **roles})
        for role, taken in roles.items():
            self.fields[role].disabled = taken


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """See and change one's name; take on a role."""
    assert isinstance(request.user, User)
    form = ProfileForm(request.user, request.POST or None)
    if form.is_valid():
        joining.join(
            person=request.user,
            name=form.cleaned_data["name"],
            requester=form.cleaned_data["is_requester"],
            worker=form.cleaned_data["is_worker"],
            country=form.cleaned_data["country"],
            languages=form.cleaned_data["languages"],
            now=timezone.now(),
        )
        messages.success(request, "Saved.")
        return redirect("profile")
    paid = payout_setup.ways_words(country=request.user.country) if request.user.is_worker else ""
    return render(request, "marketplace/profile.html", {"form": form, "paid": paid})
