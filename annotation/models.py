"""What a worker draws on, what they may draw, and what they drew. Rules live in the database where they can."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


def one_of(field: str, choices: type[models.TextChoices]) -> Q:
    """The condition that `field` holds one of `choices`."""
    return Q(**{f"{field}__in": choices.values})


class TagChoice(models.TextChoices):
    ONE = "one", "exactly one tag"  # the tags exclude each other: one question with several answers
    ANY = "any", "any number of tags"  # each tag is its own yes/no question


class LabelSet(models.Model):
    """The labels a job works with, in the order their digit keys have."""

    name = models.CharField(max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="label_sets")
    tag_choice = models.CharField(max_length=8, choices=TagChoice, default=TagChoice.ANY)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=one_of("tag_choice", TagChoice), name="label_set_tag_choice")]

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """One label and the types of shape it may be given to (`tag` is the whole image)."""

    label_set = models.ForeignKey(LabelSet, on_delete=models.CASCADE, related_name="labels")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    shapes = models.JSONField(
        help_text="The types of shape it may have: a list out of tag, box, polygon, mask and keypoints."
    )
    color = models.CharField(max_length=7, help_text="#rrggbb, lower case.")
    attributes = models.JSONField(default=list, blank=True)
    skeleton = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["label_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["label_set", "name"], name="label_name_once_a_set"),
            models.UniqueConstraint(fields=["label_set", "position"], name="label_position_once_a_set"),
            models.CheckConstraint(condition=~Q(name=""), name="label_has_a_name"),
            models.CheckConstraint(condition=Q(color__regex=r"^#[0-9a-f]{6}$"), name="label_color_is_rrggbb"),
            models.CheckConstraint(
                condition=Q(shapes__contained_by=["tag", "box", "polygon", "mask", "keypoints"]) & ~Q(shapes=[]),
                name="label_shapes_known",
            ),
            models.CheckConstraint(
                condition=Q(shapes__contains="keypoints", skeleton__isnull=False)
                | (~Q(shapes__contains="keypoints") & Q(skeleton__isnull=True)),
                name="label_skeleton_with_keypoints",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ImageState(models.TextChoices):
    CHECKED = "checked", "checked"  # header and container are sound; the original waits in quarantine
    READY = "ready", "ready"  # re-encoded, stripped, renditions written; `digest` is set
    FAILED = "failed", "failed"  # could not be decoded after all; `failure` says why


class Image(models.Model):
    """One uploaded picture. Width and height are after EXIF orientation: the pixels every shape is measured in."""

    scope = models.CharField(max_length=100, help_text='What it belongs to, e.g. "job:17".')
    name = models.CharField(max_length=200, help_text="File name as uploaded, cleaned.")
    sha256 = models.CharField(max_length=64, help_text="Of the bytes uploaded.")
    digest = models.CharField(max_length=64, null=True, help_text="SHA-256 of the clean full rendition.")
    width = models.PositiveIntegerField(help_text="Pixels, after EXIF orientation.")
    height = models.PositiveIntegerField(help_text="Pixels, after EXIF orientation.")
    bytes = models.PositiveBigIntegerField(help_text="Size of the file uploaded.")
    format = models.CharField(max_length=8, help_text="Of the file uploaded: JPEG, PNG, WEBP, BMP or TIFF.")
    state = models.CharField(max_length=8, choices=ImageState, default=ImageState.CHECKED)
    failure = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(state="checked"), name="image_to_prepare")]
        constraints = [
            models.UniqueConstraint(fields=["scope", "sha256"], name="image_once_a_scope"),
            models.CheckConstraint(condition=one_of("state", ImageState), name="image_state"),
            models.CheckConstraint(condition=Q(width__gte=1) & Q(height__gte=1), name="image_has_pixels"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="image_sha256_is_hex"),
            models.CheckConstraint(
                # "Not null" is said aloud: a CHECK that comes to NULL counts as kept.
                condition=Q(state="ready", digest__isnull=False, digest__regex=r"^[0-9a-f]{64}$")
                | (~Q(state="ready") & Q(digest__isnull=True)),
                name="image_digest_when_ready",
            ),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(failure="")) | (~Q(state="failed") & Q(failure="")),
                name="image_failure_when_failed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Annotation(models.Model):
    """One answer a person gave to one image. Written once: a trigger refuses UPDATE and DELETE."""

    # Only the primary key is indexed, and the database does not check image and author: what an annotation answers
    # points at it and names both, checked, and each answer would pay for each index and check.
    scope = models.CharField(max_length=100, help_text="What it answers, an opaque key.")
    image = models.ForeignKey(
        Image, on_delete=models.PROTECT, related_name="annotations", db_index=False, db_constraint=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="annotations",
        db_index=False,
        db_constraint=False,
    )
    schema = models.PositiveSmallIntegerField(default=1)
    body = models.JSONField(help_text="The canonical answer, `shapes.Answer.as_json()`.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(schema__gte=1), name="annotation_schema")]

    def __str__(self) -> str:
        return f"annotation {self.pk} of {self.image_id}"
