"""One's own data: take it along, and leave."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from billing import payable
from billing.money import AmountRefused
from marketplace import banking, leaving, own_data
from marketplace.addresses import address_of
from marketplace.errors import Conflict
from marketplace.pages.access import person
from marketplace.templatetags.tally import money


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Download what is kept; see what has to happen before one can leave."""
    return _page(request)


def _page(request: HttpRequest, *, error: str = "") -> HttpResponse:
    parting = leaving.parting_of(person=person(request), now=timezone.now())
    context = {"parting": parting, "minimum": payable.minimum(), "error": error}
    return render(request, "marketplace/own_data.html", context, status=422 if error else 200)


@login_required
@require_safe
def data_file(request: HttpRequest) -> StreamingHttpResponse:
    """All that is kept of the person, as JSON."""
    pieces = own_data.document(person=person(request), now=timezone.now())
    response = StreamingHttpResponse(pieces, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="tally-my-data.json"'
    return response


@login_required
@require_POST
@reauthentication_required
def pay_out_last(request: HttpRequest) -> HttpResponse:
    """Pay out all there is, however little."""
    key = f"last:{get_random_string(20)}"
    try:
        payout = banking.request_payout(
            worker=person(request), amount=None, idempotency_key=key, now=timezone.now(),
            address=address_of(request=request), fresh=True, last=True,
        )  # fmt: skip
    except AmountRefused as refused:
        return _page(request, error=refused.message)
    messages.success(request, f"{money(payout.amount)} is on its way. Come back when it has arrived.")
    return redirect("own_data")


@login_required
@require_POST
@reauthentication_required
def leave(request: HttpRequest) -> HttpResponse:
    """End one's own account. The address typed again says that it is meant; a fresh login says who it is."""
    who = person(request)
    if request.POST.get("email", "").strip().lower() != who.email:
        return _page(request, error="Type your e-mail address as it is above, so that nobody leaves by a slip.")
    try:
        leaving.leave(person=who, gives_up="gives_up" in request.POST, now=timezone.now(), by=who)
    except Conflict as conflict:
        return _page(request, error=conflict.message)
    logout(request)
    messages.success(request, "Your account is closed and what was personal is removed. Goodbye.")
    return redirect("landing")
