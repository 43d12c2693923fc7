"""Bank details: sealed for whoever reads the database alone, and recognised again without being read."""

from __future__ import annotations

import base64
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "tally.payout_details"
_NOISE = re.compile(r"[\W_]+")


def seal(*, text: str) -> str:
    """Encrypt; another result each time."""
    return _box().encrypt(text.encode()).decode()


def unseal(*, sealed: str) -> str:
    """Decrypt what `seal` made. Raises ValueError when it was sealed under a key we no longer have."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        told = "Bank details were sealed under another SECRET_KEY; name that one in SECRET_KEY_FALLBACKS."
        raise ValueError(told) from error


def fingerprint(*, text: str) -> str:
    """The same for the same details, however they are spaced and spelt; tells nothing about them.

    After a change of SECRET_KEY old and new ones no longer meet.
    """
    return "manual:" + salted_hmac(_SALT, _NOISE.sub("", text).upper(), algorithm="sha256").hexdigest()[:40]


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac(f"{_SALT}.box", "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
