"""What the database refuses about images and answers, whoever asks."""

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from annotation.models import Annotation, Image

pytestmark = pytest.mark.django_db

SHA = "ab" * 32


def image(**change):
    good = {
        "scope": "job:1", "name": "a.jpg", "sha256": SHA, "width": 64, "height": 48, "bytes": 9, "format": "JPEG",
    }  # fmt: skip
    return Image.objects.create(**(good | change))


@pytest.fixture
def annotation():
    author = get_user_model().objects.create_user(email="wei@example.org")
    return Annotation.objects.create(scope="task:1", image=image(), author=author, body={"empty": True})


def test_an_answer_cannot_be_changed(annotation):
    with pytest.raises(IntegrityError, match="written once: UPDATE refused"), transaction.atomic():
        Annotation.objects.filter(pk=annotation.pk).update(body={})
    annotation.scope = "task:2"
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        annotation.save()
    annotation.refresh_from_db()
    assert (annotation.scope, annotation.body) == ("task:1", {"empty": True})


def test_an_answer_cannot_be_deleted_nor_its_image_nor_its_author(annotation):
    with pytest.raises(IntegrityError, match="written once: DELETE refused"), transaction.atomic():
        annotation.delete()
    for row in (annotation.image, annotation.author):
        with pytest.raises(ProtectedError):
            row.delete()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"width": 0}, "image_has_pixels"),
        ({"sha256": "nonsense"}, "image_sha256_is_hex"),
        ({"state": "lost"}, "image_state"),
        ({"state": "ready"}, "image_digest_when_ready"),
        ({"digest": SHA}, "image_digest_when_ready"),
        ({"state": "ready", "digest": "nonsense"}, "image_digest_when_ready"),
        ({"state": "failed"}, "image_failure_when_failed"),
        ({"failure": "torn"}, "image_failure_when_failed"),
    ],
)
def test_an_image_is_always_in_a_state_that_makes_sense(change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        image(**change)


def test_a_scope_has_the_same_bytes_once():
    image()
    image(scope="job:2")
    with pytest.raises(IntegrityError, match="image_once_a_scope"), transaction.atomic():
        image(name="b.jpg")
