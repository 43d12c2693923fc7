"""Who rejects too much: what admins are asked to look at, and their word on it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import stopping
from marketplace.errors import Conflict, Refused
from marketplace.models import RejectionStop
from marketplace.models.review import LONGEST_NOTE
from marketplace.pages.access import admin_required, person

A_PAGE = 25


@admin_required
@require_safe
def stops(request: HttpRequest) -> HttpResponse:
    """What waits for an admin, or all there ever was."""
    return _page(request)


def _page(request: HttpRequest, *, at: int = 0, typed: str = "", error: str = "") -> HttpResponse:
    show = "all" if request.GET.get("show") == "all" else "open"
    page = Paginator(stopping.stops(show=show), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "at": at, "typed": typed, "error": error, "longest": LONGEST_NOTE}
    return render(request, "marketplace/rejection_stops.html", context, status=422 if error else 200)


@admin_required
@require_POST
def stop_close(request: HttpRequest, stop: int) -> HttpResponse:
    """Release the requester, or uphold the stop."""
    note = request.POST.get("note", "").replace("\r\n", "\n")
    try:
        closed = stopping.close(
            stop_id=stop,
            admin=person(request),
            state=request.POST.get("decision", ""),
            note=note,
            now=timezone.now(),
        )
    except RejectionStop.DoesNotExist as gone:
        raise Http404("There is no such stop.") from gone
    except Refused as refused:
        return _page(request, at=stop, typed=note, error=refused.problems[0].message)
    except Conflict as conflict:
        messages.info(request, conflict.message)
        return redirect("rejection_stops")
    messages.success(request, f"{closed.get_state_display().capitalize()}. It is noted with your words.")
    return redirect("rejection_stops")
