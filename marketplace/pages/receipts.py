"""Receipts to print or keep: of a deposit, and of what a job cost."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.models import Deposit, Refund
from marketplace import receipts
from marketplace.models import Job
from marketplace.pages.access import own_job, person, requester_required


@requester_required
@require_safe
def deposit_receipt(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """The receipt of a deposit that was paid; there is none of others."""
    found = get_object_or_404(Deposit, pk=deposit_id, owner=person(request), state=Deposit.State.PAID)
    number = receipts.deposit_number(deposit=found)
    back = found.refunds.exclude(state=Refund.State.FAILED).order_by("created_at")
    context = {"deposit": found, "number": number, "back": back, "issuer": receipts.issuer()}
    context["disputes"] = found.disputes.order_by("opened_at", "pk")
    return render(request, "marketplace/receipt_deposit.html", context)


@requester_required
@require_safe
def job_receipt(request: HttpRequest, pid: str) -> HttpResponse:
    """What a job cost, final once it is closed; a draft has cost nothing."""
    job = own_job(request, pid)
    if job.state == Job.State.DRAFT:
        raise Http404("A draft has no receipt.")
    context = {
        "job": job,
        "cost": receipts.job_cost(job=job),
        "number": receipts.job_number(job=job),
        "issuer": receipts.issuer(),
        "now": timezone.now(),
    }
    return render(request, "marketplace/receipt_job.html", context)
