"""Countries by code."""

import re

from marketplace.countries import COUNTRIES


def test_every_country_has_a_code_and_a_name_of_its_own():
    assert len(COUNTRIES) == len(set(COUNTRIES.values())) == 249
    assert all(re.fullmatch("[A-Z]{2}", code) and name for code, name in COUNTRIES.items())
    assert (COUNTRIES["DE"], COUNTRIES["BQ"]) == ("Germany", "Bonaire, Sint Eustatius and Saba")
