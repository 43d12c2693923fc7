"""Payouts that come back after they left: the money is the worker's again, once, and a debt of theirs comes first."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from billing import debts, gateway, ledger
from billing.ledger import AccountKind, Posting, platform
from billing.models import Outbox, Payout, PayoutReturn

S = Payout.State
REASON = "The payment came back from your payout account; the money is in your balance again."


@transaction.atomic
def record(*, reversal: gateway.Reversal, now: datetime) -> bool:
    """Stripe available → worker balance, for one reversal of a transfer: any order, any number of times.

    A payout that comes back before it was seen at the bank has left it all the same, so that is posted first. Returns
    False when the transfer is none of ours.
    """
    payouts = Payout.objects.select_for_update(of=("self",), no_key=True)
    payout = payouts.filter(provider_transfer=reversal.transfer).first()
    if payout is None:
        return False
    bank = AccountKind.STRIPE_AVAILABLE
    return take_in(payout=payout, key=reversal.id, amount=reversal.amount, bank=bank, reason=REASON, now=now)


def take_in(*, payout: Payout, key: str, amount: int, bank: AccountKind, reason: str, now: datetime) -> bool:
    """The same for a payout that the caller has locked, come back to the bank it left, once a `key`."""
    if payout.returns.filter(pk=key).exists():
        return True
    back = PayoutReturn.objects.create(pk=key, payout=payout, amount=amount, created_at=now)
    purse = debts.lock(kind=AccountKind.WORKER_BALANCE, owner_id=payout.worker_id, currency=payout.currency)
    source, details = platform(bank, currency=payout.currency).pk, {"payout": str(payout.pk)}
    postings = []
    if payout.state == S.SENT:
        transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=payout.currency).pk
        postings.append(Posting("payout_cleared", str(payout.pk), transit, source, payout.amount, details))
    _change(payout, reason, now)
    postings += purse.give(Posting("payout_returned", back.pk, source, purse.account, back.amount, details))
    ledger.post(postings=postings, now=now)
    payload = {"payout": str(payout.pk), "worker": payout.worker_id, "amount": back.amount, "reason": reason}
    Outbox.objects.create(topic="payout.returned", payload=payload, created_at=now)
    return True


def _change(payout: Payout, why: str, now: datetime) -> None:
    """The state that a payout is in once so much of it came back."""
    back = payout.returns.aggregate(sum=Sum("amount"))["sum"] or 0
    whole = back >= payout.amount
    state = S.RETURNED if whole else S.PAID
    reason = why if whole else payout.reason
    Payout.objects.filter(pk=payout.pk).update(state=state, reason=reason, finished_at=payout.finished_at or now)
