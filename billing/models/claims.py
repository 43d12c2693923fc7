"""Money that goes the other way: refunds, disputes, returned payouts, pay taken back, what two admins put right."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.models.bank import Deposit, whole_cents_only
from billing.models.books import Transfer
from billing.models.payouts import Payout


class Refund(models.Model):
    """Part of a deposit on its way back to the card, in three phases like a payout; or one the bank made by itself."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Requested"  # out of the wallet; nobody has called the provider yet
        SENDING = "sending", "Being sent"  # the provider may have been called; the answer is not recorded yet
        WAITING_FOR_FUNDS = "waiting_for_funds", "Waiting for funds"  # the platform's bank balance is short
        SENT = "sent", "On its way"  # the provider has made the refund
        PAID = "paid", "Paid back"  # it was seen leaving the bank balance
        FAILED = "failed", "Failed"  # refused or come back, with the reason; the money is in the wallet again; final

    # In transit: out of the wallet, and not seen at the bank.
    OPEN = (State.REQUESTED, State.SENDING, State.WAITING_FOR_FUNDS, State.SENT)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deposit = models.ForeignKey(
        Deposit, models.PROTECT, null=True, related_name="refunds", help_text="Empty: no deposit is known by it yet."
    )
    payment = models.CharField(max_length=200, blank=True, default="", help_text="The provider's.")
    amount = models.BigIntegerField(help_text="Micro-units, whole cents.")
    asked = models.BigIntegerField(null=True, help_text="What was asked for; empty means all that can be refunded.")
    currency = models.CharField(max_length=3, default="USD")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="Empty: the bank by itself."
    )
    idempotency_key = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it waits or failed, for the requester.")
    attempt = models.PositiveIntegerField(default=0, help_text="Grows only after a definite refusal by the provider.")
    first_called_at = models.DateTimeField(null=True, help_text="First call of this attempt.")
    called_at = models.DateTimeField(null=True, help_text="Latest call of this attempt.")
    provider_refund = models.CharField(max_length=200, null=True, unique=True)
    came_back = models.BooleanField(default=False, help_text="It failed after it had left the bank balance.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deposit", "idempotency_key"], name="refund_once_a_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=whole_cents_only("amount"), name="refund_whole_cents"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "sending", "waiting_for_funds", "sent", "paid", "failed"]),
                name="refund_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "paid"], provider_refund__isnull=False, sent_at__isnull=False)
                | Q(state__in=["requested", "sending", "waiting_for_funds"], provider_refund=None)
                | Q(state="failed"),
                name="refund_sent_names_its_refund",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(reason=""), name="refund_failed_says_why"),
            # Only the bank makes one of a payment that is not known, and nothing of it is in the books before it is.
            models.CheckConstraint(
                condition=Q(deposit__isnull=False)
                | Q(state__in=["sent", "failed"], asked_by=None, provider_refund__isnull=False) & ~Q(payment=""),
                name="refund_of_something",
            ),
            models.CheckConstraint(
                condition=Q(came_back=False) | Q(state="failed", sent_at__isnull=False), name="refund_came_back_failed"
            ),
        ]
        indexes = [
            models.Index(fields=["payment"], condition=Q(deposit=None), name="refund_to_place"),
            models.Index(
                fields=["state", "called_at"], condition=~Q(state__in=["paid", "failed"]), name="refund_to_sweep"
            ),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk}"


class Dispute(models.Model):
    """A card payment contested by its payer. Its money is what the bank moved for it, each movement posted once."""

    class State(models.TextChoices):
        INQUIRY = "inquiry", "Inquiry"  # the payer's bank asks; no money has moved
        OPEN = "open", "Open"  # the bank took the money; somebody should answer it at the provider
        WON = "won", "Won"  # the money came back; final
        LOST = "lost", "Lost"  # it stays away; final
        ENDED = "ended", "Ended"  # an inquiry that came to nothing; final

    id = models.CharField(primary_key=True, max_length=200, help_text="The provider's.")
    payment = models.CharField(max_length=200, db_index=True)
    deposit = models.ForeignKey(
        Deposit, models.PROTECT, null=True, related_name="disputes", help_text="Empty: no deposit is known by it yet."
    )
    amount = models.BigIntegerField(help_text="Contested, micro-units.")
    currency = models.CharField(max_length=3, default="USD")
    reason = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    movements = models.JSONField(default=dict, help_text="What the bank moved: its id → [amount, fee], micro-units.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["inquiry", "open", "won", "lost", "ended"]), name="dispute_state_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["won", "lost", "ended"], closed_at__isnull=False)
                | Q(state__in=["inquiry", "open"], closed_at=None),
                name="dispute_closed_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}"


