"""Languages by code."""

import re

from marketplace.languages import LANGUAGES


def test_every_language_has_a_code_and_a_name_of_its_own():
    assert len(LANGUAGES) == len(set(LANGUAGES.values())) == 171
    assert all(re.fullmatch("[a-z]{2}", code) and name for code, name in LANGUAGES.items())
    assert (LANGUAGES["sw"], LANGUAGES["gd"]) == ("Swahili", "Scottish Gaelic")
