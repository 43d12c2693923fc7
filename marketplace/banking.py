"""Money in and out of the market: billing does it, and the audit log says who asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from billing import deposits, payable, payouts, retrying
from billing.models import Account, AccountKind, Deposit, Payout
from billing.money import CENT, AmountRefused, format_amount
from marketplace import auditlog, bell, second_factor
from marketplace.errors import Forbidden
from marketplace.models import Assignment, User

A_MONTH = timedelta(days=30)


def start_deposit(
    *,
    owner: User,
    amount: int,
    idempotency_key: str,
    success_url: str,
    cancel_url: str,
    now: datetime,
    address: str | None = None,
) -> Deposit:
    """Open a payment page for `amount` micro-units; `.checkout_url` is where the owner pays.

    The deposit's row and its audit entry are one transaction, made before the provider is asked. The same key gives
    the same deposit and no second entry. Raises Forbidden without a second factor, and whatever `deposits.start`
    raises. Not to be called inside a transaction. `address` is the caller's IP address.
    """
    second_factor.demand(person=owner)
    key = idempotency_key or uuid4().hex
    with transaction.atomic():
        deposit, is_new = deposits.reserve(
            owner=owner, amount=amount, idempotency_key=key, success_url=success_url, cancel_url=cancel_url, now=now
        )
        if is_new:
            after = {"amount": deposit.amount, "currency": deposit.currency}
            auditlog.record(
                actor=owner, action="deposit.started", subject=deposit, now=now, after=after, address=address
            )
    return deposits.start(
        owner=owner, amount=amount, idempotency_key=key, success_url=success_url, cancel_url=cancel_url, now=now
    )


@transaction.atomic
def request_payout(
    *, worker: User, amount: int | None, idempotency_key: str, now: datetime, address: str | None = None,
    fresh: bool = False, last: bool = False,
) -> Payout:  # fmt: skip
    """Reserve a payout of `amount` micro-units, or of all that is payable, and have it sent in the background.

    The same key gives the same payout and no second audit entry: the worker's account stays locked until both are
    committed. `fresh`: they have just said who they are; a large one without it raises Forbidden. Who works no more
    may have less than the minimum; so may who says that it is the `last` of their money, and `may_have_the_last`.
    Raises whatever `payouts.request` raises. `address` is the caller's IP address.
    """
    ends_here = last and amount is None and may_have_the_last(worker=worker, now=now)
    leaving = ends_here or not (worker.is_worker and worker.is_active)
    payout = payouts.request(worker=worker, amount=amount, idempotency_key=idempotency_key, now=now, leaving=leaving)
    if not auditlog.is_noted(action="payout.requested", subject=payout):
        if payout.amount > payable.fresh_login_limit() and not fresh:
            limit = format_amount(payable.fresh_login_limit())
            told = f"For more than {limit} we ask once more who you are. Do it on the page of your earnings."
            raise Forbidden("fresh_login_needed", told)
        after = {"amount": payout.amount, "currency": payout.currency}
        auditlog.record(actor=worker, action="payout.requested", subject=payout, now=now, after=after, address=address)
    if payout.state == Payout.State.REQUESTED:
        bell.ring("send_payout", str(payout.pk))
    return payout


def may_have_the_last(*, worker: User, now: datetime) -> bool:
    """Whether somebody may have all there is though it is less than the minimum: they hold and await nothing more, and
    did so a month ago at the latest. A minimum saves the costs of many small payouts; it must not keep anybody's money.
    """
    waiting = Assignment.objects.filter(worker=worker, state__in=(*Assignment.LIVE, Assignment.State.SUBMITTED))
    lately = Payout.objects.filter(worker=worker, amount__lt=payable.minimum(), created_at__gt=now - A_MONTH)
    return not waiting.exists() and not lately.exclude(state__in=Payout.GIVEN_BACK).exists()


def pay_who_left(*, now: datetime, limit: int = 200) -> int:
    """Pay whoever is suspended what they earned, to the last cent, where there is a payout account that can take it.

    What failed or was refused is not tried again until something about the account changes. Returns how many payouts
    were asked for.
    """
    owed = Account.objects.filter(
        kind=AccountKind.WORKER_BALANCE, balance__gte=CENT, owner__is_active=False,
        owner__payout_account__payouts_enabled=True,
    ).select_related("owner__payout_account")  # fmt: skip
    return sum(_pay_all(account, now) for account in owed.order_by("pk")[:limit])


def _pay_all(account: Account, now: datetime) -> bool:
    worker = account.owner
    assert isinstance(worker, User), "a worker's balance has an owner"
    latest = Payout.objects.filter(worker=worker).order_by("-created_at").first()
    if latest and latest.state in Payout.GIVEN_BACK and retrying.unchanged_since(payout=latest):
        return False
    try:
        with transaction.atomic():
            payout = payouts.request(
                worker=worker, amount=None, idempotency_key=f"left:{account.sequence}", now=now, leaving=True
            )
            after = {"amount": payout.amount, "currency": payout.currency}
            auditlog.record(actor=None, action="payout.requested", subject=payout, now=now, after=after)
    except AmountRefused:
        return False  # it is held, and paid once it is not
    return True
