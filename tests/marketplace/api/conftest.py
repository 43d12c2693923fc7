"""What the tests of the API share."""

import pytest

from tests.marketplace.api import endpoints


@pytest.fixture
def small_api(settings):
    """The test endpoints instead of the site, with nothing having happened yet."""
    settings.ROOT_URLCONF = "tests.marketplace.api.endpoints"
    endpoints.happened.clear()
    endpoints.faults.clear()
    return endpoints
