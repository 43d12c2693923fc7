"""Where a requester pays beside the price: a bonus for an answer, and more money for a running job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_http_methods

from billing import ledger
from billing.ledger import KeyReused
from billing.money import CENT, AmountRefused, parse_amount
from billing.wallets import wallet_of
from marketplace import adding_money, bonuses, escrow, topping_up
from marketplace.adding_money import Addition
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Forbidden, Refused, ShortOfFunds
from marketplace.models import Assignment, Bonus, Job
from marketplace.models.extra_pay import LONGEST_REASON
from marketplace.pages.access import own_job, person, requester_required, set_up_second_factor
from marketplace.pages.judging_fields import whole
from marketplace.templatetags.tally import money

Errors = dict[str, str]


@requester_required
@require_http_methods(["GET", "POST"])
def answer_bonus(request: HttpRequest, pid: str, assignment_id: UUID) -> HttpResponse:
    """Give the worker of one accepted answer a bonus. The form's own key makes a double click one bonus."""
    job = own_job(request, pid)
    found = Assignment.objects.select_related("worker", "task__image").filter(pk=assignment_id, job=job)
    answer = found.filter(submitted_at__isnull=False).first()
    if answer is None:
        raise Http404("There is no such answer in this job.")
    if request.method != "POST":
        return _bonus_page(request, job, answer)
    try:
        given = bonuses.give(
            assignment_id=answer.pk,
            requester=person(request),
            amount=parse_amount(request.POST.get("amount", "").strip()),
            reason=request.POST.get("reason", "").replace("\r\n", "\n"),
            idempotency_key=_key(request),
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Forbidden:
        return set_up_second_factor(request)
    except (AmountRefused, Refused, ShortOfFunds, Conflict, KeyReused) as refused:
        return _bonus_page(request, job, answer, errors=_errors(refused, "amount"))
    messages.success(request, f"{answer.worker.pseudonym} got a bonus of {money(given.amount)}.")
    return redirect("task_result", pid, answer.task_id)


def _bonus_page(request: HttpRequest, job: Job, answer: Assignment, *, errors: Errors | None = None) -> HttpResponse:
    context = {
        "job": job,
        "answer": answer,
        "task": answer.task,
        "given": Bonus.objects.filter(assignment=answer),
        "wallet": _wallet(job),
        "fee_percent": job.fee_bps / 100,
        "longest": LONGEST_REASON,
        "key": get_random_string(20),
        "typed": request.POST,
        "errors": errors or {},
    }
    return render(request, "marketplace/bonus.html", context, status=422 if errors else 200)


@requester_required
@require_http_methods(["GET", "POST"])
def job_money(request: HttpRequest, pid: str) -> HttpResponse:
    """Add money to a running job: for more answers, or for its fair-pay reserve."""
    job = own_job(request, pid)
    if request.method != "POST":
        return _money_page(request, job)
    try:
        adding_money.add(job=job, addition=_addition(request), now=timezone.now(), address=address_of(request=request))
    except Forbidden:
        return set_up_second_factor(request)
    except (AmountRefused, Refused, ShortOfFunds) as refused:
        return _money_page(request, job, errors=_errors(refused, "answers"))
    except Conflict as conflict:
        messages.info(request, conflict.message)
        return redirect("job", pid)
    messages.success(request, "Added. What waited for it goes on by itself.")
    return redirect("job", pid)


def _addition(request: HttpRequest) -> Addition:
    answers, reserve = (request.POST.get(name, "").strip() for name in ("answers", "reserve"))
    number = whole(answers) if answers else 0
    if not isinstance(number, int):
        raise Refused.one("answers", "range", "Write a whole number.")
    seen = whole(request.POST.get("funding", ""))
    return Addition(
        answers=number,
        reserve=parse_amount(reserve, field="reserve") if reserve else 0,
        after=seen if isinstance(seen, int) else None,
    )


def _money_page(request: HttpRequest, job: Job, *, errors: Errors | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "job": job,
        "runs": job.state in adding_money.RUNNING,
        "wallet": _wallet(job),
        "unit": escrow.unit_cost(job=job),
        "lacking": -(-topping_up.lacking_in_reserve(job=job) // CENT) * CENT,
        "most": adding_money.MOST_ANSWERS,
        "typed": request.POST,
        "errors": errors or {},
    }
    return render(request, "marketplace/job_money.html", context, status=422 if errors else 200)


def _wallet(job: Job) -> int:
    return ledger.balance(account_id=wallet_of(owner=job.owner).pk)


def _key(request: HttpRequest) -> str:
    return f"page:{request.POST.get('key') or get_random_string(20)}"[:100]


def _errors(refused: Exception, field: str) -> Errors:
    """What is wrong, by field; what belongs to none is said at `field`."""
    if isinstance(refused, Refused):
        return {problem.field: problem.message for problem in refused.problems}
    if isinstance(refused, AmountRefused):
        return {refused.field: refused.message}
    if isinstance(refused, ShortOfFunds):
        # New money settles a debt first.
        missing = -(-(refused.needed + refused.owed - refused.available) // CENT) * CENT
        return {field: f"Your wallet is short by {money(missing)}. Add money to it first."}
    if isinstance(refused, KeyReused):
        return {field: "This form was sent before with something else in it. Send it once more."}
    return {field: str(refused)}
