"""What looks like spam, what a person made of it, and the answers bought in place of what was confirmed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.models.job import Job
from marketplace.models.rules import among
from marketplace.models.task import Place
from marketplace.models.work import Assignment


class Flag(models.Model):
    """Signs that a worker's answers in a job are not honest work. It changes nothing until a person confirms it."""

    class Kind(models.TextChoices):
        HASTE = "haste", "too fast"
        RUN = "run", "one answer again and again"
        GROUP = "group", "the same answers as others"
        COPIES = "copies", "drawings copied from others"

    class State(models.TextChoices):
        OPEN = "open"  # waits for a person
        CONFIRMED = "confirmed"  # the worker is out of the job, and their answers there carry no weight
        DISMISSED = "dismissed"  # nothing in it

    job = models.ForeignKey(Job, models.CASCADE, related_name="flags", db_index=False)
    # PROTECT: a flag is why somebody was turned out. People are deactivated, not deleted.
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    evidence = models.JSONField(help_text="Figures and answers it rests on; which, says its kind.")
    weight = models.IntegerField(help_text="How many answers speak for it.")
    note = models.CharField(max_length=500, blank=True, default="", help_text="What the admin wrote to the worker.")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When the signs were last seen.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["job", "worker"], name="flag_of_worker_in_job"),
            models.Index(fields=["-seen_at"], name="flag_open", condition=Q(state="open")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "worker", "kind"], condition=Q(state="open"), name="flag_one_open_a_kind"
            ),
            models.CheckConstraint(
                condition=among("kind", ["haste", "run", "group", "copies"]), name="flag_kind_known"
            ),
            models.CheckConstraint(
                condition=among("state", ["open", "confirmed", "dismissed"]), name="flag_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="flag_decided_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"flag {self.pk}: {self.get_kind_display()}"


class Replacement(models.Model):
    """A place bought, out of the job's free money, for an answer that counts no more."""

    flag = models.ForeignKey(Flag, models.PROTECT, related_name="replacements")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="replacement")
    place = models.OneToOneField(Place, models.PROTECT, related_name="replaces")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"place {self.place_id} for {self.assignment_id}"


class Watch(models.Model):
    """What the background saw when it last looked through a job's latest answers."""

    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="watch")
    looked_at = models.DateTimeField()
    answers = models.IntegerField(default=0, help_text="Answers looked at, the latest.")
    images = models.IntegerField(default=0, help_text="Images with two answers or more among them.")
    alpha = models.FloatField(null=True, help_text="Krippendorff's alpha of these; null where it says nothing.")

    class Meta:
        verbose_name_plural = "watches"
        constraints = [
            models.CheckConstraint(condition=Q(alpha__isnull=True) | Q(alpha__lte=1), name="watch_alpha_at_most_1"),
        ]

    def __str__(self) -> str:
        return f"watch over {self.job}"
