"""Who is taken for one person for sharing a device or a payout account, and an admin's word that they are two."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import telling_apart
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import KnownApart
from marketplace.pages.access import admin_required, person

A_PAGE = 25
FIELDS = ("one", "other", "reason")


@admin_required
@require_safe
def shared_people(request: HttpRequest) -> HttpResponse:
    """Pairs that share something, or those that were told apart."""
    return _page(request)


def _page(request: HttpRequest, problem: Refused | None = None) -> HttpResponse:
    show = "apart" if request.GET.get("show") == "apart" else "shared"
    whose = request.GET.get("whose", "").replace("\x00", "")
    found: Any = telling_apart.known_apart(whose=whose) if show == "apart" else telling_apart.pairs(whose=whose)
    page: Page[Any] = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    asked = (request.POST.get("one"), request.POST.get("other"))
    context = {
        "show": show,
        "whose": whose,
        "page": page,
        "rows": [
            (pair, problem is not None and asked == (pair.first.pseudonym, pair.second.pseudonym)) for pair in page
        ],
        "typed": request.POST.get("reason", ""),
        "error": problem.problems[0].message if problem else "",
        "longest": telling_apart.LONGEST_REASON,
        "most": telling_apart.MOST_PAIRS,
    }
    return render(request, "marketplace/shared_people.html", context, status=422 if problem else 200)


@admin_required
@require_POST
def people_apart(request: HttpRequest) -> HttpResponse:
    """Say that two people are two."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in FIELDS}
    try:
        pair, back = telling_apart.tell_apart(
            **typed, by=person(request), now=timezone.now(), address=address_of(request=request)
        )
    except Refused as refused:
        if refused.problems[0].field == "reason":
            return _page(request, refused)
        messages.error(request, refused.problems[0].message)
    except (Conflict, Forbidden) as refused:
        messages.error(request, refused.message)
    else:
        jobs = f"{back} job{'' if back == 1 else 's'}"
        told = f"{pair.first.email} and {pair.second.email} are two people. They are back in {jobs}."
        messages.success(request, told)
    return redirect("shared_people")


@admin_required
@require_POST
def people_withdraw(request: HttpRequest, pair: int) -> HttpResponse:
    """Take that back."""
    try:
        telling_apart.withdraw(
            pair_id=pair, by=person(request), now=timezone.now(), address=address_of(request=request)
        )
    except KnownApart.DoesNotExist as gone:
        raise Http404("There are no such two.") from gone
    except Forbidden as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "Withdrawn. They are taken for one person again.")
    return redirect("shared_people")
