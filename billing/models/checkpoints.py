"""Sums of old stretches of an account's history, so that nobody counts a million transfers twice."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from billing.models.books import Account


class Checkpoint(models.Model):
    """A stretch of one account's history that can no longer change, summed.

    Its ends are places in the account's own history where it has one, and ids of transfers where it has none.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="checkpoints")
    since = models.BigIntegerField(help_text="Where it begins, exclusive: the end of the one before, or 0.")
    position = models.BigIntegerField(help_text="Where it ends, inclusive.")
    entries = models.IntegerField(help_text="How many transfers it sums.")
    amount = models.BigIntegerField(help_text="What came in less what went out, micro-units.")
    balance = models.BigIntegerField(help_text="The same since the account was opened, micro-units.")
    earliest = models.DateTimeField(help_text="Of its transfers.")
    latest = models.DateTimeField(help_text="Of its transfers.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "since"], name="checkpoint_begins_once"),
            models.UniqueConstraint(fields=["account", "position"], name="checkpoint_ends_once"),
            models.CheckConstraint(condition=Q(position__gt=F("since"), entries__gt=0), name="checkpoint_of_something"),
        ]

    def __str__(self) -> str:
        return f"checkpoint of account {self.account_id} at {self.position}"