class PayoutReturn(models.Model):
    """Money of a payout that came back after it had left; the provider's reversal of its transfer, whole or in part."""

    id = models.CharField(primary_key=True, max_length=200, help_text="The provider's.")
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="returns")
    amount = models.BigIntegerField(help_text="Micro-units.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payout_return_amount_positive")]

    def __str__(self) -> str:
        return f"return {self.pk}"


class Clawback(models.Model):
    """Pay taken back because it was had by fraud: reward from the worker, fee from the platform, both to who paid."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=100, unique=True, help_text="What is reversed, an opaque key; once at most.")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="clawbacks")
    reward = models.BigIntegerField(help_text="Micro-units.")
    fee = models.BigIntegerField(help_text="Micro-units.")
    owed = models.BigIntegerField(help_text="What the worker's balance did not hold and they owe, micro-units.")
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reward__gt=0, fee__gte=0, owed__gte=0, owed__lte=F("reward")), name="clawback_amounts"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="clawback_says_why"),
            models.CheckConstraint(condition=~Q(decided_by=F("worker")), name="clawback_by_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"clawback {self.pk}"


class Adjustment(models.Model):
    """What two admins do by hand: a debt written off, a wrong transfer reversed, a gift, a deposit back to its card."""

    class Kind(models.TextChoices):
        WRITE_OFF = "write_off", "Debt written off"
        CORRECTION = "correction", "Transfer corrected"
        GOODWILL = "goodwill", "Goodwill"
        REFUND = "refund", "Refund to the card"

    class State(models.TextChoices):
        ASKED = "asked", "Waits for a second admin"
        DONE = "done", "Done"  # a second admin agreed, and it is in the books; final
        DECLINED = "declined", "Declined"  # nothing was moved; final

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose debt or deposit, or who is given.",
    )
    debt = models.CharField(max_length=24, blank=True, help_text="Which account of theirs a write-off clears.")
    transfer = models.ForeignKey(
        Transfer, models.PROTECT, null=True, related_name="+", help_text="The wrong one, of a correction."
    )
    deposit = models.ForeignKey(
        Deposit, models.PROTECT, null=True, related_name="+", help_text="What a refund is to be of."
    )
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, related_name="adjustment", help_text="What came of it, of a refund."
    )
    amount = models.BigIntegerField(help_text="Micro-units.")
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="write_off", person__isnull=False, transfer=None, deposit=None)
                & Q(debt__in=["receivable_requester", "receivable_worker"])
                | Q(kind="goodwill", person__isnull=False, transfer=None, deposit=None, debt="")
                | Q(kind="correction", person=None, transfer__isnull=False, deposit=None, debt="")
                | Q(kind="refund", person__isnull=False, transfer=None, deposit__isnull=False, debt=""),
                name="adjustment_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", state="done", refund__isnull=False)
                | ~Q(kind="refund", state="done") & Q(refund=None),
                name="adjustment_done_names_its_refund",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None, decided_at=None)
                | Q(state__in=["done", "declined"], decided_by__isnull=False, decided_at__isnull=False),
                name="adjustment_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(decided_by=F("asked_by")), name="adjustment_by_two_people"
            ),
            # Nobody gives themself money, nor forgives themself a debt.
            models.CheckConstraint(
                condition=Q(person=None)
                | (~Q(person=F("asked_by")) & (Q(decided_by=None) | ~Q(person=F("decided_by")))),
                name="adjustment_not_for_oneself",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="adjustment_amount_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_says_why"),
            models.UniqueConstraint(
                fields=["transfer"], condition=~Q(state="declined"), name="adjustment_one_correction_a_transfer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().lower()} {self.pk}"
