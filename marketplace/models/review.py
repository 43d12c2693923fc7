"""People who look at answers: what waits for them, what they said, and who was stopped from rejecting."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.models.job import Job
from marketplace.models.rules import among
from marketplace.models.work import Assignment

LONGEST_NOTE = 1024
"""Characters of what a reviewer says to a worker."""


class Why(models.TextChoices):
    """Why a person is to look at an answer."""

    EVERY = "every", "every answer is reviewed"  # this job's answers are judged by a person
    REJECTION = "rejection", "the votes would reject it"  # a person confirms, or not
    SAMPLE = "sample", "sample of accepted work"  # accepted and paid; to see how good it is


class Said(models.TextChoices):
    """What a reviewer said of an answer."""

    ACCEPT = "accept", "accepted"
    RETURN = "return", "sent back once"
    REJECT = "reject", "rejected"
    FIX = "fix", "corrected"  # only of a sample: whatever else is corrected still has to be accepted or rejected
    OVERTAKEN = "overtaken", "decided otherwise"  # an adjudication, or a deadline, came first


class Reason(models.TextChoices):
    """Why a person rejects an answer."""

    MISSED = "missed", "Objects are missed"
    EXTRA = "extra", "Marks what is not there"
    LABEL = "label", "Wrong labels"
    LOOSE = "loose", "Drawn too loosely"
    INSTRUCTIONS = "instructions", "Against the instructions"
    CARELESS = "careless", "No honest attempt"
    OTHER = "other", "Something else"


class Review(models.Model):
    """One answer put before its requester, and what they said. An answer that was returned comes again, as a new row.

    The proposal is what the votes would have done; nobody but the requester sees it.
    """

    Why, Said, Reason = Why, Said, Reason

    job = models.ForeignKey(Job, models.CASCADE, related_name="reviews", db_index=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="reviews")
    annotation = models.ForeignKey(
        "annotation.Annotation", models.PROTECT, related_name="+", db_index=False, help_text="The answer looked at."
    )
    why = models.CharField(max_length=10, choices=Why)
    proposal = models.ForeignKey("qa.Verdict", models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    said = models.CharField(max_length=10, choices=Said, blank=True, help_text="Empty while it waits.")
    reason = models.CharField(max_length=12, choices=Reason, blank=True)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, help_text="The worker reads it.")
    # Who decides appeals against a rejection must be somebody else.
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="reviews",
        db_index=False,
        help_text="Null while it waits, and when a deadline decided.",
    )
    said_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["job", "opened_at", "id"], name="review_waiting", condition=Q(said="")),
            models.Index(
                fields=["said_by", "-said_at"],
                name="review_by_hand",
                condition=Q(said__in=["accept", "reject"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["assignment"], condition=Q(said=""), name="review_one_waiting"),
            models.UniqueConstraint(fields=["assignment"], condition=Q(said="return"), name="review_returned_once"),
            models.CheckConstraint(condition=among("why", Why.values), name="review_why_known"),
            models.CheckConstraint(condition=Q(said="") | among("said", Said.values), name="review_said_known"),
            models.CheckConstraint(
                condition=Q(said="", said_at__isnull=True, said_by__isnull=True)
                | (~Q(said="") & Q(said_at__isnull=False)),
                name="review_said_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(said="reject") | (among("reason", Reason.values) & ~Q(note="") & Q(said_by__isnull=False)),
                name="review_rejected_by_somebody_with_a_reason",
            ),
            models.CheckConstraint(condition=~Q(said="return") | ~Q(note=""), name="review_returned_with_a_note"),
            models.CheckConstraint(
                condition=~Q(why="sample") | ~Q(said__in=["return", "reject"]), name="review_paid_work_stays_paid"
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.assignment_id}"


class RejectionStop(models.Model):
    """Too much was rejected: an admin looks. By hand: the requester rejects nothing more until they are released."""

    class Kind(models.TextChoices):
        HAND = "hand", "by the requester"  # stops the requester
        VOTES = "votes", "by the votes of a job"  # only told to the admin

    class State(models.TextChoices):
        OPEN = "open", "waits for an admin"
        RELEASED = "released", "released"  # the rejections were in order; the count begins anew
        UPHELD = "upheld", "upheld"  # they were not; the stop stays

    kind = models.CharField(max_length=5, choices=Kind)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rejection_stops")
    job = models.ForeignKey(Job, models.CASCADE, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    judged = models.IntegerField(help_text="Answers judged when it was opened.")
    rejected = models.IntegerField(help_text="Of them rejected.")
    today = models.IntegerField(default=0, help_text="Rejected by hand in the 24 hours before.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["requester"],
                condition=Q(kind="hand", state__in=["open", "upheld"]),
                name="rejection_stop_one_a_requester",
            ),
            models.UniqueConstraint(fields=["job"], condition=Q(kind="votes"), name="rejection_stop_one_a_job"),
            models.CheckConstraint(condition=Q(kind__in=["hand", "votes"]), name="rejection_stop_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "released", "upheld"]), name="rejection_stop_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="hand", job__isnull=True) | Q(kind="votes", job__isnull=False),
                name="rejection_stop_votes_are_of_a_job",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closed_by__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(note="")),
                name="rejection_stop_closed_by_somebody_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"rejections {self.get_kind_display()}: {self.requester}"
