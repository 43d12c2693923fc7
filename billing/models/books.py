"""The books: accounts, and the transfers between them. `billing.ledger` alone writes either."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AccountKind(models.TextChoices):
    """The whole chart. A balance is what came in less what went out: liabilities and revenue are positive, assets and
    expenses negative, so that all balances together are zero."""

    STRIPE_AVAILABLE = "stripe_available", "Bank, available"  # asset: at the provider, may be sent on
    STRIPE_PENDING = "stripe_pending", "Bank, pending"  # asset: at the provider, not yet available
    RECEIVABLE_REQUESTER = "receivable_requester", "Owed by a requester"  # asset: after a chargeback
    RECEIVABLE_WORKER = "receivable_worker", "Owed by a worker"  # asset: after a clawback
    OPERATOR_BANK = "operator_bank", "Operator's own bank"  # asset: what it paid out by hand for the platform
    TRANSFERS_IN_TRANSIT = "transfers_in_transit", "Transfers in transit"  # clearing: sent, not yet seen at the bank
    WALLET = "wallet", "Wallet"  # liability: a requester's prepaid money
    ESCROW_FREE = "escrow_free", "Escrow, free"  # liability: held for a job, not yet promised to a place
    ESCROW_COMMITTED = "escrow_committed", "Escrow, committed"  # liability: promised to places
    FAIR_PAY_RESERVE = "fair_pay_reserve", "Fair-pay reserve"  # liability: held for a job's pay top-ups
    WORKER_BALANCE = "worker_balance", "Worker balance"  # liability: earned, payable at any time
    PAYOUT_PENDING = "payout_pending", "Payout pending"  # liability: asked for, not yet sent
    PLATFORM_FEES = "platform_fees", "Platform fees"  # revenue
    STRIPE_FEES = "stripe_fees", "Bank fees"  # expense
    LOSSES = "losses", "Losses"  # expense: chargebacks lost, debts written off
    GOODWILL = "goodwill", "Goodwill"  # expense: what the platform gives of its own
    SUSPENSE = "suspense", "Suspense"  # anything not understood; alarms when not 0


JOB_KINDS = (AccountKind.ESCROW_FREE, AccountKind.ESCROW_COMMITTED, AccountKind.FAIR_PAY_RESERVE)
PERSONAL_KINDS = (
    AccountKind.WALLET,
    AccountKind.WORKER_BALANCE,
    AccountKind.PAYOUT_PENDING,
    AccountKind.RECEIVABLE_REQUESTER,
    AccountKind.RECEIVABLE_WORKER,
)
# Promises to people: never overdrawn, so they carry a balance and are locked while it changes.
GUARDED = (*JOB_KINDS, AccountKind.WALLET, AccountKind.WORKER_BALANCE, AccountKind.PAYOUT_PENDING)


class Account(models.Model):
    """One purse. What it is never changes; a guarded one carries its balance, the others are summed from transfers."""

    kind = models.CharField(max_length=24, choices=AccountKind.choices)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="accounts")
    scope = models.CharField(max_length=64, blank=True, default="", help_text="What it is for, an opaque key.")
    currency = models.CharField(max_length=3, default="USD")
    balance = models.BigIntegerField(null=True, help_text="Micro-units; empty where nothing is guarded.")
    sequence = models.BigIntegerField(null=True, help_text="Number of transfers so far, in and out.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "scope", "currency"], nulls_distinct=False, name="account_once"
            ),
            # Within one scope there is one account of a kind, whoever is said to own it.
            models.UniqueConstraint(
                fields=["kind", "scope", "currency"], condition=~Q(scope=""), name="account_once_a_scope"
            ),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency"),
            models.CheckConstraint(
                # isnull said aloud: NULL >= 0 is unknown, and a CHECK lets the unknown pass.
                condition=Q(
                    kind__in=GUARDED, balance__isnull=False, balance__gte=0, sequence__isnull=False, sequence__gte=0
                )
                | (~Q(kind__in=GUARDED) & Q(balance=None, sequence=None)),
                name="account_guarded_never_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PERSONAL_KINDS, owner__isnull=False, scope="")
                | (Q(kind__in=JOB_KINDS, owner__isnull=False) & ~Q(scope=""))
                | (~Q(kind__in=[*PERSONAL_KINDS, *JOB_KINDS]) & Q(owner=None, scope="")),
                name="account_belongs_to_whom_its_kind_says",
            ),
        ]

    def __str__(self) -> str:
        whose = f" of {self.owner_id}" if self.owner_id else ""
        return f"account {self.pk} ({self.kind}{whose}{' ' + self.scope if self.scope else ''})"


class Transfer(models.Model):
    """One movement of money from an account to another. Zero-sum by its shape; never changed, never deleted.

    No foreign-key constraint on purpose: its row lock on a busy account (platform fees) would be taken by everybody.
    A trigger checks both accounts instead, once a statement, and accounts can neither go nor change what they are.
    """

    kind = models.CharField(max_length=40, help_text="Why, one of the postings of the design.")
    key = models.CharField(max_length=200, help_text="Which one: unique within its kind.")
    source = models.ForeignKey(
        Account, models.PROTECT, related_name="transfers_out", db_constraint=False, db_index=False
    )
    target = models.ForeignKey(
        Account, models.PROTECT, related_name="transfers_in", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField(help_text="Micro-units.")
    currency = models.CharField(max_length=3)
    source_sequence = models.BigIntegerField(null=True, help_text="Place in the source's history, if it is guarded.")
    target_sequence = models.BigIntegerField(null=True, help_text="Place in the target's history, if it is guarded.")
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="transfer_once"),
            models.UniqueConstraint(fields=["source", "source_sequence"], name="transfer_source_sequence_once"),
            models.UniqueConstraint(fields=["target", "target_sequence"], name="transfer_target_sequence_once"),
            models.CheckConstraint(condition=Q(kind__regex=r"^[a-z][a-z_]*$"), name="transfer_kind_is_a_word"),
            models.CheckConstraint(condition=~Q(key=""), name="transfer_has_a_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_moves"),
        ]
        indexes = [
            # Balances of the accounts that carry none are summed from these alone, from the last checkpoint on.
            models.Index(
                fields=["source", "id"],
                include=["amount"],
                condition=Q(source_sequence=None),
                name="transfer_out_unguarded",
            ),
            models.Index(
                fields=["target", "id"],
                include=["amount"],
                condition=Q(target_sequence=None),
                name="transfer_in_unguarded",
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk} ({self.kind} {self.key})"
