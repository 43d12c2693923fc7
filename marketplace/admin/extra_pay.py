"""What was paid beside the price of answers: to be read."""

from __future__ import annotations

from django.contrib import admin

from annotation.admin import ReadOnly
from billing.admin import money
from marketplace.models import Bonus, TopUp


@admin.register(Bonus)
class BonusAdmin(ReadOnly):
    list_display = ["id", "job", "requester", "worker", money("amount"), money("fee"), "reason", "created_at"]
    list_select_related = ["job", "requester", "worker"]
    search_fields = ["=id", "=assignment__id", "worker__email", "worker__pseudonym", "job__title", "=job__public_id"]
    ordering = ["-created_at"]


@admin.register(TopUp)
class TopUpAdmin(ReadOnly):
    list_display = ["assignment", "job", "worker", money("amount"), money("fee"), "median_ms", "created_at"]
    list_select_related = ["assignment", "job", "worker"]
    search_fields = ["=assignment__id", "worker__email", "worker__pseudonym", "job__title", "=job__public_id"]
    ordering = ["-created_at"]
