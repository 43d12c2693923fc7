"""The only writer of transfers. Everything that moves money posts here, in one call for all that belongs together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from billing import prepared
from billing.accounts import COLUMNS, open_account, open_accounts, platform
from billing.balances import balance, balance_at
from billing.models import Account, AccountKind
from billing.money import format_amount

__all__ = [
    "AccountKind", "InsufficientFunds", "KeyReused", "Moved", "Posting", "balance", "balance_at", "lock",
    "open_account", "open_accounts", "platform", "post",
]  # fmt: skip


RACES = 3
"""So often two may write the same key at once, where no guarded account makes them wait for each other."""


class Posting(NamedTuple):
    """A transfer wanted: `amount` micro-units from account `source` to account `target`, once per (kind, key).

    `details` explain the movement to people; they are kept from the first posting and not compared on a repeat.
    """

    kind: str
    key: str
    source: int
    target: int
    amount: int
    details: Mapping[str, Any] = MappingProxyType({})


class Moved(NamedTuple):
    """A posting as it stands in the books; `pk` is the transfer's id."""

    pk: int
    kind: str
    key: str
    source: int
    target: int
    amount: int
    created_at: datetime


Name = tuple[str, str]


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


def lock(*, account_ids: Iterable[int]) -> dict[int, Account]:
    """The accounts by id, the guarded ones locked in id order: for a caller whose amount depends on a balance.

    Lock everything the later `post` will touch, inside the same transaction. Raises ValueError for an unknown id.
    """
    return _lock(ids=set(account_ids))


def post(*, postings: Sequence[Posting], now: datetime) -> list[Moved]:
    """Write transfers, all or none, in the order given; two statements whatever their number.

    Guarded accounts are locked once, in id order, so that posters never wait for each other in a circle: a caller that
    posts twice in one transaction gives that up, so post together what belongs together. A posting seen before
    (same kind, key, accounts and amount) gives its first transfer and moves nothing. Raises InsufficientFunds when a
    guarded account would go below zero at its turn, KeyReused for a known key with another body, ValueError for
    nonsense. Returns what stands in the books for each, in order.
    """
    wanted = _distinct(postings)
    if not wanted:
        return []
    # Nearly all are new, so what was posted before is looked for only when it shows.
    for look in (False, *[True] * RACES):
        try:
            with transaction.atomic():
                written = _write(wanted, now, look=look)
            if len(wanted) == len(postings):
                return written
            by_name = dict(zip(wanted, written, strict=True))
            return [by_name[posting.kind, posting.key] for posting in postings]
        except InsufficientFunds:
            if look:
                raise
        except IntegrityError as fault:
            if not isinstance(fault.__cause__, UniqueViolation):
                raise
    raise RuntimeError(f"{len(wanted)} postings lost {RACES} races for their keys")


def _write(wanted: Mapping[Name, Posting], now: datetime, *, look: bool) -> list[Moved]:
    """Lock, write, carry; what then stands in the books for each. Raises IntegrityError when one of these names is
    taken: nobody has looked, or somebody wrote it since, which is only possible where no guarded account is shared."""
    _kinds, _keys, sources, targets, _amounts, _details = zip(*wanted.values(), strict=True)
    accounts = _lock(ids={*sources, *targets})
    known = _known(wanted) if look else {}
    fresh = [posting for name, posting in wanted.items() if name not in known] if known else [*wanted.values()]
    written = _insert(fresh, accounts, _move(fresh, accounts), now) if fresh else []
    if not known:
        return written
    known |= {(moved.kind, moved.key): moved for moved in written}
    return [known[name] for name in wanted]


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


_LOCK = f"""
    WITH guarded AS (
        SELECT {COLUMNS} FROM billing_account
        WHERE id = ANY(%(ids)s::bigint[]) AND balance IS NOT NULL ORDER BY id FOR NO KEY UPDATE)
    SELECT * FROM guarded
    UNION ALL
    SELECT {COLUMNS} FROM billing_account WHERE id = ANY(%(ids)s::bigint[]) AND balance IS NULL
"""


def _lock(*, ids: set[int]) -> dict[int, Account]:
    """The accounts by id; guarded ones locked, in id order. NO KEY: whoever only refers to them need not wait."""
    accounts = {row[0]: Account(*row) for row in prepared.rows(_LOCK, {"ids": prepared.numbers(ids)})}
    missing = ids - accounts.keys()
    if missing:
        raise ValueError(f"no such account: {sorted(missing)}")
    return accounts


_KNOWN = """
    SELECT t.id, t.kind, t.key, t.source_id, t.target_id, t.amount, t.created_at
    FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS wanted (kind, key)
    JOIN billing_transfer t ON t.kind = wanted.kind AND t.key = wanted.key
"""


