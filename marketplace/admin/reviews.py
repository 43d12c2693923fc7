"""What people said of answers, and who was stopped from rejecting: to be read."""

from __future__ import annotations

from django.contrib import admin

from annotation.admin import ReadOnly
from marketplace.models import RejectionStop, Review


@admin.register(Review)
class ReviewAdmin(ReadOnly):
    list_display = ["id", "job", "assignment", "why", "said", "reason", "said_by", "opened_at", "said_at"]
    list_filter = ["why", "said"]
    list_select_related = ["job", "assignment", "said_by"]
    search_fields = ["=assignment__id", "=job__public_id", "said_by__email"]
    ordering = ["-id"]


@admin.register(RejectionStop)
class RejectionStopAdmin(ReadOnly):
    list_display = ["id", "kind", "requester", "job", "state", "judged", "rejected", "today", "opened_at", "closed_by"]
    list_filter = ["kind", "state"]
    list_select_related = ["requester", "job", "closed_by"]
    search_fields = ["requester__email", "=job__public_id"]
    ordering = ["-id"]
