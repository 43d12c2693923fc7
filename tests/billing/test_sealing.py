"""Bank details kept so that the database alone tells nothing."""

import pytest

from billing.sealing import fingerprint, seal, unseal

DETAILS = "Wei Chen, DE89 3704 0044 0532 0130 00"


def test_what_is_sealed_is_read_with_the_key_alone(settings):
    sealed = seal(text=DETAILS)
    assert "3704" not in sealed
    assert unseal(sealed=sealed) == DETAILS
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    with pytest.raises(ValueError, match="SECRET_KEY_FALLBACKS"):
        unseal(sealed=sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed=sealed) == DETAILS


def test_the_same_details_have_one_fingerprint_however_they_are_typed():
    assert fingerprint(text=DETAILS) == fingerprint(text="wei chen\nDE89370400440532013000")
    assert fingerprint(text=DETAILS) != fingerprint(text=DETAILS.replace("30 00", "30 01"))
