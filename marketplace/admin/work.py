"""Who holds and gave what, and what was decided: to be read."""

from __future__ import annotations

from django.contrib import admin

from annotation.admin import ReadOnly
from billing.admin import money
from marketplace.models import Assignment, Block, Decision, Draft, Enrolment, Invitation


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ["id", "job", "task", "worker", "state", "claimed_at", "submitted_at", "paid_ms", money("earned")]
    list_filter = ["state"]
    list_select_related = ["job", "task", "worker"]
    search_fields = ["=id", "worker__email", "worker__pseudonym", "job__title", "=job__public_id"]
    ordering = ["-claimed_at"]


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    list_display = ["id", "job", "worker", "state", "reason", "skips_in_a_row", "created_at"]
    list_filter = ["state"]
    list_select_related = ["job", "worker"]
    search_fields = ["worker__email", "job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ["id", "job", "email", "created_at"]
    list_select_related = ["job"]
    search_fields = ["email", "job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Block)
class BlockAdmin(ReadOnly):
    list_display = ["id", "requester", "worker", "reason", "created_at"]
    list_select_related = ["requester", "worker"]
    search_fields = ["requester__email", "worker__email", "worker__pseudonym"]
    ordering = ["-id"]


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ["id", "task", "revision", "kind", "current", "consensus", "decided_at"]
    list_filter = ["kind", "current"]
    list_select_related = ["task", "consensus"]
    search_fields = ["=task__id", "=task__job__public_id"]
    ordering = ["-id"]


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    list_display = ["id", "assignment", "revision", "updated_at"]
    list_select_related = ["assignment"]
    search_fields = ["=assignment__id", "assignment__worker__email"]
    ordering = ["-updated_at"]
