"""The provider's own books beside ours: its lines, what differs, and the runs that compared them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.models.books import Account, Transfer


class BankLine(models.Model):
    """One line of the provider's books, as it told it; `transfer` is the movement of ours that it is."""

    id = models.CharField(primary_key=True, max_length=200, help_text="The provider's.")
    type = models.CharField(max_length=60)
    source = models.CharField(max_length=200, blank=True, help_text="What caused it, at the provider.")
    reference = models.CharField(max_length=200, blank=True, help_text="What caused it, with us.")
    amount = models.BigIntegerField(help_text="Micro-units, negative where money left.")
    fee = models.BigIntegerField(help_text="What the provider kept of it, micro-units.")
    net = models.BigIntegerField(help_text="What it changed at the provider, micro-units.")
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(help_text="By the provider's clock.")
    available_on = models.DateTimeField()
    seen_at = models.DateTimeField()
    transfer = models.OneToOneField(Transfer, models.PROTECT, null=True, related_name="bank_line", db_constraint=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(net=F("amount") - F("fee")), name="bank_line_adds_up")]
        indexes = [
            models.Index(fields=["created_at"], name="bank_line_by_time"),
            models.Index(fields=["created_at"], condition=Q(transfer=None), name="bank_line_unmatched"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Reconciliation(models.Model):
    """One comparison of the provider's books with ours, over a span of the provider's time."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"  # or cut short: the next one takes over its span
        DONE = "done", "Done"  # final
        FAILED = "failed", "Failed"  # the provider did not answer, or something is wrong here; final

    since = models.DateTimeField(help_text="Lines from then on were asked for …")
    until = models.DateTimeField(help_text="… up to then.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    lines = models.IntegerField(default=0, help_text="Lines of this span.")
    matched = models.IntegerField(default=0, help_text="Of them, those that are a transfer of ours.")
    waiting = models.IntegerField(default=0, help_text="Of them, those too young to be missed.")
    found = models.IntegerField(default=0, help_text="Differences that were new.")
    settled = models.IntegerField(default=0, help_text="Earlier differences that explained themselves.")
    bank_total = models.BigIntegerField(null=True, help_text="What the provider says it holds, micro-units.")
    bank_available = models.BigIntegerField(null=True, help_text="Of it, what may be sent on, micro-units.")
    lines_total = models.BigIntegerField(null=True, help_text="What all its lines sum to; empty if not comparable.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
                name="reconciliation_state_known",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="reconciliation_has_a_span"),
        ]
        indexes = [models.Index(fields=["-started_at"], name="reconciliation_latest")]

    def __str__(self) -> str:
        return f"reconciliation {self.pk}"


class SuspenseItem(models.Model):
    """Money that the provider and the books tell differently; it lies in suspense until somebody knows whose it is."""

    class Kind(models.TextChoices):
        EXTRA = "extra", "Not in our books"  # the provider moved money, and we know of nothing
        MISSING = "missing", "Not at the provider"  # we booked a movement of its that it does not have
        WRONG = "wrong", "Another amount"  # both know it, and differ
        UNPLACED = "unplaced", "Payment without a deposit"  # a payment came that belongs to no deposit

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ASKED = "asked", "Waits for a second admin"  # one admin said where it belongs
        RESOLVED = "resolved", "Resolved"  # two admins agreed, and it is in the books; final
        SETTLED = "settled", "Explained itself"  # what was missing came; final

    LEFT = (State.OPEN, State.ASKED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, related_name="suspense")
    transfer = models.ForeignKey(
        Transfer, models.PROTECT, null=True, related_name="suspense", db_constraint=False, help_text="Of ours."
    )
    amount = models.BigIntegerField(help_text="What lies in suspense for it, micro-units; negative: what is lacking.")
    currency = models.CharField(max_length=3, default="USD")
    found_in = models.ForeignKey(Reconciliation, models.PROTECT, related_name="items")
    found_at = models.DateTimeField()
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", help_text="Where it belongs, by the first admin."
    )
    reason = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="suspense_item_of_something"),
            models.CheckConstraint(
                condition=Q(kind="extra", line__isnull=False, transfer=None)
                | Q(kind__in=["missing", "unplaced"], line=None, transfer__isnull=False)
                | Q(kind="wrong", line__isnull=False, transfer__isnull=False),
                name="suspense_item_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(state="open", asked_by=None, decided_by=None, ended_at=None)
                | Q(state="asked", asked_by__isnull=False, account__isnull=False, decided_by=None, ended_at=None)
                | Q(state="resolved", asked_by__isnull=False, decided_by__isnull=False, ended_at__isnull=False)
                | Q(state="settled", decided_by=None, ended_at__isnull=False),
                name="suspense_item_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | ~Q(decided_by=F("asked_by")), name="suspense_item_by_two_people"
            ),
            models.CheckConstraint(condition=Q(asked_by=None) | ~Q(reason=""), name="suspense_item_says_why"),
            # Found again by every run, and entered once.
            models.UniqueConstraint(
                fields=["line"], condition=Q(state__in=["open", "asked"]), name="suspense_item_once_a_line"
            ),
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(state__in=["open", "asked"]), name="suspense_item_once_a_transfer"
            ),
        ]
        indexes = [models.Index(fields=["found_at"], condition=Q(state__in=["open", "asked"]), name="suspense_left")]

    def __str__(self) -> str:
        return f"suspense {self.pk}"
