"""What a worker's answers show: how often they are right, label by label."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.pages.access import person, worker_required
from marketplace.skills import own_skills
from qa.skill import HALF_LIFE_DAYS


@worker_required
@require_safe
def skills(request: HttpRequest) -> HttpResponse:
    """All that is known of the worker."""
    found = own_skills(worker=person(request), now=timezone.now())
    context = {"sets": found, "months": round(HALF_LIFE_DAYS / 30)}
    return render(request, "marketplace/skills.html", context)
