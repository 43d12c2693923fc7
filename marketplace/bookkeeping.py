"""What admins decide about money in suspense: billing does it, and the audit log says who, where to and why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing import suspense
from billing.ledger import AccountKind
from billing.models import SuspenseItem
from billing.money import AmountRefused
from marketplace import auditlog
from marketplace.errors import Conflict, Refused
from marketplace.models import User


@transaction.atomic
def ask(
    *, item_id: UUID, account: str, email: str, reason: str, by: User, now: datetime, address: str | None = None
) -> SuspenseItem:
    """Say where the money of an item in suspense belongs; it moves when a second admin agrees.

    `account` is a kind of account, `email` whose it is, empty for the platform's own. Raises SuspenseItem.DoesNotExist,
    Refused (fields account, email, reason), Conflict when it is over.
    """
    if account not in suspense.DESTINATIONS:
        raise Refused.one("account", "choice", "Choose where the money belongs.")
    owner = User.objects.filter(email__iexact=email.strip(), is_active=True).first() if email.strip() else None
    if email.strip() and owner is None:
        raise Refused.one("email", "unknown", "Nobody here has this e-mail address.")
    try:
        item = suspense.ask(
            item_id=item_id, kind=AccountKind(account), owner=owner, reason=reason, asked_by=by, now=now
        )
    except AmountRefused as refused:
        raise Refused.one("email" if refused.field == "owner" else refused.field, refused.rule, str(refused)) from None
    except suspense.Refusal as over:
        raise Conflict("not_allowed", str(over)) from None
    _note("suspense.asked", item, by, now, address)
    return item


@transaction.atomic
def agree(*, item_id: UUID, by: User, now: datetime, address: str | None = None) -> SuspenseItem:
    """Agree as a second admin: the money moves. Raises SuspenseItem.DoesNotExist, Conflict when that cannot be."""
    try:
        item = suspense.agree(item_id=item_id, decided_by=by, now=now)
    except (suspense.Refusal, AmountRefused) as refused:
        raise Conflict("not_allowed", str(refused)) from None
    _note("suspense.resolved", item, by, now, address)
    return item


@transaction.atomic
def decline(*, item_id: UUID, by: User, now: datetime, address: str | None = None) -> SuspenseItem:
    """Put an item back among the open ones. Raises SuspenseItem.DoesNotExist, Conflict when nobody asked for it."""
    try:
        before = SuspenseItem.objects.select_related("account").get(pk=item_id)
        item = suspense.decline(item_id=item_id)
    except suspense.Refusal as refused:
        raise Conflict("not_allowed", str(refused)) from None
    _note("suspense.declined", before, by, now, address)
    return item


def _note(action: str, item: SuspenseItem, by: User, now: datetime, address: str | None) -> None:
    account = item.account
    after = {
        "amount": item.amount,
        "currency": item.currency,
        "account": account.kind if account else "",
        "owner": account.owner_id if account else None,
        "reason": item.reason,
    }
    auditlog.record(actor=by, action=action, subject=item, now=now, after=after, address=address)
