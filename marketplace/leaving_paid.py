"""Whoever is suspended is paid what they earned: a letter leads them to where they say how.

They cannot sign in, so the letter itself is the proof of who they are, as when a password is set anew; its link ends
after a month, and as soon as they may sign in again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from billing.models import Account, AccountKind, Outbox
from billing.money import CENT, format_amount
from marketplace import auditlog
from marketplace.models import AuditEntry, User

ASKED = "payout_account.asked"
LASTS = timedelta(days=30)
_SALT = "tally.leaving_paid"


def ask_who_left(*, now: datetime, limit: int = 200) -> int:
    """Ask the suspended who have earned money and no payout account that takes it; once in the life of a link.

    Returns how many were asked; the letters go out with the other notices.
    """
    asked = AuditEntry.objects.filter(action=ASKED, created_at__gt=now - LASTS).values("object_id")
    owed = Account.objects.filter(kind=AccountKind.WORKER_BALANCE, balance__gte=CENT, owner__is_active=False)
    without = owed.exclude(owner__payout_account__payouts_enabled=True).select_related("owner")
    known = set(asked.values_list("object_id", flat=True))
    due = [one for one in without.order_by("pk")[: limit + len(known)] if str(one.owner_id) not in known][:limit]
    for account in due:
        assert account.owner, "a worker's balance has an owner"
        with transaction.atomic():
            auditlog.record(actor=None, action=ASKED, subject=account.owner, now=now)
            payload = {"worker": account.owner_id, "amount": account.balance}
            Outbox.objects.create(topic=ASKED, payload=payload, created_at=now)
    return len(due)


def mail(*, worker_id: int, amount: int) -> None:
    """The letter; nobody who can sign in gets one."""
    person = User.objects.filter(pk=worker_id, is_active=False).first()
    if person is None:
        return
    context = {
        "person": person,
        "news": f"${format_amount(amount)} that you earned is still yours. Say where to send it",
        "reason": "",
        "url": settings.SITE_URL + reverse("payout_left", args=[token_of(person=person)]),
    }
    send_mail(
        "[Tally] Money you earned waits for you", render_to_string("email/money.txt", context), None, [person.email]
    )


def token_of(*, person: User) -> str:
    """The proof in the letter's link."""
    return signing.dumps(person.pk, salt=_SALT)


def holder_of(*, token: str) -> User | None:
    """Whom a link was sent to; None once it is a month old, or they may sign in."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk, is_active=False).first()
