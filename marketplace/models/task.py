"""Images to be labelled, and the paid-for seats for their answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from marketplace.models.job import Job
from marketplace.models.soundness import Soundness, one_of

TASK_STATES = ["draft", "open", "answered", "review", "settled", "gold", "cancelled"]
SOUND_TASK = Soundness(
    table="marketplace_task",
    columns={"state": "varchar", "answers": "smallint", "wanted": "smallint"},
    rules={
        "task_state_known": f"state IN {one_of(TASK_STATES)}",
        "task_answers_within_wanted": "answers BETWEEN 0 AND wanted",
    },
)
SOUND_PLACE = Soundness(
    table="marketplace_place",
    columns={"state": "varchar", "ordinal": "smallint", "held": "bigint"},
    rules={
        "place_state_known": f"state IN {one_of(['open', 'taken', 'cancelled'])}",
        "place_ordinal_range": "ordinal BETWEEN 1 AND 50",
        "place_held_not_negative": "held >= 0",
        "place_open_is_paid_for": "state <> 'open' OR held > 0",
        "place_cancelled_holds_nothing": "state <> 'cancelled' OR held = 0",
    },
)


class Task(models.Model):
    """One image to be labelled in a job."""

    class State(models.TextChoices):
        DRAFT = "draft"  # no places yet
        OPEN = "open"  # has places that wait for answers
        ANSWERED = "answered"  # every current place is answered; waits to be judged
        REVIEW = "review"  # every current place is answered; a person judges the answers
        SETTLED = "settled"  # a consensus is adopted and the answers are judged
        GOLD = "gold"  # its answer is known: it serves to measure answers, and asks for no consensus
        CANCELLED = "cancelled"  # the job closed before anybody answered, or the image failed

    job = models.ForeignKey(Job, models.CASCADE, related_name="tasks", db_index=False)
    image = models.ForeignKey("annotation.Image", models.PROTECT, related_name="+")
    position = models.IntegerField(help_text="The order in which the images were added.")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    wanted = models.SmallIntegerField(default=0, help_text="Answers its current places ask for.")
    answers = models.SmallIntegerField(default=0, help_text="Answers given so far.")
    disputed = models.BooleanField(default=False, help_text="Settled, but the answers scatter.")
    doubt = models.FloatField(
        null=True, help_text="What a person's decision is worth, where votes could not decide; null elsewhere."
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(fields=["job", "state", "position"], name="task_of_job"),
            models.Index(fields=["answered_at"], name="task_to_settle", condition=Q(state="answered")),
            models.Index(fields=["job", "-doubt", "id"], name="task_to_adjudicate", condition=Q(doubt__isnull=False)),
        ]
        constraints = [
            # Of an image that is settled the answer may come to serve as gold: then it is a task of its own.
            models.UniqueConstraint(fields=["job", "image"], condition=~Q(state="gold"), name="task_one_per_image"),
            models.UniqueConstraint(fields=["job", "image"], condition=Q(state="gold"), name="task_one_gold_per_image"),
            SOUND_TASK.check(name="task_is_sound", fields=["state", "answers", "wanted"]),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class Place(models.Model):
    """One paid-for seat for one answer to a task. An open place is a place already paid for."""

    class State(models.TextChoices):
        OPEN = "open"  # free to be claimed
        TAKEN = "taken"  # a worker holds it under a lease or has answered in it: its assignment says which
        CANCELLED = "cancelled"  # withdrawn; its money went back

    # No index on job alone: the two below begin with it, and what else asks for a job's places comes by its tasks.
    job = models.ForeignKey(Job, models.CASCADE, related_name="places", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="places", db_index=False)
    ordinal = models.SmallIntegerField(help_text="1 is the first seat of its task.")
    position = models.BigIntegerField(help_text="Its turn in the hand-out; a reopened place gets a new one.")
    lane = models.SmallIntegerField(
        default=0, help_text="1: reopened and extra places, handed out first. 2: gold, handed out by lot."
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    held = models.BigIntegerField(help_text="Committed money in micro-units; 0 once paid or given back.")

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(fields=["job", "position"], name="place_open", condition=Q(state="open", lane=0)),
            models.Index(fields=["job", "position"], name="place_open_first", condition=Q(state="open", lane=1)),
            models.Index(fields=["job", "position"], name="place_open_gold", condition=Q(state="open", lane=2)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["task", "ordinal"], name="place_one_per_ordinal"),
            SOUND_PLACE.check(name="place_is_sound", fields=["state", "ordinal", "held"]),
        ]

    def __str__(self) -> str:
        return f"place {self.ordinal} of task {self.task_id}"
