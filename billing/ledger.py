"""The only writer of transfers. Everything that moves money posts here, in one call for all that belongs together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from billing.models import GUARDED, Account, AccountKind, Transfer
from billing.money import format_amount

__all__ = [
    "AccountKind", "InsufficientFunds", "KeyReused", "Posting", "balance", "lock", "open_account", "open_accounts",
    "platform", "post",
]  # fmt: skip


@dataclass(frozen=True)
class Posting:
    """A transfer wanted: `amount` micro-units from account `source` to account `target`, once per (kind, key).

    `details` explain the movement to people; they are kept from the first posting and not compared on a repeat.
    """

    kind: str
    key: str
    source: int
    target: int
    amount: int
    details: Mapping[str, Any] = field(default_factory=dict)


class InsufficientFunds(Exception):
    """A guarded account holds less than a posting takes. Amounts in micro-units."""

    def __init__(self, account: Account, wanted: int, available: int) -> None:
        super().__init__(f"{account} holds {format_amount(available)}, {format_amount(wanted)} is wanted")
        self.account, self.wanted, self.available = account, wanted, available


class KeyReused(Exception):
    """A key came back with another body: another amount, or between other accounts."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind} {key} was posted before with another body")
        self.kind, self.key = kind, key


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


def open_accounts(*, kind: AccountKind, owner_ids: Iterable[int], currency: str = "USD") -> dict[int, int]:
    """The ids of the accounts of this kind of many owners, by owner; those that do not exist yet are opened.

    In the order of the owners, so that two who open accounts for the same people never wait for each other in a circle.
    """
    owners = sorted(set(owner_ids))
    wanted = Account.objects.filter(kind=kind, owner_id__in=owners, scope="", currency=currency)
    found: dict[int, int] = dict(wanted.values_list("owner_id", "pk"))
    missing = [owner for owner in owners if owner not in found]
    if missing:
        start = 0 if kind in GUARDED else None
        fresh = [Account(kind=kind, owner_id=o, currency=currency, balance=start, sequence=start) for o in missing]
        Account.objects.bulk_create(fresh, ignore_conflicts=True)
        found = dict(wanted.values_list("owner_id", "pk"))
    return found


def platform(kind: AccountKind, *, currency: str = "USD") -> Account:
    """One of the platform's own accounts, such as its fees."""
    return open_account(kind=kind, currency=currency)


def balance(*, account_id: int) -> int:
    """What came in less what went out, micro-units: read where it is carried, summed where it is not."""
    account = Account.objects.get(pk=account_id)
    if account.balance is not None:
        return account.balance
    came = Transfer.objects.filter(target_id=account_id, target_sequence=None).aggregate(sum=Sum("amount"))["sum"]
    went = Transfer.objects.filter(source_id=account_id, source_sequence=None).aggregate(sum=Sum("amount"))["sum"]
    return int(came or 0) - int(went or 0)


def lock(*, account_ids: Iterable[int]) -> dict[int, Account]:
    """The accounts by id, the guarded ones locked in id order: for a caller whose amount depends on a balance.

    Lock everything the later `post` will touch, inside the same transaction. Raises ValueError for an unknown id.
    """
    return _lock(ids=set(account_ids))


def post(*, postings: Sequence[Posting], now: datetime) -> list[Transfer]:
    """Write transfers, all or none, in the order given; five statements whatever their number.

    Guarded accounts are locked once, in id order, so that posters never wait for each other in a circle: a caller that
    posts twice in one transaction gives that up, so post together what belongs together. A posting seen before
    (same kind, key, accounts and amount) gives its first transfer and moves nothing. Raises InsufficientFunds when a
    guarded account would go below zero at its turn, KeyReused for a known key with another body, ValueError for
    nonsense. Returns one transfer a posting, in order.
    """
    wanted = _distinct(postings)
    if not wanted:
        return []
    with transaction.atomic():
        accounts = _lock(ids={account for posting in wanted.values() for account in (posting.source, posting.target)})
        known = _known(wanted)
        fresh = [posting for name, posting in wanted.items() if name not in known]
        rows = _move(fresh, accounts, now)
        written = _insert(rows)
        _carry(accounts.values())
        known |= written
        if len(written) < len(fresh):
            # Somebody wrote one of these keys while we waited: only possible where no guarded account is shared.
            known |= _known({(p.kind, p.key): p for p in fresh if (p.kind, p.key) not in written}, lost=True)
    return [known[posting.kind, posting.key] for posting in postings]


Name = tuple[str, str]


