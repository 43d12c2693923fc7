"""What a worker holds and gives: enrolments, assignments, drafts; and the act that adopts a consensus."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.models.job import Job
from marketplace.models.rules import among
from marketplace.models.soundness import Soundness, one_of
from marketplace.models.task import Place, Task


class Enrolment(models.Model):
    """A worker's standing in one job, and where they are in its hand-out."""

    class State(models.TextChoices):
        READY = "ready"  # may claim
        PAUSED = "paused"  # skipped several in a row; resumes by asking again
        BLOCKED = "blocked"  # may not work on this job
        PRACTICE = "practice"  # practises on images whose answers are known
        EXAM = "exam"  # sits the job's exam
        FAILED = "failed"  # did not pass; may try again after a while, or no more

    class Admission(models.TextChoices):
        NONE = "", "not yet"
        OPEN = "open"  # nothing was asked
        PRACTICE = "practice"  # practised
        EXAM = "exam"  # passed the job's exam
        QUALIFIED = "qualified"  # passed the exam of another job of the label set before

    job = models.ForeignKey(Job, models.CASCADE, related_name="enrolments")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    reason = models.CharField(max_length=20, blank=True, default="", help_text="Why it is blocked, as a code.")
    admitted_by = models.CharField(
        max_length=10,
        choices=Admission,
        blank=True,
        default=Admission.OPEN,
        db_default=Admission.OPEN,
        help_text="What let them in; empty before.",
    )
    attempt = models.SmallIntegerField(
        default=0, db_default=0, help_text="Which go at the exam they are at, or were at last."
    )
    # Written now and then, not at every claim: an old snapshot would make each claim walk through all its versions.
    # The exact cursors travel on the assignments.
    cursor = models.BigIntegerField(default=0, help_text="About how far the worker is in the hand-out.")
    cursor_first = models.BigIntegerField(default=0, help_text="The same in the lane handed out first.")
    exhausted_to = models.BigIntegerField(
        default=0, help_text="No open place up to this position is for this worker: a full look found none."
    )
    skips_in_a_row = models.SmallIntegerField(default=0)
    # Counted only in jobs with a cap.
    answers = models.IntegerField(default=0, help_text="Answers given in this job, where it caps them.")
    answers_on = models.DateField(null=True, blank=True, help_text="The day (UTC) that `answers_today` counts.")
    answers_today = models.IntegerField(default=0)
    # Only in jobs with gold: which of the worker's images are gold is drawn once, when they enrol.
    gold_seed = models.BigIntegerField(null=True, blank=True, help_text="What that is drawn from; null without gold.")
    drawn = models.IntegerField(default=0, help_text="Places drawn for the worker so far, where there is gold.")
    # See `marketplace.rounds`. Changed only while nothing is handed out, and then on all that the worker holds.
    round = models.IntegerField(default=0, db_default=0, help_text="In which round of their work in the job they are.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "worker"], name="enrolment_one_per_worker"),
            models.CheckConstraint(
                condition=among("state", ["ready", "paused", "blocked", "practice", "exam", "failed"]),
                name="enrolment_state_known",
            ),
            models.CheckConstraint(
                condition=among("admitted_by", ["", "open", "practice", "exam", "qualified"]),
                name="enrolment_admission_known",
            ),
            # Whatever ends a block or a pause: nobody claims who has not passed what the job asks.
            models.CheckConstraint(
                condition=~among("state", ["ready", "paused"]) | ~Q(admitted_by=""), name="enrolment_ready_is_admitted"
            ),
            models.CheckConstraint(
                condition=~among("state", ["practice", "exam", "failed"]) | Q(admitted_by=""),
                name="enrolment_examined_is_not_admitted",
            ),
            models.CheckConstraint(condition=Q(attempt__gte=0), name="enrolment_attempt_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} in {self.job}"


class AssignmentState(models.TextChoices):
    """What can become of one worker's hold on one place."""

    RESERVED = "reserved"  # looked ahead; not shown yet
    CLAIMED = "claimed"  # under a lease
    RETURNED = "returned"  # sent back once with a note; waits for its worker, no lease runs
    SUBMITTED = "submitted"  # answered; waits for its verdict
    ACCEPTED = "accepted"  # paid
    REJECTED = "rejected"  # not paid; may be appealed until it is final
    OVERTURNED = "overturned"  # rejected, then paid on appeal
    REVERSED = "reversed"  # paid, then taken back for fraud
    EXPIRED = "expired"  # the lease ran out
    SKIPPED = "skipped"  # the worker passed; never shown to them again
    GIVEN_BACK = "given_back"  # the worker left; may come again
    CANCELLED = "cancelled"  # the job ended before it was shown


ANSWERED = ["submitted", "accepted", "rejected", "overturned", "reversed"]
# What leaves the task open to the same worker again.
UNDONE = ["expired", "given_back"]
SOUND_ASSIGNMENT = Soundness(
    table="marketplace_assignment",
    columns={
        "state": "varchar",
        "earned": "bigint",
        "annotation_id": "bigint",
        "submitted_at": "timestamptz",
        "returned_at": "timestamptz",
        "final_at": "timestamptz",
    },
    rules={
        "assignment_state_known": f"state IN {one_of(AssignmentState.values)}",
        "assignment_answered_has_annotation": (
            f"state NOT IN {one_of(ANSWERED)} OR (annotation_id IS NOT NULL AND submitted_at IS NOT NULL)"
        ),
        "assignment_accepted_means_paid": (
            "CASE WHEN state IN ('accepted', 'overturned') THEN earned > 0 ELSE earned = 0 END"
        ),
        "assignment_returned_has_annotation": (
            "state <> 'returned' OR (annotation_id IS NOT NULL AND returned_at IS NOT NULL)"
        ),
        "assignment_final_only_if_rejected": "final_at IS NULL OR state = 'rejected'",
    },
)


class Assignment(models.Model):
    """One worker's hold on one place. Its opaque id is the fencing token: whoever holds it holds the place."""

    State = AssignmentState

    LIVE = (State.RESERVED, State.CLAIMED)
    ANSWERED = (State.SUBMITTED, State.ACCEPTED, State.REJECTED, State.OVERTURNED, State.REVERSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No index of their own for the foreign keys: every index is paid for three times an answer, and those below serve.
    place = models.ForeignKey(Place, models.PROTECT, related_name="assignments", db_index=False)
    # The place names both. To have them checked here would lock the one row of the job at every claim; the audit does.
    task = models.ForeignKey(Task, models.PROTECT, related_name="assignments", db_index=False, db_constraint=False)
    job = models.ForeignKey(Job, models.PROTECT, related_name="assignments", db_index=False, db_constraint=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", db_index=False)
    state = models.CharField(max_length=10, choices=State)
    instructions_version = models.IntegerField()
    lease_expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was sent back to be bettered; once at most."
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True, help_text="When a rejection can no longer be appealed.")
    cursor = models.BigIntegerField(default=0, help_text="How far its worker was in the hand-out when it was made.")
    cursor_first = models.BigIntegerField(default=0, help_text="The same in the lane handed out first.")
    round = models.IntegerField(default=0, db_default=0, help_text="The worker's round, while it is live.")
    # Written in the same step as the annotation itself.
    annotation = models.ForeignKey(
        "annotation.Annotation", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    verdict = models.ForeignKey("qa.Verdict", models.PROTECT, null=True, related_name="+", db_index=False)
    paid_ms = models.IntegerField(null=True, help_text="Paid time: the least of what client and server saw.")
    earned = models.BigIntegerField(default=0, help_text="Micro-units paid to the worker for it.")
    skip_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-claimed_at"]
        indexes = [
            # Whoever asks for a worker's or a job's answers says `submitted_at` is not null, else they go unused.
            models.Index(
                fields=["worker", "-submitted_at"], name="assignment_of_worker", condition=Q(submitted_at__isnull=False)
            ),
            models.Index(
                fields=["job", "-submitted_at"], name="assignment_of_job", condition=Q(submitted_at__isnull=False)
            ),
            models.Index(fields=["final_at"], name="assignment_to_finalise", condition=Q(final_at__isnull=False)),
            models.Index(fields=["job", "worker"], name="assignment_returned", condition=Q(state="returned")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "worker"],
                condition=~Q(state__in=UNDONE),
                name="assignment_one_answer_each",
            ),
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(state__in=["reserved", "claimed", "returned"]),
                name="assignment_one_per_place",
            ),
            # One claimed and one reserved a worker and job; also the way to all that is live in a job. All that a
            # worker has live is of one round, theirs: `marketplace.rounds`.
            models.UniqueConstraint(
                fields=["job", "worker", "state", "round"],
                condition=Q(state__in=["reserved", "claimed"]),
                name="assignment_one_claimed_one_reserved",
            ),
            SOUND_ASSIGNMENT.check(
                name="assignment_is_sound",
                fields=["state", "earned", "annotation", "submitted_at", "returned_at", "final_at"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Draft(models.Model):
    """Unfinished work of one assignment, kept on the server."""

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="draft")
    revision = models.IntegerField(default=1)
    body = models.JSONField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft {self.revision} of {self.assignment_id}"


class Decision(models.Model):
    """The act that adopts a consensus for a task; one current a task."""

    class Kind(models.TextChoices):
        VOTES = "votes"  # the answers decided
        REVIEW = "review"  # the requester decided, answer by answer
        ADJUDICATION = "adjudication"  # a person decided what votes could not
        APPEAL = "appeal"  # an appeal was upheld, and its answer adopted

    task = models.ForeignKey(Task, models.PROTECT, related_name="decisions")
    consensus = models.ForeignKey("qa.Consensus", models.PROTECT, related_name="+")
    revision = models.IntegerField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.VOTES)
    current = models.BooleanField(default=True)
    skills_version = models.BigIntegerField(default=0, help_text="Answers the skills had seen when it was made.")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="Null when the votes did."
    )
    as_gold = models.BooleanField(null=True, help_text="Whether who decided wants it to serve as a known answer.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "revision"], name="decision_one_per_revision"),
            models.UniqueConstraint(fields=["task"], condition=Q(current=True), name="decision_one_current"),
        ]

    def __str__(self) -> str:
        return f"decision {self.revision} on task {self.task_id}"
