"""What the answers came to: consensus revisions, verdicts on single answers, and what workers' records say."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Consensus(models.Model):
    """The answer adopted from the answers to one image. Written once: a change of mind is a new revision."""

    scope = models.CharField(max_length=80, help_text="What was judged, e.g. task:17.")
    image = models.ForeignKey("annotation.Image", models.PROTECT, related_name="+")
    revision = models.IntegerField(help_text="1 is the first.")
    body = models.JSONField(help_text="Adopted tags and objects with their votes, confidence and sources.")
    agreement = models.FloatField(help_text="Mean agreement of the answers with it, 0 to 1.")
    confidence = models.FloatField(help_text="Mean share of the votes behind what was decided, 0 to 1.")
    answers = models.SmallIntegerField(help_text="How many answers it was made from.")
    policy = models.JSONField(help_text="The policy it was decided by.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "consensus"
        constraints = [
            models.UniqueConstraint(fields=["scope", "revision"], name="consensus_one_per_revision"),
            models.CheckConstraint(condition=~Q(scope=""), name="consensus_scope_given"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="consensus_revision_positive"),
            models.CheckConstraint(condition=Q(answers__gte=1), name="consensus_has_answers"),
            models.CheckConstraint(condition=Q(agreement__gte=0, agreement__lte=1), name="consensus_agreement_range"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="consensus_confidence_range"
            ),
        ]

    def __str__(self) -> str:
        return f"consensus {self.revision} of {self.scope}"


class Verdict(models.Model):
    """What a consensus means for one answer, with the reason its worker reads. Written once, like its consensus."""

    scope = models.CharField(max_length=80, help_text="Whose answer, e.g. assignment:<uuid>.")
    consensus = models.ForeignKey(
        Consensus,
        models.PROTECT,
        null=True,
        related_name="verdicts",
        help_text="Null when a person judged the answer by itself, before anything was adopted.",
    )
    # PROTECT: a verdict is why somebody was or was not paid. People are deactivated, not deleted.
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="verdicts")
    accepted = models.BooleanField()
    agreement = models.FloatField(null=True, help_text="Of this answer with the consensus, 0 to 1; null without one.")
    reason = models.CharField(max_length=40, help_text="The code of the rule that fired, e.g. low_agreement.")
    explanation = models.TextField(help_text="One plain sentence for the worker.")
    evidence = models.JSONField(help_text="Own shapes against adopted ones, by index.")
    revision = models.IntegerField(help_text="1 is the first.")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["worker", "-id"], name="verdict_of_worker")]
        constraints = [
            models.UniqueConstraint(fields=["scope", "revision"], name="verdict_one_per_revision"),
            models.CheckConstraint(condition=~Q(scope=""), name="verdict_scope_given"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(explanation=""), name="verdict_reason_given"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="verdict_revision_positive"),
            models.CheckConstraint(condition=Q(agreement__gte=0, agreement__lte=1), name="verdict_agreement_range"),
            models.CheckConstraint(
                condition=Q(consensus__isnull=False, agreement__isnull=False)
                | Q(consensus__isnull=True, agreement__isnull=True),
                name="verdict_agrees_with_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{'accepted' if self.accepted else 'rejected'}: {self.scope}"


class Skill(models.Model):
    """How often a worker agreed with the others, in one label set: over all, and for each label with what was adopted.

    Sums that fade as they age (`skill` says how fast); what they mean is there and in `reputation`.
    """

    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="skills")
    scope = models.CharField(max_length=80, help_text="Where it was shown, e.g. labelset:4.")
    label = models.CharField(max_length=100, blank=True, default="", help_text="Empty for all labels together.")
    right = models.FloatField(default=0, help_text="Sum of the agreements as of the last lesson, older ones faded.")
    wrong = models.FloatField(default=0, help_text="Sum of what was lacking to full agreement, in the same way.")
    answers = models.IntegerField(default=0, help_text="Answers it was learnt from, all that there were.")
    drawing = ArrayField(
        models.FloatField(),
        null=True,
        help_text="Of all labels together: the counts of `drawing_skill`, in their order, faded in the same way.",
    )
    seen_at = models.DateTimeField(db_default=Now(), help_text="When it learnt last.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "scope", "label"], name="skill_one_per_label"),
            models.CheckConstraint(condition=~Q(scope=""), name="skill_scope_given"),
            models.CheckConstraint(condition=Q(right__gte=0, wrong__gte=0, answers__gte=0), name="skill_not_negative"),
            # A hair of slack: the two sums are added up separately.
            models.CheckConstraint(
                condition=Q(answers__gte=F("right") + F("wrong") - 0.001), name="skill_within_its_answers"
            ),
            models.CheckConstraint(
                condition=Q(drawing=None) | Q(label="", drawing__len=6, **{f"drawing__{n}__gte": 0 for n in range(6)}),
                name="skill_drawing_is_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} in {self.scope}{f' at {self.label}' if self.label else ''}"


class Reliability(models.Model):
    """How a worker's tags compare with what was adopted, in one scope. Counts; what they mean is in `tagging`."""

    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reliabilities")
    scope = models.CharField(max_length=80, help_text="Where it was shown, e.g. job:17.")
    counts = models.JSONField(help_text="By question a matrix of votes: rows what is true, columns what was said.")

    class Meta:
        verbose_name_plural = "reliabilities"
        constraints = [
            models.UniqueConstraint(fields=["worker", "scope"], name="reliability_one_per_scope"),
            models.CheckConstraint(condition=~Q(scope=""), name="reliability_scope_given"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} in {self.scope}"


class CrowdRecord(models.Model):
    """The same over all workers of a scope, and what was learnt there of how much a claim is worth."""

    scope = models.CharField(max_length=80, unique=True)
    counts = models.JSONField(help_text="By question a matrix of votes, summed over all workers.")
    tasks = models.JSONField(help_text="By question how many images have each class.")
    calibration = models.JSONField(null=True, help_text="What claims are worth; null while uncalibrated.")
    version = models.IntegerField(default=0, help_text="Rises with every refit.")
    votes = models.IntegerField(default=0, help_text="Answers it was learnt from.")
    votes_at_refit = models.IntegerField(default=0, help_text="How many these were at the last refit.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(scope=""), name="crowd_record_scope_given"),
            models.CheckConstraint(
                condition=Q(version__gte=0, votes__gte=0, votes_at_refit__gte=0), name="crowd_record_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"the crowd of {self.scope}"


class DrawingWorth(models.Model):
    """What claims about drawings are worth in one scope, by the known answers seen there so far."""

    scope = models.CharField(max_length=80, unique=True, help_text="Where it was seen, e.g. job:17.")
    calibration = models.JSONField(null=True, help_text="What claims are worth; null while uncalibrated.")
    outcomes = models.IntegerField(default=0, help_text="Trials on known images that it was learnt from.")
    answers = models.IntegerField(default=0, help_text="Answers to known images there were at that time.")
    learnt_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(scope=""), name="drawing_worth_scope_given"),
            models.CheckConstraint(condition=Q(outcomes__gte=0, answers__gte=0), name="drawing_worth_not_negative"),
        ]

    def __str__(self) -> str:
        return f"the worth of drawings in {self.scope}"


class Gold(models.Model):
    """An image whose answer is known, and the answer."""

    class Source(models.TextChoices):
        CHOSEN = "chosen"  # the requester answered an image of the job
        IMPORTED = "imported"  # it came in a file
        ADJUDICATED = "adjudicated"  # a person decided what votes could not

    class State(models.TextChoices):
        ACTIVE = "active"  # handed out
        REVIEW = "review", "needs review"  # good workers disagree with it; not handed out until somebody looked
        RETIRED = "retired"  # no longer handed out

    scope = models.CharField(max_length=80, help_text="What it belongs to, e.g. job:4.")
    image = models.ForeignKey("annotation.Image", models.PROTECT, related_name="+")
    body = models.JSONField(help_text="The known answer, in the form in which answers are stored.")
    source = models.CharField(max_length=12, choices=Source)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    answers = models.IntegerField(default=0, help_text="Answers of workers that were held against it.")
    right = models.IntegerField(default=0, help_text="Those of them that agree with it.")
    good_wrong = models.IntegerField(default=0, help_text="Those of good workers that do not.")
    good_right = models.IntegerField(default=0, help_text="Those of good workers that do.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "gold"
        constraints = [
            models.UniqueConstraint(fields=["scope", "image"], name="gold_one_per_image"),
            models.CheckConstraint(condition=~Q(scope=""), name="gold_scope_given"),
            models.CheckConstraint(condition=Q(source__in=["chosen", "imported", "adjudicated"]), name="gold_source"),
            models.CheckConstraint(condition=Q(state__in=["active", "review", "retired"]), name="gold_state"),
            models.CheckConstraint(
                condition=Q(right__gte=0, right__lte=F("answers"), good_wrong__gte=0, good_right__gte=0),
                name="gold_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"gold {self.pk} of {self.scope}"


class GoldResult(models.Model):
    """One answer held against a known one. Written once."""

    gold = models.ForeignKey(Gold, models.PROTECT, related_name="results")
    scope = models.CharField(max_length=80, unique=True, help_text="Whose answer, e.g. assignment:<uuid>.")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreement = models.FloatField(help_text="With the known answer, 0 to 1.")
    right = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["gold", "worker"], name="gold_result_of_gold")]
        constraints = [
            models.CheckConstraint(condition=Q(agreement__gte=0, agreement__lte=1), name="gold_result_agreement_range")
        ]

    def __str__(self) -> str:
        return f"{'right' if self.right else 'wrong'}: {self.scope}"
