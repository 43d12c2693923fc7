"""The accounts of the simulated people: the one thing the demo does without the API, which hands out no accounts."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt

from marketplace import tokens
from marketplace.models import User

DOMAIN = "demo.tally.test"
KEY_LIFETIME = timedelta(days=1)  # a key outlives its run, not the next day


def requester(*, seed: int, now: datetime) -> str:
    """A new key for the simulated requester of this seed, who is made when there is none yet."""
    return _key(f"demo-requester-{seed}@{DOMAIN}", "Simulated requester", now, role="is_requester")


def worker(*, seed: int, number: int, now: datetime) -> str:
    """A new key for the simulated worker with this number (from 1), who is made when there is none yet."""
    return _key(f"demo-worker-{seed}-{number}@{DOMAIN}", f"Simulated worker {number}", now, role="is_worker")


def _key(email: str, name: str, now: datetime, *, role: str) -> str:
    user = User.objects.filter(email=email).first()
    if user is None:
        # Without a password: nobody logs in as a simulated person.
        user = User.objects.create_user(email=email, name=name)
        setattr(user, role, True)
        user.save(update_fields=[role])
        # Outside the demo world paying in asks for a second factor; a secret that nobody is told lets nobody in.
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    return tokens.issue(user=user, name="demo", now=now, lifetime=KEY_LIFETIME)
