"""A requester's order, and the instructions workers follow."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: people read these aloud


def new_public_id() -> str:
    """An opaque id for addresses, 60 bits of chance, e.g. `k3v9q2mxw7bt`."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class Job(models.Model):
    """One order: images to label, at a price, by a policy."""

    class State(models.TextChoices):
        DRAFT = "draft"  # being written; no money moved
        PUBLISHING = "publishing"  # money held in escrow; places being made
        OPEN = "open"  # workers may claim
        PAUSED = "paused"  # no new claims; live ones may be submitted and are paid
        CLOSING = "closing"  # no new claims; waiting until committed money is 0
        CLOSED = "closed"  # nothing held any more

    class Visibility(models.TextChoices):
        PUBLIC = "public", "every worker"  # on the board
        INVITED = "invited", "people I invite"  # only who is on its list of invitations
        LINK = "link", "everybody with the link"  # only who opened its link, or is on its list

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs")
    title = models.CharField(max_length=120)
    label_set = models.ForeignKey("annotation.LabelSet", models.PROTECT, related_name="+")
    reward = models.BigIntegerField(help_text="Micro-units for one accepted annotation.")
    reward_per_shape = models.BigIntegerField(default=0, help_text="Micro-units beside it for each accepted shape.")
    shapes_paid_at_most = models.SmallIntegerField(default=0, help_text="Shapes of one annotation that are paid for.")
    reserve_percent = models.SmallIntegerField(
        default=0, help_text="The fair-pay reserve, in percent of what accepted work can cost."
    )
    fee_bps = models.IntegerField(help_text="The platform's fee on the pay, in basis points.")
    fee_rounding = models.CharField(max_length=12, default="half_even")
    min_overlap = models.SmallIntegerField()
    max_overlap = models.SmallIntegerField()
    policy = models.JSONField(default=dict)
    requirements = models.JSONField(
        default=dict, blank=True, help_text="What workers must be and show before they start."
    )
    lease_seconds = models.IntegerField(default=1800)
    appeal_days = models.SmallIntegerField(default=7)
    visibility = models.CharField("who may work", max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    invite_key = models.CharField(max_length=32, blank=True, default="", help_text="The secret in the job's link.")
    daily_cap = models.IntegerField(null=True, blank=True, help_text="Answers a worker may give a day (UTC).")
    share_cap = models.SmallIntegerField(
        null=True, blank=True, help_text="Percent of the job's answers one worker may give."
    )
    worker_cap = models.IntegerField(null=True, blank=True, help_text="`share_cap` in answers, reckoned when funded.")
    trial_ms = models.IntegerField(null=True, blank=True, help_text="The requester's own median time an image.")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    funding = models.IntegerField(default=0, help_text="Funding revision: one a publish or top-up.")
    funded_position = models.IntegerField(
        default=0, help_text="Images up to this position are paid for; those beyond it wait to be published."
    )
    gold_budget = models.IntegerField(default=0, help_text="Answers to gold that are paid for at most.")
    answer_limits = models.JSONField(
        null=True, blank=True, help_text="How big an answer may be, where the job wants less than the site."
    )
    extra_answers = models.IntegerField(default=0, help_text="Answers its requester added money for beyond the quote.")
    extra_reserve = models.BigIntegerField(default=0, help_text="Micro-units added to the fair-pay reserve so.")
    close_no = models.IntegerField(default=0, help_text="How many times money was returned on closing.")
    escrow_free = models.ForeignKey("billing.Account", models.PROTECT, null=True, related_name="+")
    escrow_committed = models.ForeignKey("billing.Account", models.PROTECT, null=True, related_name="+")
    fair_pay_reserve = models.ForeignKey("billing.Account", models.PROTECT, null=True, related_name="+")
    underpaid_at = models.DateTimeField(
        null=True, blank=True, help_text="When real times first proved that it pays below the floor."
    )
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="copies")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="job_of_owner"),
            models.Index(fields=["published_at"], name="job_open", condition=Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "publishing", "open", "paused", "closing", "closed"]),
                name="job_state_known",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="job_title_given"),
            models.CheckConstraint(condition=Q(reward__gte=1), name="job_reward_positive"),
            models.CheckConstraint(
                condition=Q(reward_per_shape=0, shapes_paid_at_most=0)
                | Q(reward_per_shape__gte=1, shapes_paid_at_most__gte=1),
                name="job_pay_for_shapes_has_a_cap",
            ),
            models.CheckConstraint(
                condition=Q(reserve_percent__gte=0, reserve_percent__lte=100), name="job_reserve_percent"
            ),
            models.CheckConstraint(condition=Q(extra_answers__gte=0, extra_reserve__gte=0), name="job_extra_counted"),
            models.CheckConstraint(condition=Q(fee_bps__gte=0, fee_bps__lte=5000), name="job_fee_bps_range"),
            models.CheckConstraint(
                condition=Q(min_overlap__gte=1, max_overlap__gte=F("min_overlap"), max_overlap__lte=50),
                name="job_overlap_range",
            ),
            models.CheckConstraint(condition=Q(appeal_days__gte=0, appeal_days__lte=30), name="job_appeal_days_range"),
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "invited", "link"]), name="job_visibility_known"
            ),
            models.CheckConstraint(condition=~Q(visibility="link") | ~Q(invite_key=""), name="job_link_has_a_key"),
            models.CheckConstraint(
                condition=Q(daily_cap__isnull=True) | Q(daily_cap__gte=1), name="job_daily_cap_positive"
            ),
            models.CheckConstraint(
                condition=Q(share_cap__isnull=True) | Q(share_cap__gte=1, share_cap__lte=100),
                name="job_share_cap_percent",
            ),
            models.CheckConstraint(
                condition=Q(worker_cap__isnull=True) | Q(worker_cap__gte=1), name="job_worker_cap_positive"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(escrow_free__isnull=False, escrow_committed__isnull=False),
                name="job_published_has_escrow",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Instructions(models.Model):
    """One version of a job's instructions; an answer names the version its worker saw. Never edited."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="instructions")
    version = models.IntegerField()
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "instructions"
        constraints = [models.UniqueConstraint(fields=["job", "version"], name="instructions_one_per_version")]

    def __str__(self) -> str:
        return f"{self.job}, version {self.version}"
