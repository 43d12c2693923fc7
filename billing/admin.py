"""The books and the bank's side in the admin: to be read, never to be written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing.models import (
    Account,
    Adjustment,
    BankLine,
    Checkpoint,
    Clawback,
    Deposit,
    Dispute,
    Event,
    Outbox,
    Payout,
    PayoutAccount,
    PayoutReturn,
    Reconciliation,
    Refund,
    SuspenseItem,
    Transfer,
)
from billing.money import format_amount


class ReadOnly(admin.ModelAdmin):
    """No adding, no changing, no deleting: money moves through the ledger alone."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column, those that no form shows too."""
        return [field.name for field in self.opts.fields if field.name not in (self.exclude or ())]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)


def money(field: str) -> Any:
    """A column that shows micro-units as an amount."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def column(row: Any) -> str:
        value = getattr(row, field)
        return "" if value is None else format_amount(value)

    return column


@admin.register(Account)
class AccountAdmin(ReadOnly):
    list_display = ["id", "kind", "owner", "scope", money("balance"), "currency", "sequence"]
    list_filter = ["kind"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "scope"]


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    list_display = ["id", "created_at", "kind", money("amount"), "source", "target", "key"]
    list_filter = ["kind"]
    list_select_related = ["source", "target"]
    search_fields = ["key", "source__owner__email", "target__owner__email"]
    ordering = ["-id"]


@admin.register(Deposit)
class DepositAdmin(ReadOnly):
    list_display = ["id", "created_at", "owner", money("amount"), "state", "paid_at", "cleared_at", money("fee")]
    list_filter = ["state"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "provider_session", "provider_payment"]
    ordering = ["-created_at"]


@admin.register(Payout)
class PayoutAdmin(ReadOnly):
    list_display = [
        "id",
        "created_at",
        "worker",
        money("amount"),
        "method",
        "state",
        "reason",
        "sent_at",
        "finished_at",
    ]
    list_filter = ["state", "method"]
    list_select_related = ["worker"]
    search_fields = ["worker__email", "provider_transfer"]
    ordering = ["-created_at"]


@admin.register(PayoutAccount)
class PayoutAccountAdmin(ReadOnly):
    """Not even the sealed bank details are shown, nor what tells that two people gave the same."""

    list_display = ["worker", "method", "provider_account", "country", "payouts_enabled", "held_until", "updated_at"]
    list_filter = ["method", "payouts_enabled"]
    exclude = ["sealed_details", "bank_fingerprint"]
    list_select_related = ["worker"]
    search_fields = ["worker__email", "provider_account"]


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    list_display = ["id", "created_at", "deposit", money("amount"), "state", "reason", "asked_by", "finished_at"]
    list_filter = ["state"]
    list_select_related = ["deposit", "asked_by"]
    search_fields = ["deposit__owner__email", "provider_refund"]
    ordering = ["-created_at"]


@admin.register(Dispute)
class DisputeAdmin(ReadOnly):
    list_display = ["id", "opened_at", "deposit", money("amount"), "state", "reason", "closed_at"]
    list_filter = ["state"]
    list_select_related = ["deposit"]
    search_fields = ["id", "payment", "deposit__owner__email"]
    ordering = ["-opened_at"]


@admin.register(PayoutReturn)
class PayoutReturnAdmin(ReadOnly):
    list_display = ["id", "created_at", "payout", money("amount")]
    list_select_related = ["payout"]
    search_fields = ["id", "payout__worker__email"]
    ordering = ["-created_at"]


@admin.register(Clawback)
class ClawbackAdmin(ReadOnly):
    list_display = ["id", "created_at", "worker", money("reward"), money("fee"), money("owed"), "reason", "decided_by"]
    list_select_related = ["worker", "decided_by"]
    search_fields = ["key", "worker__email"]
    ordering = ["-created_at"]


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnly):
    list_display = ["id", "asked_at", "kind", "state", "person", money("amount"), "reason", "asked_by", "decided_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["person", "asked_by", "decided_by"]
    search_fields = ["person__email"]
    ordering = ["-asked_at"]


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["id", "received_at", "type", "state", "attempts", "problem"]
    list_filter = ["state", "type"]
    search_fields = ["id"]
    ordering = ["-received_at"]


@admin.register(Outbox)
class OutboxAdmin(ReadOnly):
    list_display = ["id", "created_at", "topic", "payload", "consumed_at"]
    list_filter = ["topic"]
    ordering = ["-id"]


@admin.register(BankLine)
class BankLineAdmin(ReadOnly):
    list_display = ["id", "created_at", "type", money("amount"), money("fee"), "reference", "transfer"]
    list_filter = ["type"]
    list_select_related = ["transfer"]
    search_fields = ["id", "source", "reference"]
    ordering = ["-created_at"]


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    list_display = ["id", "started_at", "since", "until", "state", "lines", "matched", "found", "settled"]
    list_filter = ["state"]
    search_fields = ["problem"]
    ordering = ["-started_at"]


@admin.register(SuspenseItem)
class SuspenseItemAdmin(ReadOnly):
    list_display = ["id", "found_at", "kind", money("amount"), "line", "transfer", "state", "asked_by", "decided_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["line", "transfer", "asked_by", "decided_by"]
    search_fields = ["line__id", "transfer__key", "reason"]
    ordering = ["-found_at"]


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnly):
    list_display = ["id", "account", "since", "position", "entries", money("balance"), "made_at"]
    list_select_related = ["account"]
    search_fields = ["account__kind", "account__scope"]
    ordering = ["-id"]
