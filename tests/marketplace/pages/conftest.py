"""What every test of a page stands on."""

import pytest


@pytest.fixture(autouse=True)
def _as_often_as_one_likes(settings):
    """Limits on sign-ups and letters live in Redis and would remember the last run."""
    settings.ACCOUNT_RATE_LIMITS = False
