"""The admins' flags: what looks like spam, with its evidence, to be confirmed or dismissed."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import flags
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Refused
from marketplace.evidence import signs
from marketplace.models import Flag
from marketplace.pages.access import admin_required, person

A_PAGE = 50


@admin_required
@require_safe
def report_flags(request: HttpRequest) -> HttpResponse:
    """Flags of one state, the latest first."""
    asked = request.GET.get("show", "")
    show = asked if asked in Flag.State.values else Flag.State.OPEN.value
    page = Paginator(flags.flags(state=show), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(flag, signs(flag=flag)[0]) for flag in page],
        "show": show,
        "counts": flags.counts().items(),
    }
    return render(request, "marketplace/flags.html", context)


@admin_required
@require_safe
def report_flag(request: HttpRequest, flag: int) -> HttpResponse:
    """One flag with all of its evidence."""
    return _page(request, flag)


def _page(request: HttpRequest, flag_id: int, *, note: str = "", error: str = "", status: int = 200) -> HttpResponse:
    try:
        found = flags.flag(flag_id=flag_id)
    except Flag.DoesNotExist as gone:
        raise Http404("There is no such flag.") from gone
    context = {
        "found": found,
        "flag": found.flag,
        "signs": signs(flag=found.flag),
        "note": note,
        "error": error,
        "longest": flags.LONGEST_NOTE,
    }
    return render(request, "marketplace/flag.html", context, status=status)


@admin_required
@require_POST
def flag_confirm(request: HttpRequest, flag: int) -> HttpResponse:
    """Turn the worker out of the job."""
    return _decide(request, flag, flags.confirm, "{worker} gets no more images of this job and was told why.")


@admin_required
@require_POST
def flag_dismiss(request: HttpRequest, flag: int) -> HttpResponse:
    """Say that there is nothing in it, or lift what was confirmed."""
    return _decide(request, flag, flags.dismiss, "Dismissed: {worker} may work on this job.")


def _decide(request: HttpRequest, flag_id: int, act: Callable[..., Flag], done: str) -> HttpResponse:
    note = request.POST.get("note", "").replace("\x00", "")
    try:
        decided = act(
            flag_id=flag_id, by=person(request), note=note, now=timezone.now(), address=address_of(request=request)
        )
    except Flag.DoesNotExist as gone:
        raise Http404("There is no such flag.") from gone
    except Refused as refused:
        return _page(request, flag_id, note=note, error=refused.problems[0].message, status=422)
    except Conflict as conflict:
        messages.error(request, conflict.message)
        return redirect("report_flag", flag_id)
    messages.success(request, done.format(worker=decided.worker.pseudonym))
    return redirect("report_flags")
