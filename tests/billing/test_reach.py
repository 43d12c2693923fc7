"""Which way of paying reaches whom."""

import pytest

from billing.reach import REGION, by_provider, ways_to

PROVIDER, MANUAL = "provider", "manual"


@pytest.fixture(autouse=True)
def _by_the_table(settings):
    settings.STRIPE_COUNTRY, settings.PAYOUT_CONNECT_COUNTRIES, settings.PAYOUT_MANUAL_COUNTRIES = "US", [], []


def test_the_table_has_the_european_economic_area_and_three_more():
    assert len(REGION) == 27 + 2 + 4
    assert {"US", "GB", "CA", "CH", "NO", "LI", "DE"} <= REGION
    assert not {"IS", "IN", "PH", "KE"} & REGION


def test_a_platform_outside_the_region_pays_at_home_alone(settings):
    settings.STRIPE_COUNTRY = "JP"
    assert by_provider() == {"JP"}


def test_the_operators_bank_pays_where_the_provider_does_not(settings):
    assert (ways_to(country="DE"), ways_to(country="IN"), ways_to(country="")) == ((PROVIDER,), (), ())
    settings.PAYOUT_MANUAL_COUNTRIES = ["*"]
    assert (ways_to(country="DE"), ways_to(country="IN"), ways_to(country="")) == ((PROVIDER,), (MANUAL,), ())
    settings.PAYOUT_MANUAL_COUNTRIES = ["DE"]
    assert (ways_to(country="DE"), ways_to(country="IN")) == ((PROVIDER, MANUAL), ())


def test_a_setting_overrides_the_table(settings):
    settings.PAYOUT_CONNECT_COUNTRIES = ["IN"]
    assert (ways_to(country="IN"), ways_to(country="DE")) == ((PROVIDER,), ())
