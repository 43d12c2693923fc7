"""A job's money: held, committed to places, given back. Builds postings; `billing.ledger` alone writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from billing.ledger import AccountKind, Posting, open_account
from marketplace.models import Job
from marketplace.pricing import Rate

CHUNK = 10_000


def rate_of(*, job: Job) -> Rate:
    """What an answer of a job pays."""
    return Rate(job.reward, job.fee_bps, job.reward_per_shape, job.shapes_paid_at_most)


def unit_cost(*, job: Job) -> int:
    """What one place commits, micro-units: the most that an answer pays, and the fee on that."""
    return rate_of(job=job).held


def open_escrow(*, job: Job) -> None:
    """Give a job its escrow accounts, free, committed and fair-pay reserve (idempotent; the caller saves the job)."""
    scope = f"job:{job.pk}"
    job.escrow_free = open_account(kind=AccountKind.ESCROW_FREE, owner_id=job.owner_id, scope=scope)
    job.escrow_committed = open_account(kind=AccountKind.ESCROW_COMMITTED, owner_id=job.owner_id, scope=scope)
    job.fair_pay_reserve = open_account(kind=AccountKind.FAIR_PAY_RESERVE, owner_id=job.owner_id, scope=scope)


def hold(*, job: Job, wallet_id: int, amount: int, reserve: int = 0) -> list[Posting]:
    """Wallet → escrow free, and → fair-pay reserve, once per funding revision."""
    key = f"job:{job.pk}:{job.funding}"
    wanted = [
        Posting(kind="publish", key=key, source=wallet_id, target=_free(job), amount=amount),
        Posting(kind="publish_reserve", key=key, source=wallet_id, target=reserve_of(job), amount=reserve),
    ]
    return [posting for posting in wanted if posting.amount]


def commit_places(*, job: Job, key: str, places: int) -> Posting:
    """Escrow free → committed for new places, in the transaction that makes them."""
    return Posting(
        kind="places", key=key, source=_free(job), target=_committed(job), amount=places * unit_cost(job=job)
    )


def uncommit(*, job: Job, kind: str, key: str, amount: int) -> Posting:
    """Escrow committed → free: places cancelled, or rejections that became final."""
    return Posting(kind=kind, key=key, source=_committed(job), target=_free(job), amount=amount)


class Due(NamedTuple):
    """One answer's pay. `key`: its assignment's id or its appeal's; `account`: its worker's; `earned`: micro-units."""

    key: str
    account: int
    earned: int


def pay(*, job: Job, dues: Iterable[Due], fees_account_id: int) -> list[Posting]:
    """What the places of accepted assignments held, paid out; see `_out_of_places`."""
    return _out_of_places(job, "accepted", dues, fees_account_id, {"job": job.public_id})


def pay_on_appeal(*, job: Job, due: Due, assignment_key: str, fees_account_id: int) -> list[Posting]:
    """The same for a rejection that was overturned: once an appeal."""
    details = {"job": job.public_id, "assignment": assignment_key}
    return _out_of_places(job, "appeal_upheld", [due], fees_account_id, details)


def _out_of_places(
    job: Job, kind: str, dues: Iterable[Due], fees_account_id: int, details: dict[str, str]
) -> list[Posting]:
    """Escrow committed → worker and platform fees, and what shapes did not use up → free: all that each place held.

    Many answers of a job earn the same, so fee and rest are reckoned once for each amount.
    """
    rate, source, free = rate_of(job=job), _committed(job), _free(job)
    held, fee_kind, rest_kind = rate.held, f"{kind}_fee", f"{kind}_rest"
    fees: dict[int, int] = {}
    postings = []
    for key, account, earned in dues:
        fee = fees.get(earned)
        if fee is None:
            fee = fees[earned] = rate.fee(pay=earned)
        rest = held - earned - fee
        if earned:
            postings.append(Posting(kind, key, source, account, earned, details))
        if fee:
            postings.append(Posting(fee_kind, key, source, fees_account_id, fee, details))
        if rest:
            postings.append(Posting(rest_kind, key, source, free, rest, details))
    return postings


def give_back(*, job: Job, wallet_id: int, amount: int) -> Posting:
    """Escrow free → wallet on closing."""
    return Posting(kind="close", key=f"job:{job.pk}:{job.close_no}", source=_free(job), target=wallet_id, amount=amount)


def give_reserve_back(*, job: Job, wallet_id: int, amount: int) -> Posting:
    """Fair-pay reserve → wallet, when the job closes for good: once."""
    return Posting("close_reserve", f"job:{job.pk}", reserve_of(job), wallet_id, amount)


def _free(job: Job) -> int:
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    return job.escrow_free_id


def accounts_of(*, job: Job) -> list[int]:
    """A published job's accounts: free, committed and fair-pay reserve."""
    return [_free(job), _committed(job), reserve_of(job)]


def reserve_of(job: Job) -> int:
    """The account of a published job's fair-pay reserve."""
    assert job.fair_pay_reserve_id is not None, "a published job has escrow accounts"
    return job.fair_pay_reserve_id


def _committed(job: Job) -> int:
    assert job.escrow_committed_id is not None, "a published job has escrow accounts"
    return job.escrow_committed_id
