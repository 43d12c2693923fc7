"""Payments that the payer's bank takes back.

A fact of the bank is never refused: the requester's wallet pays as far as it goes, and the rest becomes their debt.
What workers earned and what places were promised is never touched.

The money of a dispute is what the bank moved for it. Each movement is posted once, under its own id, so the order in
which we are told does not matter, nor how often; the state only ever goes forward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from billing import debts, gateway, ledger
from billing.debts import Purse
from billing.ledger import AccountKind, Posting, platform
from billing.models import Deposit, Dispute, Outbox

S = Dispute.State
# How far along a state is; what we are told of an earlier one comes late and changes nothing.
RANK = {S.INQUIRY: 0, S.OPEN: 1, S.WON: 2, S.LOST: 2, S.ENDED: 2}
STATES = {"won": S.WON, "lost": S.LOST, "warning_closed": S.ENDED}
TOPICS = {S.OPEN: "dispute.opened", S.WON: "dispute.won", S.LOST: "dispute.lost"}


@transaction.atomic
def record(*, dispute: gateway.Dispute, now: datetime) -> bool:
    """Take over how a dispute stands: any order, any number of times.

    One of a payment that we do not know yet is kept, and its money posted once the payment is known (`catch_up`).
    Returns False for that, and for a payment that is none of ours.
    """
    if not dispute.payment or dispute.amount <= 0:
        return False
    # The deposit first, as whoever records its payment does: else each would miss what the other just wrote.
    deposit = Deposit.objects.select_for_update(no_key=True).filter(provider_payment=dispute.payment).first()
    told = STATES.get(dispute.status, S.INQUIRY if dispute.status.startswith("warning_") else S.OPEN)
    row = _row(dispute, told, now)
    before = S(row.state)
    if RANK[told] > RANK[before]:
        row.state, row.closed_at = told, now if RANK[told] == 2 else None
    fresh = {one.id: [one.amount, one.fee] for one in dispute.movements if one.id not in row.movements}
    row.movements = {**row.movements, **fresh}
    row.save(update_fields=["state", "closed_at", "movements"])
    if deposit is None:
        return False
    if row.deposit_id is None:
        _place(row, deposit, now)
    else:
        _post(row, deposit, fresh, now, news=before != row.state)
    return True


def catch_up(*, deposit: Deposit, now: datetime) -> int:
    """Post the money of disputes that were told before their payment was; the caller has locked the deposit."""
    early = Dispute.objects.select_for_update(no_key=True).filter(payment=deposit.provider_payment, deposit=None)
    rows = list(early.order_by("pk"))
    for row in rows:
        _place(row, deposit, now)
    return len(rows)


def sweep(*, now: datetime) -> None:
    """Find the disputes that were told in the very moment in which their payment was recorded."""
    early = Dispute.objects.filter(deposit=None).values("payment")
    for deposit_id in list(Deposit.objects.filter(provider_payment__in=early).values_list("pk", flat=True)):
        with transaction.atomic():
            catch_up(deposit=Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id), now=now)


def _row(dispute: gateway.Dispute, state: Dispute.State, now: datetime) -> Dispute:
    """The dispute's row, locked; made when it is new."""
    row = Dispute(
        pk=dispute.id, payment=dispute.payment, amount=dispute.amount, currency=dispute.currency,
        reason=dispute.reason[:100], state=state, opened_at=now, closed_at=now if RANK[state] == 2 else None,
    )  # fmt: skip
    Dispute.objects.bulk_create([row], ignore_conflicts=True)
    return Dispute.objects.select_for_update(no_key=True).get(pk=dispute.id)


def _place(row: Dispute, deposit: Deposit, now: datetime) -> None:
    """The deposit is known: all that the bank moved so far comes into the books."""
    row.deposit = deposit
    row.save(update_fields=["deposit"])
    _post(row, deposit, row.movements, now, news=True)


def _post(row: Dispute, deposit: Deposit, movements: Mapping[str, Sequence[int]], now: datetime, *, news: bool) -> None:
    """Post movements of the bank, once each, and tell if the dispute's state is news."""
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=deposit.owner_id, currency=deposit.currency)
    postings: list[Posting] = []
    for pk, (amount, fee) in sorted(movements.items()):
        postings += _moved(row, pk, amount, purse) + _fee(row, pk, fee)
    ledger.post(postings=postings, now=now)
    topic = TOPICS.get(S(row.state))
    if news and topic:
        payload = {"dispute": row.pk, "owner": deposit.owner_id, "amount": row.amount, "owed": purse.owed}
        Outbox.objects.create(topic=topic, payload=payload, created_at=now)


def _moved(row: Dispute, pk: str, amount: int, purse: Purse) -> list[Posting]:
    """What was contested, out of the wallet or back into it.

    What comes back settles the debt first, then repays what was written off: the requester had spent that money.
    """
    bank, details = platform(AccountKind.STRIPE_AVAILABLE, currency=row.currency).pk, {"dispute": row.pk}
    if amount < 0:
        return purse.take(Posting("dispute_opened", pk, purse.account, bank, -amount, details))
    if not amount:
        return []
    postings = purse.give(Posting("dispute_won", pk, bank, purse.account, amount, details))
    repaid = min(debts.written_off(purse=purse), purse.holds, amount)
    if repaid:
        losses = platform(AccountKind.LOSSES, currency=row.currency).pk
        postings += purse.take(Posting("loss_recovered", pk, purse.account, losses, repaid, details))
    return postings


def _fee(row: Dispute, pk: str, fee: int) -> list[Posting]:
    """What the provider kept for its trouble, or gave back: the platform's expense, never a requester's."""
    bank = platform(AccountKind.STRIPE_AVAILABLE, currency=row.currency).pk
    fees = platform(AccountKind.STRIPE_FEES, currency=row.currency).pk
    ends = (fees, bank) if fee > 0 else (bank, fees)
    return [Posting("dispute_fee", pk, *ends, abs(fee), {"dispute": row.pk})] if fee else []
