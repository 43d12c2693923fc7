"""News of a worker's payout account: told by mail, and looked at for who shares it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from billing.payout_accounts import BANK_PROBLEM, CHANGED, LOST, READY
from marketplace import sharing
from marketplace.models import User

_NOT_YOU = (
    "If this was not you, change your password at once and cancel what you did not ask for. Nothing is sent to the new "
    "place for {hours} hours."
)
NEWS = {
    CHANGED: "Payouts to you go to the bank account you named",
    READY: "Your payout account is ready: you can be paid",
    LOST: "Your payout account cannot receive money just now",
    BANK_PROBLEM: "Your bank sent a payout back",
}
_REASONS = {
    LOST: "The payment provider waits for something from you, or looks at your account. Your page says what it is.",
    BANK_PROBLEM: "{reason} The money waits in your account at the payment provider: name another bank account there.",
}


def attend(*, topic: str, payload: Mapping[str, Any], now: datetime) -> None:
    """Tell the worker; and where they are paid changed, see who else is paid there."""
    if topic == CHANGED:
        sharing.part(person_id=payload["worker"], now=now)
    person = User.objects.filter(pk=payload["worker"], is_active=True).first()
    if person is None:
        return
    moved = topic == CHANGED and payload.get("held")
    reason = _NOT_YOU if moved else _REASONS.get(topic, "")
    context = {
        "person": person,
        "news": "Where your payouts go was changed" if moved else NEWS[topic],
        "reason": reason.format(hours=settings.PAYOUT_CHANGE_HOLD_HOURS, reason=payload.get("reason", "")),
        "url": settings.SITE_URL + reverse("payout_account"),
    }
    send_mail(f"[Tally] {context['news']}", render_to_string("email/money.txt", context), None, [person.email])
