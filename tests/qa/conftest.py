"""A picture to judge and people to judge, without a market around them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from hypothesis import settings

from annotation.models import Image

# A busy machine must not fail a property.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def picture(db) -> Image:
    return Image.objects.create(
        scope="job:1", name="shelf.jpg", sha256="0" * 64, width=640, height=480, bytes=1000, format="JPEG"
    )


@pytest.fixture
def worker(db) -> Callable[[str], int]:
    """The id of a new person, by name."""

    def new(name: str) -> int:
        return get_user_model().objects.create_user(email=f"{name}@example.org", name=name).pk

    return new
