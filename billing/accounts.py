"""Accounts are opened when first asked for, and never closed."""

from __future__ import annotations

from collections.abc import Iterable

from billing import prepared
from billing.models import GUARDED, Account, AccountKind

COLUMNS = "id, kind, owner_id, scope, currency, balance, sequence"


def open_account(*, kind: AccountKind, owner_id: int | None = None, scope: str = "", currency: str = "USD") -> Account:
    """The one account of this kind for this owner, scope and currency; opened when it does not exist yet."""
    kind = AccountKind(kind)
    identity = {"kind": kind, "owner_id": owner_id, "scope": scope, "currency": currency}
    found = Account.objects.filter(**identity).first()
    if found is None:
        start = 0 if kind in GUARDED else None
        Account.objects.bulk_create([Account(**identity, balance=start, sequence=start)], ignore_conflicts=True)
        found = Account.objects.get(**identity)
    return found


_OF_OWNERS = """
    SELECT owner_id, id FROM billing_account
    WHERE kind = %(kind)s AND owner_id = ANY(%(owners)s::bigint[]) AND scope = '' AND currency = %(currency)s
"""


def open_accounts(*, kind: AccountKind, owner_ids: Iterable[int], currency: str = "USD") -> dict[int, int]:
    """The ids of the accounts of this kind of many owners, by owner; those that do not exist yet are opened.

    In the order of the owners, so that two who open accounts for the same people never wait for each other in a circle.
    """
    owners = sorted(set(owner_ids))
    asked = {"kind": str(kind), "owners": prepared.numbers(owners), "currency": currency}
    found: dict[int, int] = dict(prepared.rows(_OF_OWNERS, asked))
    missing = [owner for owner in owners if owner not in found]
    if missing:
        start = 0 if kind in GUARDED else None
        fresh = [Account(kind=kind, owner_id=o, currency=currency, balance=start, sequence=start) for o in missing]
        Account.objects.bulk_create(fresh, ignore_conflicts=True)
        found = dict(prepared.rows(_OF_OWNERS, asked))
    return found


_OF_PLATFORM = f"""
    SELECT {COLUMNS} FROM billing_account
    WHERE kind = %(kind)s AND owner_id IS NULL AND scope = '' AND currency = %(currency)s
"""


def platform(kind: AccountKind, *, currency: str = "USD") -> Account:
    """One of the platform's own accounts, such as its fees."""
    found = prepared.rows(_OF_PLATFORM, {"kind": str(kind), "currency": currency})
    return Account(*found[0]) if found else open_account(kind=kind, currency=currency)
