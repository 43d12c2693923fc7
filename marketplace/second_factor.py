"""Who needs a second factor: admins for everything they run, requesters to pay in. Also how its secrets are kept."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from marketplace.errors import Forbidden
from marketplace.models import User

REASON = "second_factor_needed"
_SALT = "tally.second_factor"


def is_missing(*, person: User) -> bool:
    """Whether this person must set up a second factor before going on.

    Who has one was asked for it at login. Waived where MFA_REQUIRED is off: in the demo and in development.
    """
    return bool(settings.MFA_REQUIRED) and not is_mfa_enabled(person)


def demand(*, person: User) -> None:
    """Raise Forbidden when the person's second factor is missing."""
    if is_missing(person=person):
        page = settings.SITE_URL + reverse("mfa_index")
        raise Forbidden(REASON, f"This needs two-step login. Set it up at {page}, then come back.")


class KeptEncrypted(DefaultMFAAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Secrets of authenticator apps and recovery codes are useless to whoever reads the database alone."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            told = "A second factor was kept under another SECRET_KEY; name that one in SECRET_KEY_FALLBACKS."
            raise ValueError(told) from error


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac(_SALT, "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
