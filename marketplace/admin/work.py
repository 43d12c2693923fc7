"""Who holds and gave what, and what was decided: to be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from annotation.admin import ReadOnly
from billing.admin import money
from marketplace.models import (
    Appeal,
    Assignment,
    Block,
    Decision,
    Draft,
    Enrolment,
    Exercise,
    Flag,
    GoldAlert,
    GoldSight,
    Invitation,
    LateAnswer,
    Qualification,
    Question,
    Replacement,
    Watch,
    WorkEvent,
)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ["id", "job", "task", "worker", "state", "claimed_at", "submitted_at", "paid_ms", money("earned")]
    list_filter = ["state"]
    list_select_related = ["job", "task", "worker"]
    search_fields = ["=id", "worker__email", "worker__pseudonym", "job__title", "=job__public_id"]
    ordering = ["-claimed_at"]

    def view_on_site(self, row: Assignment) -> str | None:
        """Where admins see its pay, and take it back."""
        return reverse("paid_answer", args=[row.pk]) if row.submitted_at else None


@admin.register(GoldAlert)
class GoldAlertAdmin(ReadOnly):
    list_display = ["id", "job", "why", "told_at"]
    list_filter = ["why"]
    list_select_related = ["job"]
    search_fields = ["job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(GoldSight)
class GoldSightAdmin(ReadOnly):
    list_display = ["id", "task", "worker", "seen_at"]
    list_select_related = ["task", "worker"]
    search_fields = ["=task__id", "worker__email", "worker__pseudonym"]
    ordering = ["-id"]


@admin.register(LateAnswer)
class LateAnswerAdmin(ReadOnly):
    list_display = ["assignment", "worker", "why", "kept_at", "scored_at", "agreement", money("paid")]
    list_filter = ["why"]
    list_select_related = ["assignment__worker"]
    search_fields = ["=assignment__id", "assignment__worker__email", "assignment__worker__pseudonym"]
    ordering = ["-kept_at"]

    @admin.display(description="worker")
    def worker(self, row: LateAnswer) -> str:
        """Whose it is."""
        return str(row.assignment.worker)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    list_display = ["id", "job", "worker", "state", "reason", "admitted_by", "attempt", "skips_in_a_row", "created_at"]
    list_filter = ["state", "admitted_by"]
    list_select_related = ["job", "worker"]
    search_fields = ["worker__email", "job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Question)
class QuestionAdmin(ReadOnly):
    list_display = ["id", "job", "kind", "image", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["job", "image"]
    search_fields = ["job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Exercise)
class ExerciseAdmin(ReadOnly):
    list_display = ["id", "enrolment", "question", "attempt", "position", "agreement", "answered_at"]
    list_select_related = ["enrolment__job", "enrolment__worker", "question"]
    search_fields = ["=id", "enrolment__worker__email", "=enrolment__job__public_id"]
    ordering = ["-drawn_at"]


@admin.register(Qualification)
class QualificationAdmin(ReadOnly):
    list_display = ["id", "worker", "scope", "score", "job", "passed_at"]
    list_select_related = ["worker", "job"]
    search_fields = ["worker__email", "=scope", "=job__public_id"]
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


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    """To be decided on their own page, not here."""

    list_display = ["id", "job", "worker", "kind", "state", "weight", "seen_at", "decided_at", "decided_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["job", "worker", "decided_by"]
    search_fields = ["worker__email", "worker__pseudonym", "job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Replacement)
class ReplacementAdmin(ReadOnly):
    list_display = ["id", "flag", "assignment", "place", "created_at"]
    list_select_related = ["flag", "assignment", "place"]
    search_fields = ["=assignment__id", "=flag__id"]
    ordering = ["-id"]


@admin.register(Watch)
class WatchAdmin(ReadOnly):
    list_display = ["job", "looked_at", "answers", "images", "alpha"]
    list_select_related = ["job"]
    search_fields = ["job__title", "=job__public_id"]
    ordering = ["-looked_at"]


@admin.register(Appeal)
class AppealAdmin(ReadOnly):
    list_display = ["id", "assignment", "state", "addressee", "opened_at", "decide_by", "decided_at", "decided_by"]
    list_filter = ["state", "addressee"]
    list_select_related = ["assignment", "decided_by"]
    search_fields = ["=id", "=assignment__id", "worker__email", "worker__pseudonym"]
    ordering = ["-opened_at"]


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    list_display = ["id", "assignment", "revision", "updated_at"]
    list_select_related = ["assignment"]
    search_fields = ["=assignment__id", "assignment__worker__email"]
    ordering = ["-updated_at"]


class Recent(admin.SimpleListFilter):
    """How far back; never all: the table is found by time alone."""

    title = "time"
    parameter_name = "last"
    spans = {
        "hour": ("Last hour", timedelta(hours=1)),
        "day": ("Last day", timedelta(days=1)),
        "week": ("Last 7 days", timedelta(days=7)),
        "month": ("Last 30 days", timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in self.spans.items()]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The spans alone, without Django's "All"."""
        for key, words in self.lookup_choices:
            link = changelist.get_query_string({self.parameter_name: key})
            yield {"selected": self._chosen() == key, "query_string": link, "display": words}

    def queryset(self, request: HttpRequest, queryset: QuerySet[WorkEvent]) -> QuerySet[WorkEvent]:
        return queryset.filter(at__gte=timezone.now() - self.spans[self._chosen()][1])

    def _chosen(self) -> str:
        value = self.value()
        return value if value in self.spans else "hour"


class FirstPages(Paginator):
    """Counts no further than anybody leafs."""

    furthest = 5_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[WorkEvent]", self.object_list)
        return rows.order_by()[: self.furthest].count()


@admin.register(WorkEvent)
class WorkEventAdmin(ReadOnly):
    list_display = ["at", "kind", "assignment", "job", "task", "worker"]
    list_filter = [Recent, "kind"]
    show_facets = admin.ShowFacets.NEVER  # would count every span
    search_fields = ["=assignment", "=job", "=task", "=worker"]
    ordering = ["-pk"]  # written in the order of time, and found by it without sorting
    paginator = FirstPages
