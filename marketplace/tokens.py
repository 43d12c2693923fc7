"""API tokens: issue a key once, know its holder by digest, revoke it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.db import connection, transaction
from django.utils import timezone

from marketplace import auditlog
from marketplace.models import ApiToken, User
from marketplace.statements import Statement

PREFIX = "tly_"
USE_IS_NOTED_EVERY = timedelta(hours=1)  # a write on every request would cost more than the request
REMEMBERED = 10_000  # keys a process remembers, about 1 kB each; the oldest are forgotten first


def digest_of(*, key: str) -> str:
    """SHA-256 in hex. A plain hash is enough: keys are 256 random bits, there is nothing to guess."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def issue(
    *,
    user: User,
    name: str = "",
    now: datetime | None = None,
    lifetime: timedelta | None = None,
    actor: User | None = None,
) -> str:
    """Make a new key for `user` and return it: the only time it can be read.

    `actor` is who asked for it, None for the operator at the command line.
    """
    now = now or timezone.now()
    key = PREFIX + secrets.token_urlsafe(32)
    expires_at = now + lifetime if lifetime else None
    token = ApiToken.objects.create(
        user=user, name=name, digest=digest_of(key=key), created_at=now, expires_at=expires_at
    )
    after = {"user": user.pk, "name": name, "expires_at": expires_at}
    auditlog.record(actor=actor, action="api_token.issued", subject=token, now=now, after=after)
    return key


# What requests ask of a person, in the order of the model; the rest is loaded when asked for.
_FIELDS = (
    "id", "is_superuser", "email", "name", "pseudonym", "is_requester", "is_worker", "is_staff", "is_active",
)  # fmt: skip
_HOLDER = Statement(f"""
    SELECT t.id, t.last_used_at, {", ".join(f"u.{name}" for name in _FIELDS)}
    FROM marketplace_apitoken t JOIN marketplace_user u ON u.id = t.user_id
    WHERE t.digest = %(digest)s AND u.is_active AND coalesce(t.expires_at > %(now)s, true)
""")  # noqa: S608 - names of our own


@dataclass(frozen=True)
class KnownKey:
    """A key that was good when it was last looked up, at most an hour ago. Whether it still is, the database knows."""

    id: int
    holder: User
    until: datetime  # then its use is to be noted again


_known: dict[str, KnownKey] = {}
_turn = Lock()


def holder_of(*, key: str, now: datetime) -> User | None:
    """The active person who holds `key`, or None for an unknown, expired or suspended one. One statement."""
    digest = digest_of(key=key)
    row = _HOLDER.row(digest=digest, now=now)
    if row is None:
        with _turn:
            _known.pop(digest, None)
        return None
    token_id, last_used_at = row[:2]
    if last_used_at is None or last_used_at < now - USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token_id).update(last_used_at=now)
        last_used_at = now
    person: User = User.from_db(connection.alias, _FIELDS, row[2:])
    with _turn:
        _known[digest] = KnownKey(token_id, person, last_used_at + USE_IS_NOTED_EVERY)
        if len(_known) > REMEMBERED:
            del _known[next(iter(_known))]
    return person


def known(*, key: str, now: datetime) -> KnownKey | None:
    """What this process remembers of a key, to be verified by the statement that acts on it. Asks nobody."""
    found = _known.get(digest_of(key=key))
    return found if found and now < found.until else None


@transaction.atomic
def revoke(*, user: User, token_id: int, now: datetime | None = None) -> bool:
    """Delete one of the user's own keys; False when there is no such key of theirs."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id, user=user).first()
    if token is None:
        return False
    before = {"user": user.pk, "name": token.name}
    auditlog.record(actor=user, action="api_token.revoked", subject=token, now=now or timezone.now(), before=before)
    token.delete()
    return True
