"""What workers are paid beside the price of their answers: bonuses, and top-ups to fair pay."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.models.job import Job
from marketplace.models.work import Assignment

LONGEST_REASON = 500
"""Characters of what a requester says a bonus is for."""


class Bonus(models.Model):
    """What a requester gives for one accepted answer out of their wallet, once a key. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="bonuses")
    job = models.ForeignKey(Job, models.PROTECT, related_name="bonuses")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bonuses_given")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bonuses")
    amount = models.BigIntegerField(help_text="Micro-units to the worker.")
    fee = models.BigIntegerField(help_text="Micro-units to the platform.")
    reason = models.CharField(max_length=LONGEST_REASON, help_text="What it is for; the worker reads it.")
    idempotency_key = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "bonuses"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["requester", "idempotency_key"], name="bonus_once_a_key"),
            models.CheckConstraint(condition=Q(amount__gt=0, fee__gte=0), name="bonus_amount_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="bonus_says_why"),
            models.CheckConstraint(condition=~Q(worker=models.F("requester")), name="bonus_to_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"bonus {self.pk}"


class TopUp(models.Model):
    """What one paid answer was given out of its job's fair-pay reserve, once, and by which figures. Never changed."""

    assignment = models.OneToOneField(Assignment, models.PROTECT, primary_key=True, related_name="top_up")
    job = models.ForeignKey(Job, models.PROTECT, related_name="top_ups")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="top_ups")
    amount = models.BigIntegerField(help_text="Micro-units to the worker.")
    fee = models.BigIntegerField(help_text="Micro-units to the platform.")
    median_ms = models.IntegerField(help_text="The job's median time an answer when it was reckoned.")
    floor = models.BigIntegerField(help_text="Micro-units an hour that it was brought up to.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, fee__gte=0), name="top_up_amount_positive"),
            models.CheckConstraint(condition=Q(median_ms__gt=0, floor__gt=0), name="top_up_has_figures"),
        ]

    def __str__(self) -> str:
        return f"top-up of {self.assignment_id}"
