"""When somebody leaves: what is still theirs or owed, money they give up, and what the bank's side knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from billing import debts, deposits, ledger
from billing.ledger import AccountKind, Posting, open_account
from billing.models import Account, Deposit, Event, Payout, PayoutAccount, Refund
from billing.money import CENT

PAGE_OPEN = timedelta(days=1)
"""How long a payment page stays open."""
OWN = (AccountKind.WALLET, AccountKind.WORKER_BALANCE)


class Person(Protocol):
    """Who leaves."""

    pk: Any


@dataclass(frozen=True)
class Holdings:
    """A person's money; micro-units. `owed` is what they owe the platform, 0 or more."""

    wallet: int
    balance: int
    on_its_way: int
    refunds: int
    owed: int
    unpaid_pages: int

    @property
    def payable(self) -> int:
        """What a bank can move of it: smaller sums than a cent cannot be paid to anybody."""
        return sum(amount for amount in (self.wallet, self.balance) if amount >= CENT)


def holdings_of(*, person: Person, now: datetime) -> Holdings:
    """What is a person's, on its way to them, and owed by them."""
    kept = dict(
        Account.objects.filter(owner_id=person.pk, scope="", balance__isnull=False)
        .values_list("kind")
        .annotate(sum=Sum("balance"))
    )
    open_payouts = Payout.objects.filter(worker_id=person.pk, state__in=(*Payout.OPEN, Payout.State.SENT))
    refunds = Refund.objects.filter(deposit__owner_id=person.pk, state__in=Refund.OPEN)
    pages = Deposit.objects.filter(
        owner_id=person.pk, state=Deposit.State.WAITING, created_at__gt=now - PAGE_OPEN - deposits.ASK_AFTER
    )
    return Holdings(
        wallet=kept.get(AccountKind.WALLET, 0),
        balance=kept.get(AccountKind.WORKER_BALANCE, 0),
        on_its_way=int(open_payouts.aggregate(sum=Sum("amount"))["sum"] or 0),
        refunds=int(refunds.aggregate(sum=Sum("amount"))["sum"] or 0),
        owed=sum(debts.owed(kind=kind, owner_id=person.pk) for kind in OWN),
        unpaid_pages=pages.count(),
    )


def give_up(*, person: Person, now: datetime) -> int:
    """Post what a person leaves behind to the platform; returns how much, micro-units.

    For a caller who has asked them, or who found less than a cent. In the caller's transaction, with nothing else to
    post in it. Keyed by how often the account has moved, so that a second call moves nothing twice.
    """
    own = [open_account(kind=kind, owner_id=person.pk, currency=settings.CURRENCY).pk for kind in OWN]
    taker = ledger.platform(AccountKind.GOODWILL, currency=settings.CURRENCY).pk
    accounts = ledger.lock(account_ids=[*own, taker])
    postings = [
        Posting("given_up", f"account:{pk}:{accounts[pk].sequence}", pk, taker, accounts[pk].balance or 0)
        for pk in own
        if accounts[pk].balance
    ]
    ledger.post(postings=postings, now=now)
    return sum(posting.amount for posting in postings)


_BLANK = """
    UPDATE billing_event SET body = '{}'
    WHERE state IN ('done', 'ignored') AND body ILIKE ANY(%s)
"""


def forget(*, person: Person, addresses: Sequence[str]) -> None:
    """Remove what the bank's side holds of a person beside the books: where they were paid, and the provider's words.

    The provider's events of their payments name and address them. What they did is in the books, so their text goes.
    """
    account = PayoutAccount.objects.filter(worker_id=person.pk).first()
    payments = Deposit.objects.filter(owner_id=person.pk).values_list("provider_session", "provider_payment")
    known = [*addresses, *(name for pair in payments for name in pair if name)]
    if account is not None:
        known += filter(None, [account.provider_account])
        account.delete()
    if known:
        with connection.cursor() as cursor:
            cursor.execute(_BLANK, [[f"%{_literal(word)}%" for word in known]])
    Deposit.objects.filter(owner_id=person.pk).update(checkout_url="", success_url="", cancel_url="")


def unread(*, addresses: Sequence[str]) -> bool:
    """Whether an event that names one of these addresses waits to be processed: its text is still needed."""
    waiting = Event.objects.filter(state=Event.State.RECEIVED)
    return any(waiting.filter(body__icontains=address).exists() for address in addresses)


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
