"""A job's money: held, committed to places, given back. Builds postings; `billing.ledger` alone writes them."""

from __future__ import annotations

from billing.ledger import AccountKind, Posting, open_account
from billing.money import fee_of
from marketplace.models import Job

CHUNK = 10_000


def unit_cost(*, job: Job) -> int:
    """What one place commits, micro-units: the reward and the fee on it."""
    return job.reward + fee_of(reward=job.reward, bps=job.fee_bps)


def open_escrow(*, job: Job) -> None:
    """Give a job its two escrow accounts, free and committed (idempotent; the caller saves the job)."""
    scope = f"job:{job.pk}"
    job.escrow_free = open_account(kind=AccountKind.ESCROW_FREE, owner_id=job.owner_id, scope=scope)
    job.escrow_committed = open_account(kind=AccountKind.ESCROW_COMMITTED, owner_id=job.owner_id, scope=scope)


def hold(*, job: Job, wallet_id: int, amount: int) -> Posting:
    """Wallet → escrow free, once per funding revision."""
    return Posting(
        kind="publish", key=f"job:{job.pk}:{job.funding}", source=wallet_id, target=_free(job), amount=amount
    )


def commit_places(*, job: Job, key: str, places: int) -> Posting:
    """Escrow free → committed for new places, in the transaction that makes them."""
    return Posting(
        kind="places", key=key, source=_free(job), target=_committed(job), amount=places * unit_cost(job=job)
    )


def uncommit(*, job: Job, kind: str, key: str, amount: int) -> Posting:
    """Escrow committed → free: places cancelled, or rejections that became final."""
    return Posting(kind=kind, key=key, source=_committed(job), target=_free(job), amount=amount)


def pay(*, job: Job, assignment_key: str, worker_account_id: int, fees_account_id: int) -> list[Posting]:
    """Escrow committed → worker and platform fees, for one accepted assignment."""
    fee = fee_of(reward=job.reward, bps=job.fee_bps)
    source, details = _committed(job), {"job": job.public_id}
    postings = [Posting("accepted", assignment_key, source, worker_account_id, job.reward, details)]
    if fee:
        postings.append(Posting("accepted_fee", assignment_key, source, fees_account_id, fee, details))
    return postings


def pay_on_appeal(
    *, job: Job, appeal_key: str, assignment_key: str, worker_account_id: int, fees_account_id: int
) -> list[Posting]:
    """Escrow committed → worker and platform fees, for a rejection that was overturned: once an appeal."""
    fee = fee_of(reward=job.reward, bps=job.fee_bps)
    source, details = _committed(job), {"job": job.public_id, "assignment": assignment_key}
    postings = [Posting("appeal_upheld", appeal_key, source, worker_account_id, job.reward, details)]
    if fee:
        postings.append(Posting("appeal_upheld_fee", appeal_key, source, fees_account_id, fee, details))
    return postings


def give_back(*, job: Job, wallet_id: int, amount: int) -> Posting:
    """Escrow free → wallet on closing."""
    return Posting(kind="close", key=f"job:{job.pk}:{job.close_no}", source=_free(job), target=wallet_id, amount=amount)


def _free(job: Job) -> int:
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    return job.escrow_free_id


def _committed(job: Job) -> int:
    assert job.escrow_committed_id is not None, "a published job has escrow accounts"
    return job.escrow_committed_id
