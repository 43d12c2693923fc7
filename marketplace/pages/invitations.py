"""Who may work on a job: everybody, who has its link, or who is on its list."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import inviting
from marketplace.errors import Conflict, Refused
from marketplace.models import Invitation, Job
from marketplace.pages.access import own_job, requester_required

A_PAGE = 50
HINTS: dict[str, str] = {
    Job.Visibility.PUBLIC: "The job is on the board for all.",
    Job.Visibility.INVITED: "Only the addresses on the list below. Nobody else learns that the job exists.",
    Job.Visibility.LINK: "Whoever opens a secret link, and the addresses on the list below.",
}


@requester_required
@require_safe
def job_access(request: HttpRequest, pid: str) -> HttpResponse:
    """Who may work on a job, its link, and its list of invitations."""
    return _page(request, own_job(request, pid))


def _page(request: HttpRequest, job: Job, *, typed: str = "", errors: tuple[str, ...] = ()) -> HttpResponse:
    invitations = Paginator(inviting.invitations_of(job=job), A_PAGE)
    context = {
        "job": job,
        "closed": job.state in (Job.State.CLOSING, Job.State.CLOSED),
        "choices": [(value, words, HINTS[value]) for value, words in Job.Visibility.choices],
        "link": inviting.link_of(job=job),
        "page": invitations.get_page(request.GET.get("page")),
        "typed": typed,
        "errors": errors,
    }
    return render(request, "marketplace/job_access.html", context, status=422 if errors else 200)


@requester_required
@require_POST
def job_visibility(request: HttpRequest, pid: str) -> HttpResponse:
    """Say who may work from now on."""
    job = own_job(request, pid)
    try:
        changed = inviting.set_visibility(job=job, visibility=request.POST.get("visibility", ""), now=timezone.now())
        messages.success(request, f"Saved. Who may work: {changed.get_visibility_display()}.")
    except Refused as refused:
        messages.error(request, refused.problems[0].message)
    except Conflict as conflict:
        messages.info(request, conflict.message)
    return redirect("job_access", pid)


@requester_required
@require_POST
def job_link(request: HttpRequest, pid: str) -> HttpResponse:
    """Make a new link."""
    try:
        inviting.renew_link(job=own_job(request, pid), now=timezone.now())
        messages.success(request, "There is a new link. The old one lets nobody in any more.")
    except Conflict as conflict:
        messages.info(request, conflict.message)
    return redirect("job_access", pid)


@requester_required
@require_POST
def job_invite(request: HttpRequest, pid: str) -> HttpResponse:
    """Invite many addresses at once; bad ones stay in the form to be corrected."""
    job, typed = own_job(request, pid), request.POST.get("emails", "").replace("\r\n", "\n")
    lines = [line for line in typed.split("\n") if line.strip()]
    if not lines:
        return _page(request, job, errors=("Write at least one address.",))
    try:
        invited = inviting.invite(job=job, addresses=lines, now=timezone.now())
    except Refused as refused:
        return _page(request, job, typed=typed, errors=tuple(problem.message for problem in refused.problems))
    except Conflict as conflict:
        messages.info(request, conflict.message)
        return redirect("job_access", pid)
    _say(request, job, invited)
    if not invited.problems:
        return redirect("job_access", pid)
    bad = [lines[int(problem.field[7:-1])] for problem in invited.problems]
    errors = tuple(problem.message for problem in invited.problems)
    return _page(request, job, typed="\n".join(bad), errors=errors)


def _say(request: HttpRequest, job: Job, invited: inviting.Invited) -> None:
    count = len(invited.added)
    if count:
        who = "One address is" if count == 1 else f"{count:,} addresses are"
        later = " They are told when you publish." if job.state == Job.State.DRAFT else ""
        messages.success(request, f"{who} invited.{later}")
    if invited.known:
        known = "One address was" if invited.known == 1 else f"{invited.known:,} addresses were"
        messages.info(request, f"{known} on the list already.")


@requester_required
@require_POST
def job_withdraw(request: HttpRequest, pid: str, invitation: int) -> HttpResponse:
    """Take an address off the list."""
    try:
        inviting.withdraw(job=own_job(request, pid), invitation_id=invitation, now=timezone.now())
    except Invitation.DoesNotExist as gone:
        raise Http404("There is no such invitation.") from gone
    messages.success(request, "The invitation is withdrawn.")
    return redirect("job_access", pid)