def _distinct(postings: Iterable[Posting]) -> dict[Name, Posting]:
    wanted: dict[Name, Posting] = {}
    for posting in postings:
        if type(posting.amount) is not int or posting.amount <= 0:
            raise ValueError(f"{posting.kind} {posting.key}: amount {posting.amount!r} is not a positive int")
        if posting.source == posting.target:
            raise ValueError(f"{posting.kind} {posting.key}: source and target are the same account")
        first = wanted.setdefault((posting.kind, posting.key), posting)
        if _body(first) != _body(posting):
            raise KeyReused(posting.kind, posting.key)
    return wanted


def _body(posting: Posting) -> tuple[int, int, int]:
    return posting.source, posting.target, posting.amount


def _lock(*, ids: set[int]) -> dict[int, Account]:
    """The accounts by id; guarded ones locked, in id order. NO KEY: whoever only refers to them need not wait."""
    guarded = Account.objects.filter(pk__in=ids, balance__isnull=False).order_by("pk").select_for_update(no_key=True)
    accounts = {account.pk: account for account in guarded}
    rest = ids - accounts.keys()
    if rest:
        accounts |= Account.objects.in_bulk(rest)
    missing = ids - accounts.keys()
    if missing:
        raise ValueError(f"no such account: {sorted(missing)}")
    return accounts


def _known(wanted: Mapping[Name, Posting], *, lost: bool = False) -> dict[Name, Transfer]:
    """What was posted before under these names. Raises KeyReused when its body differs.

    `lost`: our insert met another's; that one may not have shared a guarded account with ours, else the balance we
    carried would be wrong.
    """
    query = """
        SELECT t.* FROM billing_transfer t
        JOIN unnest(%s::text[], %s::text[]) AS wanted(kind, key) ON t.kind = wanted.kind AND t.key = wanted.key
    """
    kinds, keys = [kind for kind, _ in wanted], [key for _, key in wanted]
    known = {(transfer.kind, transfer.key): transfer for transfer in Transfer.objects.raw(query, [kinds, keys])}
    for name, transfer in known.items():
        same = (transfer.source_id, transfer.target_id, transfer.amount) == _body(wanted[name])
        if not same or (lost and (transfer.source_sequence, transfer.target_sequence) != (None, None)):
            raise KeyReused(*name)
    return known


def _move(postings: Sequence[Posting], accounts: Mapping[int, Account], now: datetime) -> list[Transfer]:
    """Change the balances in memory, one posting after the other."""
    rows = []
    for posting in postings:
        source, target = accounts[posting.source], accounts[posting.target]
        if source.currency != target.currency:
            raise ValueError(f"{posting.kind} {posting.key}: {source.currency} and {target.currency} do not mix")
        if source.balance is not None and source.balance < posting.amount:
            raise InsufficientFunds(source, posting.amount, source.balance)
        rows.append(
            Transfer(
                kind=posting.kind, key=posting.key, source=source, target=target, amount=posting.amount,
                currency=source.currency, source_sequence=_step(source, -posting.amount),
                target_sequence=_step(target, posting.amount), details=dict(posting.details), created_at=now,
            )
        )  # fmt: skip
    return rows


def _step(account: Account, change: int) -> int | None:
    if account.balance is None or account.sequence is None:
        return None
    account.balance += change
    account.sequence += 1
    return account.sequence


_INSERT = """
    INSERT INTO billing_transfer
        (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details, created_at)
    SELECT kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details::jsonb, %s
    FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
                %s::bigint[], %s::text[])
        WITH ORDINALITY AS wanted(kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence,
                                  details, place)
    ORDER BY place
    ON CONFLICT (kind, key) DO NOTHING
    RETURNING id, kind, key
"""


def _insert(rows: Sequence[Transfer]) -> dict[Name, Transfer]:
    if not rows:
        return {}
    columns: list[list[Any]] = [
        [row.kind for row in rows], [row.key for row in rows], [row.source_id for row in rows],
        [row.target_id for row in rows], [row.amount for row in rows], [row.currency for row in rows],
        [row.source_sequence for row in rows], [row.target_sequence for row in rows],
        [json.dumps(row.details) for row in rows],
    ]  # fmt: skip
    by_name = {(row.kind, row.key): row for row in rows}
    written = {}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, (rows[0].created_at, *columns))
        for pk, kind, key in cursor.fetchall():
            row = written[kind, key] = by_name[kind, key]
            row.pk, row._state.adding = pk, False
    return written


def _carry(accounts: Iterable[Account]) -> None:
    """Store the balances of the guarded accounts in one statement."""
    guarded = [account for account in accounts if account.balance is not None]
    if not guarded:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE billing_account a SET balance = moved.balance, sequence = moved.sequence
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS moved(id, balance, sequence)
            WHERE a.id = moved.id AND a.sequence <> moved.sequence
            """,
            [[a.pk for a in guarded], [a.balance for a in guarded], [a.sequence for a in guarded]],
        )
