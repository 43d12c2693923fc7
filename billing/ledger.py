"""The only writer of transfers. Everything that moves money posts here, in one call for all that belongs together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Sum

from billing.models import GUARDED, Account, AccountKind, Transfer
from billing.money import format_amount

__all__ = [
    "AccountKind", "InsufficientFunds", "KeyReused", "Moved", "Posting", "balance", "lock", "open_account",
    "open_accounts", "platform", "post",
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


class Moved(NamedTuple):
    """A posting as it stands in the books; `pk` is the transfer's id."""

    pk: int
    kind: str
    key: str
    source: int
    target: int
    amount: int
    created_at: datetime


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


def post(*, postings: Sequence[Posting], now: datetime) -> list[Moved]:
    """Write transfers, all or none, in the order given; five statements whatever their number.

    Guarded accounts are locked once, in id order, so that posters never wait for each other in a circle: a caller that
    posts twice in one transaction gives that up, so post together what belongs together. A posting seen before
    (same kind, key, accounts and amount) gives its first transfer and moves nothing. Raises InsufficientFunds when a
    guarded account would go below zero at its turn, KeyReused for a known key with another body, ValueError for
    nonsense. Returns what stands in the books for each, in order.
    """
    wanted = _distinct(postings)
    if not wanted:
        return []
    with transaction.atomic():
        accounts = _lock(ids={account for posting in wanted.values() for account in (posting.source, posting.target)})
        known = _known(wanted.values())
        fresh = [posting for name, posting in wanted.items() if name not in known]
        written = _insert(_move(fresh, accounts), now)
        _carry(accounts.values())
        known |= written
        if len(written) < len(fresh):
            # Somebody wrote one of these keys while we waited: only possible where no guarded account is shared.
            known |= _known([posting for posting in fresh if (posting.kind, posting.key) not in written], lost=True)
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
        if first is not posting and _body(first) != _body(posting):
            raise KeyReused(posting.kind, posting.key)
    return wanted


def _body(one: Posting | Moved) -> tuple[int, int, int]:
    return one.source, one.target, one.amount


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


_KNOWN = """
    SELECT t.id, t.kind, t.key, t.source_id, t.target_id, t.amount, t.created_at,
        t.source_sequence IS NULL AND t.target_sequence IS NULL
    FROM billing_transfer t
    JOIN json_to_recordset(%s::json) AS wanted (kind text, key text) ON t.kind = wanted.kind AND t.key = wanted.key
"""


def _known(wanted: Iterable[Posting], *, lost: bool = False) -> dict[Name, Moved]:
    """What was posted before under these names. Raises KeyReused when its body differs.

    `lost`: our insert met another's; that one may not have shared a guarded account with ours, else the balance we
    carried would be wrong.
    """
    by_name = {(posting.kind, posting.key): posting for posting in wanted}
    known = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [json.dumps([{"kind": kind, "key": key} for kind, key in by_name])])
        for *columns, unguarded in cursor.fetchall():
            moved = Moved(*columns)
            name = moved.kind, moved.key
            if _body(moved) != _body(by_name[name]) or (lost and not unguarded):
                raise KeyReused(*name)
            known[name] = moved
    return known


Row = dict[str, Any]


def _move(postings: Sequence[Posting], accounts: Mapping[int, Account]) -> list[Row]:
    """Change the balances in memory, one posting after the other; the rows that say so."""
    rows = []
    for posting in postings:
        source, target = accounts[posting.source], accounts[posting.target]
        if source.currency != target.currency:
            raise ValueError(f"{posting.kind} {posting.key}: {source.currency} and {target.currency} do not mix")
        if source.balance is not None and source.balance < posting.amount:
            raise InsufficientFunds(source, posting.amount, source.balance)
        rows.append(
            {
                "kind": posting.kind,
                "key": posting.key,
                "source_id": posting.source,
                "target_id": posting.target,
                "amount": posting.amount,
                "currency": source.currency,
                "source_sequence": _step(source, -posting.amount),
                "target_sequence": _step(target, posting.amount),
                "details": dict(posting.details),
            }
        )
    return rows


def _step(account: Account, change: int) -> int | None:
    if account.balance is None or account.sequence is None:
        return None
    account.balance += change
    account.sequence += 1
    return account.sequence


# The rows come as one JSON text: arrays would be quoted value by value, which takes longer than all the rest.
_INSERT = """
    INSERT INTO billing_transfer
        (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details, created_at)
    SELECT kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details, %s
    FROM ROWS FROM (json_to_recordset(%s::json) AS
            (kind text, key text, source_id bigint, target_id bigint, amount bigint, currency text,
             source_sequence bigint, target_sequence bigint, details jsonb))
        WITH ORDINALITY AS wanted (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence,
                                   details, place)
    ORDER BY place
    ON CONFLICT (kind, key) DO NOTHING
    RETURNING id, kind, key, source_id, target_id, amount, created_at
"""


def _insert(rows: Sequence[Row], now: datetime) -> dict[Name, Moved]:
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, json.dumps(rows)])
        return {(moved.kind, moved.key): moved for moved in map(Moved._make, cursor.fetchall())}


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
