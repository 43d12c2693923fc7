"""Receipts: of a deposit that was paid, and of what a job cost."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from billing.models import Deposit
from marketplace.models import Job


@dataclass(frozen=True)
class Issuer:
    """Who gives the receipt: the platform, as its settings name it."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True)
class JobCost:
    """What a job cost so far; micro-units. `held` is what was paid into its escrow, bonuses came beside it."""

    held: int
    rewards: int
    fees: int
    fair_pay: int
    bonus: int
    bonus_fees: int
    refunded: int
    still_held: int

    @property
    def cost(self) -> int:
        """All that was spent: rewards, top-ups, bonuses, and the fees on them."""
        return self.rewards + self.fair_pay + self.bonus + self.fees + self.bonus_fees

    @property
    def disputed(self) -> int:
        """What a card's bank took out of the job's money."""
        return self.held - self.rewards - self.fair_pay - self.fees - self.refunded - self.still_held


def issuer() -> Issuer:
    """The platform's name and address."""
    lines = (line.strip() for line in settings.PLATFORM_ADDRESS.replace("\\n", "\n").splitlines())
    return Issuer(settings.PLATFORM_NAME, tuple(line for line in lines if line))


def deposit_number(*, deposit: Deposit) -> str:
    """The receipt's number: of the deposit alone, so that it tells nothing of others. E.g. `D-3F9A1C07-77BE`."""
    digits = deposit.pk.hex.upper()
    return f"D-{digits[:8]}-{digits[8:12]}"


def job_number(*, job: Job) -> str:
    """The number of a job's receipt."""
    return f"J-{job.public_id.upper()}"


# By the kinds of accounts and not of movements: whatever is paid from a job's money is in here, whatever it is called.
_FROM_ESCROW = """
    SELECT coalesce(sum(t.amount) FILTER (WHERE s.kind = 'wallet'), 0)::bigint,
        (coalesce(sum(t.amount) FILTER (WHERE s.kind = ANY(%(places)s) AND d.kind = ANY(%(workers)s)), 0)
         - coalesce(sum(t.amount) FILTER (WHERE s.kind = ANY(%(workers)s)), 0))::bigint,
        (coalesce(sum(t.amount) FILTER (WHERE d.kind = 'platform_fees'), 0)
         - coalesce(sum(t.amount) FILTER (WHERE s.kind = 'platform_fees'), 0))::bigint,
        coalesce(sum(t.amount) FILTER (WHERE s.kind = 'fair_pay_reserve' AND d.kind = ANY(%(workers)s)), 0)::bigint,
        coalesce(sum(t.amount) FILTER (WHERE d.kind = 'wallet'), 0)::bigint
    FROM (SELECT t.* FROM billing_account o JOIN billing_transfer t ON t.source_id = o.id WHERE o.scope = %(scope)s
          UNION ALL
          SELECT t.* FROM billing_account o JOIN billing_transfer t ON t.target_id = o.id WHERE o.scope = %(scope)s
    ) AS t JOIN billing_account s ON s.id = t.source_id JOIN billing_account d ON d.id = t.target_id
    WHERE s.scope <> %(scope)s OR d.scope <> %(scope)s
"""
_STILL_HELD = "SELECT coalesce(sum(balance), 0)::bigint FROM billing_account WHERE scope = %s"
# Bonuses come straight from the wallet, and name their job.
_BONUS = """
    SELECT coalesce(sum(t.amount) FILTER (WHERE d.kind = 'worker_balance'), 0)::bigint,
        coalesce(sum(t.amount) FILTER (WHERE d.kind = 'platform_fees'), 0)::bigint
    FROM billing_account w JOIN billing_transfer t ON t.source_id = w.id
    JOIN billing_account d ON d.id = t.target_id
    WHERE w.kind = 'wallet' AND w.owner_id = %s AND d.scope = '' AND t.details ->> 'job' = %s
"""


def job_cost(*, job: Job) -> JobCost:
    """What a published job cost, from the ledger. Reads every movement of the job's money."""
    scope = f"job:{job.pk}"
    kinds = {"places": ["escrow_free", "escrow_committed"], "workers": ["worker_balance", "receivable_worker"]}
    with connection.cursor() as cursor:
        cursor.execute(_FROM_ESCROW, {"scope": scope, **kinds})
        held, rewards, fees, fair_pay, refunded = cursor.fetchone()
        cursor.execute(_STILL_HELD, [scope])
        still_held = cursor.fetchone()[0]
        cursor.execute(_BONUS, [job.owner_id, job.public_id])
        bonus, bonus_fees = cursor.fetchone()
    return JobCost(held, rewards, fees, fair_pay, bonus, bonus_fees, refunded, still_held)
