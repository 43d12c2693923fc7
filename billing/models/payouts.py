"""Money out: where a worker is paid, and each payment to them with all it went through."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.models.bank import whole_cents_only


class Method(models.TextChoices):
    """How money reaches a worker."""

    PROVIDER = "provider", "Payment provider"  # an account of theirs at the provider, opened on its own pages
    MANUAL = "manual", "Bank transfer by hand"  # the operator's bank, by the details the worker entered


class PayoutAccount(models.Model):
    """Where a worker is paid: the provider's reference and what it still asks for, or sealed bank details.

    Never identity papers: those are between the worker and the provider.
    """

    worker = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_account")
    method = models.CharField(max_length=8, choices=Method.choices, default=Method.PROVIDER)
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1; cannot change later.")
    provider_account = models.CharField(max_length=200, null=True, unique=True)
    payouts_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    currently_due = models.JSONField(default=list, blank=True, help_text="What the provider still asks for.")
    disabled_reason = models.CharField(max_length=100, blank=True, default="")
    bank_fingerprint = models.CharField(
        max_length=100, blank=True, default="", help_text="Tells whether two people name one bank account."
    )
    bank_problem = models.CharField(
        max_length=300, blank=True, default="", help_text="Why the worker's bank sent money back the last time."
    )
    bank_told_of = models.DateTimeField(
        null=True, help_text="When the latest payment to their bank was made of whose end the provider told."
    )
    sealed_details = models.TextField(blank=True, default="", help_text="Encrypted; read for the bank's file alone.")
    held_until = models.DateTimeField(null=True, help_text="Where money goes changed: nothing is sent before.")
    turned_at = models.DateTimeField(null=True, help_text="When it last changed in what decides about a payout.")
    told_at = models.DateTimeField(null=True, help_text="The provider spoke of a change that is not looked at yet.")
    seen_at = models.DateTimeField(null=True, help_text="When the provider was last asked how it stands.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(method__in=["provider", "manual"]), name="payout_account_method_known"),
            models.CheckConstraint(
                condition=Q(method="provider", provider_account__isnull=False, sealed_details="")
                | (Q(method="manual") & ~Q(sealed_details="")),
                name="payout_account_says_where",
            ),
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex="^[A-Z]{2}$"), name="payout_account_country_code"
            ),
        ]
        indexes = [
            models.Index(fields=["bank_fingerprint"], condition=~Q(bank_fingerprint=""), name="payout_account_bank"),
            models.Index(fields=["told_at"], condition=Q(told_at__isnull=False), name="payout_account_to_look_at"),
        ]

    def __str__(self) -> str:
        return f"payout account {self.provider_account or f'of {self.worker_id}'}"


def _by(name: str) -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name=f"payouts_{name}")


def _nobody_twice(*fields: str) -> Q:
    """Two admins, neither of them the payee. NULLs are said aloud: a CHECK lets the unknown pass."""
    first, second = fields
    return Q(**{f"{first}__isnull": True, f"{second}__isnull": True}) | (
        Q(**{f"{first}__isnull": False}) & ~Q(**{first: F("worker")})
        & (Q(**{f"{second}__isnull": True}) | (~Q(**{second: F(first)}) & ~Q(**{second: F("worker")})))
    )  # fmt: skip


STATES = (
    "awaiting_approval", "requested", "sending", "waiting_for_funds", "by_hand", "sent", "paid", "failed", "refused",
    "cancelled", "returned",
)  # fmt: skip


class Payout(models.Model):
    """Money leaving to a worker's bank, in three phases: reserve, call the provider, record what it said."""

    class State(models.TextChoices):
        AWAITING_APPROVAL = "awaiting_approval", "Waiting for approval"  # reserved; two admins have to agree
        REQUESTED = "requested", "Requested"  # reserved; nobody has called the provider yet
        SENDING = "sending", "Being sent"  # the provider may have been called; the answer is not recorded yet
        WAITING_FOR_FUNDS = "waiting_for_funds", "Waiting for funds"  # the platform's bank balance is short
        BY_HAND = "by_hand", "To be paid by hand"  # reserved; the operator's own bank is to send it
        SENT = "sent", "On its way"  # the provider has made the transfer, or an admin says the operator's bank did
        PAID = "paid", "Paid"  # the transfer was seen at the bank, or a second admin confirmed it; may come back
        FAILED = "failed", "Failed"  # the provider decided against it; the money is back in the balance; final
        REFUSED = "refused", "Refused"  # an admin decided against it; the money is back in the balance; final
        CANCELLED = "cancelled", "Cancelled"  # the worker took it back before it was sent; final
        RETURNED = "returned", "Came back"  # it was sent and came back; the money is back in the balance; final

    # Reserved: these are what the worker's payout_pending account holds.
    OPEN = (State.AWAITING_APPROVAL, State.REQUESTED, State.SENDING, State.WAITING_FOR_FUNDS, State.BY_HAND)
    CANCELLABLE = (State.AWAITING_APPROVAL, State.REQUESTED, State.WAITING_FOR_FUNDS, State.BY_HAND)
    LEFT = (State.SENT, State.PAID)
    GIVEN_BACK = (State.FAILED, State.REFUSED, State.CANCELLED, State.RETURNED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payouts")
    amount = models.BigIntegerField(help_text="Micro-units, whole cents.")
    asked = models.BigIntegerField(null=True, help_text="What was asked for; empty means all that can be paid.")
    currency = models.CharField(max_length=3, default="USD")
    idempotency_key = models.CharField(max_length=200)
    method = models.CharField(max_length=8, choices=Method.choices, default=Method.PROVIDER)
    state = models.CharField(max_length=20, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it waits or failed, for the worker.")
    failure_code = models.CharField(max_length=100, blank=True, default="", help_text="The provider's word for why.")
    retry_of = models.OneToOneField("self", models.PROTECT, null=True, related_name="retry")
    needs_approval = models.BooleanField(default=False, help_text="Above the limit of one day: two admins agree.")
    approved_by = _by("approved")
    approved_at = models.DateTimeField(null=True)
    second_by = _by("approved_second")
    second_at = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0, help_text="Grows only after a definite refusal by the provider.")
    first_called_at = models.DateTimeField(null=True, help_text="First call of this attempt.")
    called_at = models.DateTimeField(null=True, help_text="Latest call of this attempt.")
    provider_transfer = models.CharField(max_length=200, null=True, unique=True)
    exported_at = models.DateTimeField(null=True, help_text="When it was last in a file for the operator's bank.")
    bank_reference = models.CharField(max_length=100, blank=True, default="", help_text="The operator's bank's own.")
    marked_by = _by("marked")
    confirmed_by = _by("confirmed")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "idempotency_key"], name="payout_once_a_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
            models.CheckConstraint(condition=whole_cents_only("amount"), name="payout_whole_cents"),
            models.CheckConstraint(
                condition=Q(state__in=STATES),
                name="payout_state_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["sent", "paid", "returned"], sent_at__isnull=False)
                    & (
                        Q(method="provider", provider_transfer__isnull=False, marked_by=None)
                        | (Q(method="manual", provider_transfer=None, marked_by__isnull=False) & ~Q(bank_reference=""))
                    )
                )
                | (~Q(state__in=["sent", "paid", "returned"]) & Q(provider_transfer=None, bank_reference="")),
                name="payout_sent_names_its_transfer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "refused", "cancelled", "returned"]) | ~Q(reason=""),
                name="payout_failed_says_why",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False) & ~Q(state="awaiting_approval")
                | Q(needs_approval=True, state__in=["awaiting_approval", "refused", "cancelled"])
                | Q(needs_approval=True, approved_by__isnull=False, second_by__isnull=False),
                name="payout_above_the_limit_is_approved_twice",
            ),
            models.CheckConstraint(
                condition=_nobody_twice("approved_by", "second_by"), name="payout_approved_by_two_others"
            ),
            models.CheckConstraint(
                condition=_nobody_twice("marked_by", "confirmed_by")
                & (~Q(state="paid", method="manual") | Q(confirmed_by__isnull=False)),
                name="payout_by_hand_is_confirmed_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "called_at"],
                condition=~Q(state__in=["paid", "failed", "refused", "cancelled", "returned"]),
                name="payout_to_sweep",
            )
        ]

    def __str__(self) -> str:
        return f"payout {self.pk}"

    @property
    def may_cancel(self) -> bool:
        """Whether nobody has begun to send it: neither the provider was called, nor is it in a file for the bank."""
        return self.state in self.CANCELLABLE and self.exported_at is None
