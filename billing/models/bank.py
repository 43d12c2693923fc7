"""The bank's side: money that came by card, and what the provider told us."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import Exact

from billing.money import CENT


def whole_cents_only(field: str) -> Exact:
    """The condition that an amount is something a bank can move."""
    return Exact(Func(F(field), Value(CENT), function="MOD"), Value(0))


class Deposit(models.Model):
    """Money a requester pays into their wallet through the provider's checkout page."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for payment"  # the page is open, or the provider has not told us yet
        PAID = "paid", "Paid"  # in the wallet; final
        EXPIRED = "expired", "Cancelled or expired"  # nothing was paid; a late payment still wins
        FAILED = "failed", "Failed"  # the payment was refused; a late payment still wins

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="deposits")
    amount = models.BigIntegerField(help_text="Micro-units, whole cents.")
    currency = models.CharField(max_length=3, default="USD")
    idempotency_key = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it failed, for the requester.")
    success_url = models.URLField(max_length=500)
    cancel_url = models.URLField(max_length=500)
    checkout_url = models.URLField(max_length=1000, blank=True)
    provider_session = models.CharField(max_length=200, null=True, unique=True)
    provider_payment = models.CharField(max_length=200, null=True, unique=True)
    fee = models.BigIntegerField(null=True, help_text="What the provider kept, micro-units; known once cleared.")
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True, help_text="When the money was seen as available at the bank.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="deposit_once_a_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_amount_positive"),
            models.CheckConstraint(condition=whole_cents_only("amount"), name="deposit_whole_cents"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "paid", "expired", "failed"]), name="deposit_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="paid", paid_at__isnull=False, provider_payment__isnull=False)
                | (~Q(state="paid") & Q(paid_at=None, cleared_at=None)),
                name="deposit_paid_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"deposit {self.pk}"


class Event(models.Model):
    """What the provider told us, word for word, under its own id. Telling it twice changes nothing."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"  # stored; its effect is still to come
        DONE = "done", "Done"  # its effect is in the books; final
        IGNORED = "ignored", "Ignored"  # nothing of ours; final

    id = models.CharField(primary_key=True, max_length=200)
    type = models.CharField(max_length=100)
    body = models.TextField(help_text="As received.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True, help_text="Why processing failed the last time.")
    received_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["received", "done", "ignored"]), name="event_state_known")
        ]
        indexes = [models.Index(fields=["received_at"], condition=Q(state="received"), name="event_to_process")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