def _known(wanted: Mapping[Name, Posting]) -> dict[Name, Moved]:
    """What was posted before under these names. Raises KeyReused when its body differs."""
    kinds, keys = zip(*wanted, strict=True)
    known = {}
    for row in prepared.rows(_KNOWN, {"kinds": prepared.texts(kinds), "keys": prepared.texts(keys)}):
        moved = Moved._make(row)
        name = moved.kind, moved.key
        if _body(moved) != _body(wanted[name]):
            raise KeyReused(*name)
        known[name] = moved
    return known


Places = list[int | None]


def _move(postings: Iterable[Posting], accounts: Mapping[int, Account]) -> tuple[Places, Places]:
    """Change the balances in memory, one posting after the other; each one's place in both accounts' histories."""
    sources: Places = []
    targets: Places = []
    for kind, key, source_id, target_id, amount, _details in postings:
        source, target = accounts[source_id], accounts[target_id]
        if source.currency != target.currency:
            raise ValueError(f"{kind} {key}: {source.currency} and {target.currency} do not mix")
        if source.balance is not None:
            if source.balance < amount:
                raise InsufficientFunds(source, amount, source.balance)
            source.balance -= amount
            source.sequence += 1  # type: ignore[operator]  # there where the balance is
        if target.balance is not None:
            target.balance += amount
            target.sequence += 1  # type: ignore[operator]
        sources.append(source.sequence)
        targets.append(target.sequence)
    return sources, targets


# The transfers, and the balances of the guarded accounts after them. Rows of a batch have much in common: what they
# share is sent, and read, once. PostgreSQL tells the ids in the order in which it wrote the rows.
_INSERT = """
    WITH posted AS (
        INSERT INTO billing_transfer
            (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, details, created_at)
        SELECT head.kind, wanted.key, head.source_id, head.target_id, head.amount, head.currency,
               wanted.source_sequence, wanted.target_sequence, head.details, %(now)s
        FROM unnest(%(heads)s::bigint[], %(keys)s::text[], %(source_sequences)s::bigint[],
                    %(target_sequences)s::bigint[])
            WITH ORDINALITY AS wanted (head, key, source_sequence, target_sequence, place)
        JOIN unnest(%(kinds)s::text[], %(sources)s::bigint[], %(targets)s::bigint[], %(amounts)s::bigint[],
                    %(currencies)s::text[], %(details)s::jsonb[])
            WITH ORDINALITY AS head (kind, source_id, target_id, amount, currency, details, number)
            ON head.number = wanted.head
        ORDER BY wanted.place
        RETURNING id
    ), carried AS (
        UPDATE billing_account a SET balance = moved.balance, sequence = moved.sequence
        FROM unnest(%(guarded)s::bigint[], %(balances)s::bigint[], %(sequences)s::bigint[])
            AS moved (id, balance, sequence)
        WHERE a.id = moved.id
    )
    SELECT id FROM posted
"""


def _insert(
    postings: Sequence[Posting], accounts: Mapping[int, Account], places: tuple[Places, Places], now: datetime
) -> list[Moved]:
    firsts: list[Posting] = []
    known: dict[tuple[str, int, int, int], int] = {}
    heads = []
    *named, amounts, _details = zip(*postings, strict=True)  # kinds, keys, sources, targets
    for posting in postings:
        kind, _key, source, target, amount, details = posting
        number = known.get((kind, source, target, amount))
        if number is None or firsts[number - 1].details != details:
            firsts.append(posting)
            known[kind, source, target, amount] = number = len(firsts)
        heads.append(number)
    columns = {
        "heads": prepared.numbers(heads),
        "keys": prepared.texts(named[1]),
        "source_sequences": prepared.numbers(places[0]),
        "target_sequences": prepared.numbers(places[1]),
        "kinds": prepared.texts([posting.kind for posting in firsts]),
        "sources": prepared.numbers([posting.source for posting in firsts]),
        "targets": prepared.numbers([posting.target for posting in firsts]),
        "amounts": prepared.numbers([posting.amount for posting in firsts]),
        "currencies": prepared.texts([accounts[posting.source].currency for posting in firsts]),
        "details": prepared.texts([json.dumps(dict(posting.details)) for posting in firsts]),
    }
    guarded = [account for account in accounts.values() if account.balance is not None]
    columns |= {
        "guarded": prepared.numbers([account.pk for account in guarded]),
        "balances": prepared.numbers([account.balance for account in guarded]),
        "sequences": prepared.numbers([account.sequence for account in guarded]),
    }
    written = prepared.rows(_INSERT, {**columns, "now": now})
    ids = [pk for (pk,) in written]
    return list(map(Moved._make, zip(ids, *named, amounts, repeat(now, len(ids)), strict=True)))
