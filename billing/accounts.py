"""Accounts are opened when first asked for, and never closed."""

from __future__ import annotations

from collections.abc import Iterable

from billing import prepared
from billing.models import GUARDED, Account, AccountKind

COLUMNS = "id, kind, owner_id, scope, currency, balance, sequence"


_ONE = f"""
    SELECT {COLUMNS} FROM billing_account
    WHERE kind = %(kind)s AND owner_id {{owner}} AND scope = %(scope)s AND currency = %(currency)s
"""
# Two statements, for no index finds what is the same or as empty.
_OF_SOMEBODY, _OF_NOBODY = _ONE.format(owner="= %(owner_id)s"), _ONE.format(owner="IS NULL")


def open_account(*, kind: AccountKind, owner_id: int | None = None, scope: str = "", currency: str = "USD") -> Account:
    """The one account of this kind for this owner, scope and currency; opened when it does not exist yet."""
    kind = AccountKind(kind)
    identity = {"kind": kind.value, "owner_id": owner_id, "scope": scope, "currency": currency}
    one = _OF_NOBODY if owner_id is None else _OF_SOMEBODY
    found = prepared.rows(one, identity)
    if not found:
        start = 0 if kind in GUARDED else None
        Account.objects.bulk_create([Account(**identity, balance=start, sequence=start)], ignore_conflicts=True)
        found = prepared.rows(one, identity)
    return Account(*found[0])


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


def platform(kind: AccountKind, *, currency: str = "USD") -> Account:
    """One of the platform's own accounts, such as its fees."""
    return open_account(kind=kind, currency=currency)
