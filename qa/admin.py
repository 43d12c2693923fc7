"""What was adopted, the verdicts and the records of workers in the admin: to be read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.admin import ReadOnly, ReadOnlyRows
from qa.models import Consensus, CrowdRecord, DrawingWorth, Gold, GoldResult, Reliability, Skill, Verdict


@admin.display(description="agreement", ordering="agreement")
def agreement(row: Consensus | Verdict | GoldResult) -> str:
    """A share as a percentage."""
    return "–" if row.agreement is None else f"{row.agreement:.0%}"


@admin.display(description="confidence", ordering="confidence")
def confidence(row: Consensus) -> str:
    """A share as a percentage."""
    return f"{row.confidence:.0%}"


@admin.display(description="reliability")
def reliability(row: Skill) -> str:
    """The mean agreement behind a record."""
    return f"{row.right / (row.right + row.wrong):.0%}" if row.right + row.wrong else ""


class VerdictRows(ReadOnlyRows):
    model = Verdict
    fields = ["scope", "worker", "accepted", "agreement", "reason", "explanation"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verdict]:
        """With their workers, in one statement."""
        return super().get_queryset(request).select_related("worker").defer("evidence")


@admin.register(Consensus)
class ConsensusAdmin(ReadOnly):
    list_display = ["id", "scope", "revision", "image", agreement, confidence, "answers", "created_at"]
    list_select_related = ["image"]
    search_fields = ["scope", "image__name"]
    ordering = ["-id"]
    inlines = [VerdictRows]


@admin.register(Verdict)
class VerdictAdmin(ReadOnly):
    list_display = ["id", "scope", "worker", "accepted", agreement, "reason", "explanation", "created_at"]
    list_filter = ["accepted", "reason"]
    list_select_related = ["worker"]
    search_fields = ["scope", "worker__email", "worker__pseudonym"]
    ordering = ["-id"]


@admin.register(Skill)
class SkillAdmin(ReadOnly):
    list_display = ["id", "worker", "scope", "label", "answers", reliability, "seen_at"]
    list_select_related = ["worker"]
    search_fields = ["worker__email", "scope", "label"]
    ordering = ["-answers"]


@admin.register(Reliability)
class ReliabilityAdmin(ReadOnly):
    list_display = ["id", "worker", "scope"]
    list_select_related = ["worker"]
    search_fields = ["worker__email", "scope"]
    ordering = ["-id"]


@admin.register(CrowdRecord)
class CrowdRecordAdmin(ReadOnly):
    list_display = ["id", "scope", "votes", "votes_at_refit", "version"]
    search_fields = ["scope"]
    ordering = ["-id"]


@admin.register(DrawingWorth)
class DrawingWorthAdmin(ReadOnly):
    list_display = ["id", "scope", "outcomes", "answers", "learnt_at"]
    search_fields = ["scope"]
    ordering = ["-id"]


@admin.register(Gold)
class GoldAdmin(ReadOnly):
    list_display = ["id", "scope", "image", "source", "state", "answers", "right", "created_at"]
    list_filter = ["state", "source"]
    list_select_related = ["image"]
    search_fields = ["scope", "image__name"]
    ordering = ["-id"]


@admin.register(GoldResult)
class GoldResultAdmin(ReadOnly):
    list_display = ["id", "gold", "worker", "right", agreement, "created_at"]
    list_filter = ["right"]
    list_select_related = ["gold", "worker"]
    search_fields = ["gold__scope", "worker__email", "worker__pseudonym"]
    ordering = ["-id"]
