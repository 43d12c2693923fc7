"""Answers that came when their place was somebody else's."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from marketplace.models.work import Assignment


class LateAnswer(models.Model):
    """An answer kept beside an expired assignment: it does not count, and is paid by the platform where it agrees."""

    class Why(models.TextChoices):
        GIVEN_ON = "place_given_on", "somebody else had the place"
        AGAIN = "image_given_again", "the same worker was given the image again"
        WITHDRAWN = "place_withdrawn", "the job had ended"
        CAP = "late_beyond_cap", "the job takes no more from this worker"

    assignment = models.OneToOneField(Assignment, models.PROTECT, primary_key=True, related_name="late_answer")
    why = models.CharField(max_length=20, choices=Why)
    kept_at = models.DateTimeField()
    scored_at = models.DateTimeField(null=True, blank=True)
    agreement = models.FloatField(
        null=True, blank=True, help_text="With what was adopted, 0 to 1; null where nothing was, or nothing is owed."
    )
    paid = models.BigIntegerField(default=0, help_text="Micro-units the platform gave for it.")

    class Meta:
        indexes = [models.Index(fields=["kept_at"], condition=Q(scored_at=None), name="late_answer_to_score")]
        constraints = [
            models.CheckConstraint(condition=Q(agreement__gte=0, agreement__lte=1), name="late_answer_agreement_range"),
            models.CheckConstraint(
                condition=Q(paid=0) | Q(paid__gt=0, agreement__isnull=False, scored_at__isnull=False),
                name="late_answer_paid_where_it_agrees",
            ),
            models.CheckConstraint(
                condition=Q(scored_at=None) | Q(scored_at__gte=F("kept_at")), name="late_answer_order"
            ),
        ]

    def __str__(self) -> str:
        return f"late answer {self.assignment_id}"
