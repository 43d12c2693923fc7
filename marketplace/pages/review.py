"""The review queue: one answer at a time over its image, and what its requester says of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import pictures, results, review_queue, reviewing, stopping
from marketplace.api.replies.jobs import labels_json
from marketplace.comparing import Comparison, compare
from marketplace.drafting import instructions_of
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, Job, Review
from marketplace.models.review import LONGEST_NOTE
from marketplace.pages.access import own_job, person, requester_required
from marketplace.pages.drawing import can_draw
from marketplace.results import GivenAnswer
from marketplace.reviewing import Said

DONE = {
    "accept": "Accepted and paid.",
    "return": "Sent back. It comes here again when its worker has answered, or in three days as it is.",
    "reject": "Rejected. Its worker can read why, and contest it.",
    "fix": "Your correction is adopted. Now say what becomes of the answer.",
}


@requester_required
@require_safe
def job_review(request: HttpRequest, pid: str) -> HttpResponse:
    """The answer that waits longest; with `?answer=` that one, with `?after=` the one behind it."""
    return _page(request, own_job(request, pid))


def _page(request: HttpRequest, job: Job, *, typed: dict[str, str] | None = None, error: Any = None) -> HttpResponse:
    queue = list(review_queue.in_turn(job=job).values_list("assignment_id", flat=True)[:1000])
    asked = (typed or {}).get("assignment") or request.GET.get("answer", "") or request.GET.get("after", "")
    at = next((n for n, key in enumerate(queue) if str(key) == asked), -1)
    if "after" in request.GET:
        at = (at + 1) % len(queue) if queue else 0
    counts = review_queue.counts(job=job)
    context: dict[str, Any] = {"job": job, "counts": counts, "longest": LONGEST_NOTE, "policy": job.policy}
    if not queue:
        return render(request, "marketplace/review.html", context)
    review = review_queue.in_turn(job=job).get(assignment=queue[max(at, 0)])
    others = [
        given
        for given in results.given_answers(tasks=[review.assignment.task])[review.assignment.task_id]
        if given.assignment.pk != review.assignment_id
    ]
    comparison = _comparison(review)
    context |= {
        "review": review,
        "number": max(at, 0) + 1,
        "total": counts["unpaid"] + counts["sample"],
        "comparison": comparison,
        "others": others,
        "reasons": Review.Reason.choices,
        "can_draw": can_draw(job),
        "instructions": instructions_of(job=job).text,
        "stop": stopping.stop_of(requester=person(request)),
        "typed": typed or {},
        "error": error,
        "viewer": _viewer(request, review, comparison, others),
    }
    return render(request, "marketplace/review.html", context, status=422 if error else 200)


def _comparison(review: Review) -> Comparison | None:
    proposal = review.proposal or (review.assignment.verdict if review.why == Review.Why.SAMPLE else None)
    if proposal is None or proposal.consensus is None:
        return None
    return compare(
        shapes=review.annotation.body["shapes"],
        objects=proposal.consensus.body["objects"],
        evidence=proposal.evidence,
    )


def _viewer(
    request: HttpRequest, review: Review, comparison: Comparison | None, others: list[GivenAnswer]
) -> dict[str, Any]:
    image = review.assignment.task.image
    url = pictures.signed_url(image_id=image.pk, viewer_id=person(request).pk, now=timezone.now())
    shapes = comparison.own if comparison else review.annotation.body["shapes"]
    layers: list[dict[str, Any]] = [{"name": "The answer", "style": "solid", "shapes": shapes}]
    if comparison:
        layers.append({"name": "Adopted", "style": "dashed", "shapes": comparison.adopted})
    for other in others:
        shown = [{**shape, "note": other.pseudonym} for shape in other.body["shapes"]]
        layers.append({"name": other.pseudonym, "style": "dotted", "hidden": True, "shapes": shown})
    return {
        "image": {"url": url, "width": image.width, "height": image.height, "alt": image.name},
        "labels": labels_json(job=review.job),
        "layers": layers,
    }


@requester_required
@require_POST
def review_decide(request: HttpRequest, pid: str, assignment_id: UUID) -> HttpResponse:
    """Accept, send back, reject or correct one answer."""
    job = own_job(request, pid)
    names = ("decision", "reason", "note", "pick")
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in names}
    typed["assignment"] = str(assignment_id)
    if not Assignment.objects.filter(pk=assignment_id, job=job).exists():
        raise Http404("There is no such answer in this job.")
    said = Said(typed["decision"], typed["reason"], typed["note"], pick=_uuid(typed["pick"]))
    try:
        reviewing.decide(assignment_id=assignment_id, reviewer=person(request), said=said, now=timezone.now())
    except Refused as refused:
        return _page(request, job, typed=typed, error=refused.problems[0])
    except (Conflict, Forbidden) as no:
        messages.info(request, no.message)
        return redirect("job_review", pid)
    messages.success(request, DONE[said.decision])
    here = reverse("job_review", args=[pid])
    return redirect(f"{here}?answer={assignment_id}" if said.decision == "fix" else here)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
