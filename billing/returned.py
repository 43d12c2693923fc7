"""Money that was sent and came back: into the worker's balance once, and said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from billing import ledger
from billing.approvals import Admin, SamePerson
from billing.ledger import AccountKind, Posting, platform
from billing.models import Method, Payout
from billing.payout_steps import NotInThatState, change, tell
from billing.wallets import earnings_of

S = Payout.State
REVERSED = "The payment provider took the transfer back. The money is in your balance again."


def record_reversed(*, transfer: Mapping[str, Any], now: datetime) -> bool:
    """The provider took a whole transfer back that we had not asked back: any number of times, in any order.

    False for what is none of ours, reversed in part only, or reversed by ourselves (those carry our reference): a part
    that somebody took back by hand at the provider shows up as a movement that matches nothing.
    """
    reversals = (transfer.get("reversals") or {}).get("data") or []
    if not transfer.get("reversed") or any((one.get("metadata") or {}).get("tally_reversal") for one in reversals):
        return False
    payout = Payout.objects.filter(provider_transfer=str(transfer.get("id")), method=Method.PROVIDER).first()
    if payout is None:
        return False
    about = {"reversals": [str(one.get("id")) for one in reversals]}
    _come_back(payout.pk, AccountKind.STRIPE_AVAILABLE, REVERSED, now, about)
    return True


def came_back(*, payout_id: UUID, by: Admin, reason: str, now: datetime) -> Payout:
    """The operator's bank has a payout back that it had made by hand.

    Raises SamePerson for the payee and for who said it was paid, NotInThatState when it was not sent, or is back.
    """
    payout = Payout.objects.get(pk=payout_id)
    if by.pk in (payout.worker_id, payout.marked_by_id):
        raise SamePerson("Somebody else has to say so: not the payee, and not who said that it was paid.")
    back = _come_back(payout_id, AccountKind.OPERATOR_BANK, reason, now) if payout.method == Method.MANUAL else None
    if back is None:
        raise NotInThatState(Payout.objects.get(pk=payout_id))
    return back


@transaction.atomic
def _come_back(
    payout_id: UUID, kind: AccountKind, reason: str, now: datetime, about: Mapping[str, Any] | None = None
) -> Payout | None:
    """The bank → worker balance; what was still in transit has left it first."""
    on_its_way = Payout.objects.select_for_update(no_key=True).filter(pk=payout_id, state=S.SENT).exists()
    payout = change(payout_id=payout_id, old=Payout.LEFT, to=S.RETURNED, reason=reason[:300], finished_at=now)
    if payout is None:
        return None
    bank, earnings = platform(kind, currency=payout.currency), earnings_of(worker=payout.worker)
    details = {"payout": str(payout.pk), **(about or {})}
    postings = [Posting("payout_returned", str(payout.pk), bank.pk, earnings.pk, payout.amount, details)]
    if on_its_way:
        transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=payout.currency)
        postings.insert(0, Posting("payout_cleared", str(payout.pk), transit.pk, bank.pk, payout.amount, details))
    ledger.post(postings=postings, now=now)
    tell(payout=payout, topic="payout.returned", now=now)
    return payout
