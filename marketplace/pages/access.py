"""Who may open which page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, NoReturn

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from marketplace import second_factor
from marketplace.models import Job, User

REFUSALS = {
    "is_requester": "This page is for requesters. Take on that role in your profile to post jobs.",
    "is_worker": "This page is for workers. Take on that role in your profile to label images.",
    "is_staff": "This page is for the admins of this site.",
}

FRESH_SECONDS = 300

View = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]


def _demand(role: str, *, second_factor_too: bool = False) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @login_required
        def for_the_role(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not getattr(request.user, role, False):
                raise PermissionDenied(REFUSALS[role])
            if second_factor_too and second_factor.is_missing(person=person(request)):
                return set_up_second_factor(request)
            return view(request, *args, **kwargs)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if getattr(request, "htmx", False) and not request.user.is_authenticated:
                # A part of a page that outlived its session: the whole page asks for the login, not its middle.
                return HttpResponse(headers={"HX-Refresh": "true"})
            return for_the_role(request, *args, **kwargs)

        return guarded

    return decorate


requester_required = _demand("is_requester")
worker_required = _demand("is_worker")
admin_required = _demand("is_staff", second_factor_too=True)


def decider_required(view: View) -> View:
    """For whoever may be asked to decide an appeal: requesters and admins, these with a second factor."""
    for_requesters, for_admins = requester_required(view), admin_required(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = for_admins if getattr(request.user, "is_staff", False) else for_requesters
        return chosen(request, *args, **kwargs)

    return guarded


def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """Says why this page is closed without a second factor, and leads to setting one up."""
    return render(request, "marketplace/second_factor.html", status=403)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the signed-in person said who they are within the last minutes, by password or second factor."""
    since = timezone.now().timestamp() - FRESH_SECONDS
    return any(record.get("at", 0) > since for record in get_authentication_records(request, person(request)))


def ask_who_it_is(request: HttpRequest) -> NoReturn:
    """Ask for the password or the second factor once more, and go on with this very request after it."""
    raise ReauthenticationRequired


def person(request: HttpRequest) -> User:
    """The signed-in person; for views behind one of the decorators."""
    assert isinstance(request.user, User), "only called where a login is required"
    return request.user


def own_job(request: HttpRequest, public_id: str) -> Job:
    """The requester's own job, or 404: other people's jobs do not exist for them."""
    jobs = Job.objects.select_related("label_set", "owner")
    return get_object_or_404(jobs, public_id=public_id, owner=person(request))
