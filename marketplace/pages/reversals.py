"""One answer as admins see it: what it was paid, and taking that back for fraud."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import reversing
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment
from marketplace.pages.access import admin_required, person
from marketplace.templatetags.tally import money


@admin_required
@require_safe
def paid_answer(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """What an answer was paid, by whom, and how to take it back."""
    return _page(request, assignment_id)


def _page(request: HttpRequest, assignment_id: UUID, *, reason: str = "", error: str = "") -> HttpResponse:
    try:
        found = reversing.case(assignment_id=assignment_id)
    except Assignment.DoesNotExist as gone:
        raise Http404("There is no such answer.") from gone
    answer, me = found.answer, person(request)
    context = {
        "found": found,
        "answer": answer,
        "partial": me.pk in (answer.worker_id, answer.job.owner_id),
        "reason": reason,
        "error": error,
        "longest": reversing.LONGEST_REASON,
    }
    return render(request, "marketplace/paid_answer.html", context, status=422 if error else 200)


@admin_required
@require_POST
def answer_reverse(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Take its pay back."""
    reason = request.POST.get("reason", "").replace("\x00", "")
    try:
        taken = reversing.reverse(
            assignment_id=assignment_id,
            by=person(request),
            reason=reason,
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Assignment.DoesNotExist as gone:
        raise Http404("There is no such answer.") from gone
    except Refused as refused:
        return _page(request, assignment_id, reason=reason, error=refused.problems[0].message)
    except (Conflict, Forbidden) as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"{money(taken.reward)} was taken back; the worker is told why.")
    return redirect("paid_answer", assignment_id)
