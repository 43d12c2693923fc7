"""Bonuses: a requester gives more for one accepted answer, out of their wallet, and says why."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from billing import debts, ledger
from billing.ledger import AccountKind, KeyReused, Posting
from billing.models import Outbox
from billing.money import CENT, MICRO, format_amount
from billing.wallets import earnings_of, wallet_of
from marketplace import auditlog, second_factor
from marketplace.errors import Conflict, Problem, Refused, ShortOfFunds
from marketplace.escrow import rate_of
from marketplace.models import Assignment, Bonus, User
from marketplace.models.extra_pay import LONGEST_REASON

PAID = "bonus.paid"  # topic of the outbox that `notices` tells by e-mail
LEAST = CENT
MOST = 100 * MICRO  # for one answer in all: above it, a typing mistake


@transaction.atomic
def give(
    *,
    assignment_id: UUID,
    requester: User,
    amount: int,
    reason: str,
    idempotency_key: str,
    now: datetime,
    address: str | None = None,
) -> Bonus:
    """Pay `amount` micro-units to the worker of an accepted answer, and the job's fee on it, from the wallet.

    The same key gives the same bonus and moves nothing. Raises Forbidden without a second factor, Refused naming what
    is wrong, Assignment.DoesNotExist for an answer to somebody else's job, Conflict when it is not accepted, KeyReused
    for a known key with another body, ShortOfFunds when the wallet is short.
    """
    second_factor.demand(person=requester)
    reason = reason.strip()
    Refused.when(_problems(amount, reason))
    answers = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("job", "worker")
    found = answers.get(pk=assignment_id, job__owner=requester, submitted_at__isnull=False)
    known = Bonus.objects.filter(requester=requester, idempotency_key=idempotency_key).first()
    if known is not None:
        if (known.assignment_id, known.amount, known.reason) != (found.pk, amount, reason):
            raise KeyReused("bonus", idempotency_key)
        return known
    _demand_payable(found, amount)
    terms: dict[str, Any] = {"amount": amount, "fee": rate_of(job=found.job).fee(pay=amount), "reason": reason}
    to = {"assignment": found, "job": found.job, "worker": found.worker}
    bonus = Bonus.objects.create(**to, **terms, requester=requester, idempotency_key=idempotency_key, created_at=now)
    _pay(bonus, now)
    after = {"assignment": found.pk, **terms}
    auditlog.record(actor=requester, action="bonus.given", subject=bonus, now=now, after=after, address=address)
    return bonus


def _problems(amount: int, reason: str) -> list[Problem]:
    problems = []
    if not LEAST <= amount <= MOST:
        told = f"A bonus is from {format_amount(LEAST)} to {format_amount(MOST)}."
        problems.append(Problem("amount", "range", told))
    if not reason:
        problems.append(Problem("reason", "required", "Say what it is for: the worker reads it."))
    if len(reason) > LONGEST_REASON:
        told = f"At most {LONGEST_REASON} characters; this has {len(reason):,}."
        problems.append(Problem("reason", "too_long", told))
    if "\x00" in reason:
        problems.append(Problem("reason", "no_nul", "Text cannot hold the NUL character."))
    return problems


def _demand_payable(found: Assignment, amount: int) -> None:
    if found.state not in (Assignment.State.ACCEPTED, Assignment.State.OVERTURNED):
        raise Conflict("not_accepted", "Only an accepted answer can get a bonus.", state=found.state)
    if not found.worker.is_active:
        raise Conflict("worker_gone", "This worker has left, so a bonus would not reach them.")
    before = Bonus.objects.filter(assignment=found).aggregate(sum=Sum("amount"))["sum"] or 0
    if before + amount > MOST:
        told = (
            f"One answer gets at most {format_amount(MOST)} in bonuses; this one has {format_amount(before)} already."
        )
        raise Refused.one("amount", "maximum", told)


def _pay(bonus: Bonus, now: datetime) -> None:
    wallet, balance = wallet_of(owner=bonus.requester).pk, earnings_of(worker=bonus.worker).pk
    # Locked first: the shortfall is told by what the wallet held before the first of two transfers.
    available = ledger.lock(account_ids=[wallet, balance])[wallet].balance or 0
    if available < bonus.amount + bonus.fee:
        owed = debts.owed_by_requester(owner_id=bonus.requester_id)
        raise ShortOfFunds(needed=bonus.amount + bonus.fee, available=available, owed=owed)
    details: dict[str, Any] = {
        "job": bonus.job.public_id,
        "assignment": str(bonus.assignment_id),
        "reason": bonus.reason,
    }
    fees = ledger.platform(AccountKind.PLATFORM_FEES).pk
    wanted = [
        Posting("bonus", str(bonus.pk), wallet, balance, bonus.amount, details),
        Posting("bonus_fee", str(bonus.pk), wallet, fees, bonus.fee, details),
    ]
    ledger.post(postings=[posting for posting in wanted if posting.amount], now=now)
    news = {"worker": bonus.worker_id, "amount": bonus.amount, "reason": bonus.reason}
    Outbox.objects.create(topic=PAID, payload=news, created_at=now)
