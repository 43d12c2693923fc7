"""The workspace: labelling for pay, and a requester's preview of it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import linebreaks
from django.views.decorators.http import require_POST, require_safe

from annotation.shapes import BOX, TAG
from billing.money import format_amount
from marketplace import assigning, previewing
from marketplace.answer_limits import answer_limits, limits_of
from marketplace.api.replies.jobs import labels_json
from marketplace.api.replies.work import handout_json
from marketplace.drafting import instructions_of
from marketplace.errors import Conflict, Forbidden
from marketplace.models import Job
from marketplace.pages.access import own_job, person, requester_required, worker_required
from marketplace.pages.board import published_job
from marketplace.templatetags.job_words import pay_words

ACTIONS = {"submit": "submit", "draft": "draft", "renew": "renew", "skip": "skip", "give_back": "give-back"}
DRAWN_HERE = frozenset({TAG, BOX})
TITLES = {"label": "", "preview": "Preview: ", "decide": "Your own answer: "}
NO_ASSIGNMENT = "00000000-0000-0000-0000-000000000000"


@worker_required
@require_safe
def label(request: HttpRequest, pid: str) -> HttpResponse:
    """Label images of a job. Who may not is sent to the job's page, which says why."""
    job = published_job(request, pid)
    try:
        # Nobody holds an image whose page could only say that it cannot be drawn.
        can = not by_program(labels=labels_json(job=job))
        handout = assigning.start(job=job, worker=person(request), now=timezone.now()) if can else None
    except (Forbidden, Conflict) as refused:
        messages.info(request, refused.message)
        return redirect("work_job", pid)
    first = handout_json(handout=handout, viewer=person(request), now=timezone.now()) if handout else None
    urls = {
        "claim": reverse("api:job-claim", args=[pid]),
        "exit": reverse("work_job", args=[pid]),
        "board": reverse("work"),
    }
    for name, view in ACTIONS.items():
        path = reverse(f"api:assignment-{view}", args=[NO_ASSIGNMENT])
        urls[name] = path.replace(NO_ASSIGNMENT, "{assignment}")
    return workspace(request, job, {"mode": "label", "urls": urls, "first": first})


@requester_required
@require_safe
def job_preview(request: HttpRequest, pid: str) -> HttpResponse:
    """Try one's own job as a worker would see it. Nothing is stored, nobody is paid."""
    job = own_job(request, pid)
    urls = {
        "claim": reverse("job_preview_next", args=[pid]),
        "timed": reverse("job_preview_timed", args=[pid]),
        "exit": reverse("job", args=[pid]),
    }
    return workspace(request, job, {"mode": "preview", "urls": urls, "first": None})


@requester_required
@require_POST
def job_preview_next(request: HttpRequest, pid: str) -> HttpResponse:
    """One more image to try, as a claim would hand it out; 204 when none is ready."""
    now = timezone.now()
    handout = previewing.next_image(job=own_job(request, pid), after=request.session.get(f"preview:{pid}", 0), now=now)
    if handout is None:
        return HttpResponse(status=204)
    request.session[f"preview:{pid}"] = handout.image_id
    return JsonResponse(handout_json(handout=handout, viewer=person(request), now=now))


@requester_required
@require_POST
def job_preview_timed(request: HttpRequest, pid: str) -> HttpResponse:
    """Note how long the requester took for one image of their own."""
    job, key = own_job(request, pid), f"trial:{pid}"
    try:
        spent = int(json.loads(request.body)["active_ms"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return HttpResponse(status=400)
    request.session[key] = [*request.session.get(key, []), min(max(spent, 0), previewing.LONGEST_MS + 1)][-20:]
    median_ms = previewing.record_trial(job=job, times=request.session[key])
    return JsonResponse({"trial_ms": median_ms, "more": max(0, previewing.TRIALS - len(request.session[key]))})


def by_program(*, labels: list[dict[str, Any]]) -> list[str]:
    """Names of the labels that the workspace cannot answer: it has no tool for any of their shapes, or asks no
    attributes, and one must be answered."""
    return [
        label["name"]
        for label in labels
        if not DRAWN_HERE.intersection(label["shapes"])
        or any(asked["required"] and asked["default"] is None for asked in label["attributes"])
    ]


def workspace(request: HttpRequest, job: Job, config: dict[str, Any]) -> HttpResponse:
    """The page of the workspace: for labelling, for trying, for practice, or for a requester's own answer."""
    instructions = instructions_of(job=job)
    about = {
        "id": job.public_id,
        "title": f"{config.get('title', TITLES[config['mode']])}{job.title}",
        "reward": format_amount(job.reward),
        "pay": pay_words(job),
        "pays_shapes": job.reward_per_shape > 0,
        "labels": labels_json(job=job),
        "by_program": by_program(labels=labels_json(job=job)),
        "tag_choice": job.label_set.tag_choice,
        "lease_seconds": job.lease_seconds,
        "shapes_at_most": limits_of(job=job).shapes if config["mode"] != "decide" else answer_limits().shapes,
        "instructions_html": linebreaks(instructions.text, autoescape=True),
        "instructions_version": instructions.version,
    }
    whole = {**config, "job": about, "csrf": get_token(request), "now": timezone.now().isoformat()}
    return render(request, "annotation/workspace.html", {"workspace_config": whole, "job_title": job.title})
