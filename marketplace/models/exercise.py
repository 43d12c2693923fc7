"""What somebody shows before they work: questions with known answers, what was answered to them, what it proves."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.models.job import Job
from marketplace.models.work import Enrolment


class QuestionKind(models.TextChoices):
    PRACTICE = "practice", "practice"  # what was right is shown after each
    EXAM = "exam", "exam"  # how each went is told when the exam is over


class Question(models.Model):
    """An image of a job whose answer is known, to practise on or to be examined by. Never handed out as work."""

    Kind = QuestionKind

    job = models.ForeignKey(Job, models.CASCADE, related_name="questions", db_index=False)
    kind = models.CharField(max_length=10, choices=QuestionKind)
    image = models.OneToOneField("annotation.Image", models.PROTECT, related_name="+")
    answer = models.JSONField(
        null=True,
        blank=True,
        help_text="The known answer in its canonical form, `shapes.Answer.as_json()`; null until it is given.",
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "kind", "id"], name="question_of_job")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["practice", "exam"]), name="question_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} question {self.pk}"

    @property
    def known(self) -> dict[str, Any]:
        """The known answer of a question that has one, as everything has that was put to somebody."""
        found: dict[str, Any] | None = self.answer
        assert found is not None, "nobody is asked a question before it has its answer"
        return found


class Exercise(models.Model):
    """One question put to one worker, and what they answered: written once. Nobody is paid for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="exercises", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="exercises")
    attempt = models.SmallIntegerField(help_text="0: practice; else which go at the exam, from 1.")
    position = models.SmallIntegerField(help_text="Its turn, from 1.")
    drawn_at = models.DateTimeField(help_text="When the questions of this go were drawn.")
    answered_at = models.DateTimeField(null=True, blank=True)
    body = models.JSONField(null=True, blank=True, help_text="The answer in its canonical form.")
    agreement = models.FloatField(null=True, blank=True, help_text="With the known answer, 0 to 1.")
    explanation = models.TextField(blank=True, default="", help_text="One plain sentence for the worker.")
    evidence = models.JSONField(default=dict, help_text="Own shapes against the right ones, by index.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "attempt", "position"], name="exercise_one_a_turn"),
            models.UniqueConstraint(fields=["enrolment", "attempt", "question"], name="exercise_question_once_a_go"),
            models.CheckConstraint(condition=Q(attempt__gte=0, position__gte=1), name="exercise_counted"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, body__isnull=True, agreement__isnull=True)
                | Q(
                    answered_at__isnull=False,
                    body__isnull=False,
                    agreement__isnull=False,
                    agreement__gte=0,
                    agreement__lte=1,
                ),
                name="exercise_answered_has_agreement",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Qualification(models.Model):
    """An exam that somebody passed, for a label set: later jobs of it ask for none again while it is fresh enough."""

    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="qualifications")
    scope = models.CharField(max_length=80, help_text="What for, e.g. labelset:4; the key of the skills.")
    score = models.FloatField(help_text="Mean agreement with the known answers, 0 to 1.")
    passed_at = models.DateTimeField()
    job = models.ForeignKey(Job, models.PROTECT, related_name="+", help_text="Whose exam it was.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "scope", "job"], name="qualification_one_an_exam"),
            models.CheckConstraint(condition=~Q(scope=""), name="qualification_scope_given"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="qualification_score_range"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} for {self.scope}"
