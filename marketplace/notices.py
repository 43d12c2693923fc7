"""News for people, told by e-mail from the outbox: money that moved or is off, invitations to jobs, and appeals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from billing import reconciling
from billing.models import Outbox, Reconciliation
from billing.money import format_amount
from billing.reconciling import ALARM
from marketplace import bell, gold_alerts, leaving_paid, payout_news
from marketplace.appealing import OPENED
from marketplace.evidence import signs
from marketplace.flags import CONFIRMED, LIFTED
from marketplace.gold_alerts import ALERTED
from marketplace.inviting import INVITED
from marketplace.models import Appeal, Flag, Invitation, Job, User
from marketplace.overturning import DECIDED
from marketplace.reversing import REVERSED
from marketplace.topping_up import UNDERPAID

log = logging.getLogger("tally.notices")

# Topic: the field of the payload that names the person, the subject, and the page where they see it.
TOPICS = {
    "deposit.paid": ("owner", "Your deposit of ${amount} has arrived", "wallet"),
    "bonus.paid": ("worker", "You got a bonus of ${amount}", "earnings"),
    "payout.sent": ("worker", "Your payout of ${amount} is on its way", "earnings"),
    "payout.failed": ("worker", "Your payout of ${amount} could not be made", "earnings"),
    "payout.refused": ("worker", "Your payout of ${amount} was refused, and the money is in your balance", "earnings"),
    "payout.cancelled": ("worker", "Your payout of ${amount} was cancelled", "earnings"),
    "payout.returned": ("worker", "Your payout of ${amount} came back, and the money is in your balance", "earnings"),
    "payout.approved": ("worker", "Your payout of ${amount} was approved", "earnings"),
    "refund.paid": ("owner", "Your refund of ${amount} is on its way to your card", "wallet"),
    "refund.failed": ("owner", "Your refund of ${amount} could not be made; the money is in your wallet", "wallet"),
    "dispute.opened": ("owner", "Your bank took back a payment of ${amount}", "wallet"),
    "dispute.won": ("owner", "Your payment of ${amount} was given back to us by your bank", "wallet"),
    "dispute.lost": ("owner", "Your payment of ${amount} stays with your bank", "wallet"),
    REVERSED: ("worker", "Pay of ${amount} was taken back", "earnings"),
}

FLAG_NEWS = {
    CONFIRMED: "You get no more images of the job “{title}”",
    LIFTED: "You may work on the job “{title}” again",
}


def tell(*, now: datetime, limit: int = 100) -> int:
    """Tell people what the outbox says and tick it off; returns how many rows were consumed.

    A row whose mail could not be sent stays and is tried again. Rows nobody is to be told of are ticked off. Each row
    is a transaction of its own: what failed for one must not send the mail of another again.
    """
    waiting = list(Outbox.objects.filter(consumed_at=None).order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(_tell_one(row_id, now) for row_id in waiting)


@transaction.atomic
def _tell_one(row_id: int, now: datetime) -> bool:
    row = Outbox.objects.select_for_update(skip_locked=True).filter(pk=row_id, consumed_at=None).first()
    if row is None:
        return False
    try:
        _mail(row.topic, row.payload, now)
    except (OSError, SMTPException) as fault:
        log.warning("mail for outbox row %s was not sent: %s", row.pk, fault)
        return False
    except Exception:
        log.exception("outbox row %s cannot be told", row.pk)
        return False
    return bool(Outbox.objects.filter(pk=row.pk).update(consumed_at=now))


def _mail(topic: str, payload: dict[str, Any], now: datetime) -> None:
    if topic in payout_news.NEWS:
        payout_news.attend(topic=topic, payload=payload, now=now)
    if topic == leaving_paid.ASKED:
        leaving_paid.mail(worker_id=payload["worker"], amount=payload["amount"])
    if topic == "dispute.opened" and payload["owed"]:
        bell.ring("recover", payload["owner"])
    if topic in FLAG_NEWS:
        _mail_flag(payload["flag"], FLAG_NEWS[topic])
    if topic == ALERTED:
        _mail_gold_alert(payload["job"], payload["why"])
    if topic in LETTERS:
        subject, letter = LETTERS[topic]
        letter(payload[subject])
    if topic in TOPICS:
        _mail_about_money(topic, payload)


def _mail_about_money(topic: str, payload: dict[str, Any]) -> None:
    who, subject, page = TOPICS[topic]
    person = User.objects.filter(pk=payload[who], is_active=True).first()
    if person is None:
        return
    amount = format_amount(payload["amount"])
    context = {
        "person": person,
        "news": subject.format(amount=amount),
        "reason": payload.get("reason", ""),
        "url": settings.SITE_URL + reverse(page),
    }
    body = render_to_string("email/money.txt", context)
    send_mail(f"[Tally] {context['news']}", body, None, [person.email])


def _mail_invitation(invitation_id: int) -> None:
    """The same letter to everybody, so that it tells nobody who has an account; none when it came to nothing since."""
    found = Invitation.objects.select_related("job").filter(pk=invitation_id).first()
    if found is None or found.job.state in (Job.State.CLOSING, Job.State.CLOSED):
        return
    context = {
        "title": _one_line(found.job.title),
        "email": found.email,
        "job": found.job,
        "url": settings.SITE_URL + reverse("work_job", args=[found.job.public_id]),
    }
    body = render_to_string("email/invitation.txt", context)
    send_mail(f"[Tally] You are invited to label images: {context['title']}", body, None, [found.email])


def _mail_underpaid(job_id: int) -> None:
    """Tell a requester that real times prove the pay of their job too low."""
    job = Job.objects.select_related("owner").filter(pk=job_id, owner__is_active=True).first()
    if job is None:
        return
    news = f"“{_one_line(job.title)}” pays less than ${settings.FAIR_PAY_HOURLY} an hour"
    reason = (
        "Real times of its workers prove it. On its page you see what its fair-pay reserve does, and can add to it."
    )
    url = settings.SITE_URL + reverse("job", args=[job.public_id])
    context = {"person": job.owner, "news": news, "reason": reason, "url": url}
    send_mail(f"[Tally] {news}", render_to_string("email/money.txt", context), None, [job.owner.email])


def _mail_flag(flag_id: int, news: str) -> None:
    """What an admin decided, with their words and the signs, as the worker's history has them."""
    flag = Flag.objects.select_related("job", "worker").filter(pk=flag_id, worker__is_active=True).first()
    if flag is None:
        return
    title = " ".join(flag.job.title.split())
    reason = " ".join(filter(None, [*(signs(flag=flag) if flag.state == Flag.State.CONFIRMED else ()), flag.note]))
    url = settings.SITE_URL + reverse("history")
    context = {"person": flag.worker, "news": news.format(title=title), "reason": reason, "url": url}
    body = render_to_string("email/money.txt", context)
    send_mail(f"[Tally] {context['news']}", body, None, [flag.worker.email])


def _mail_gold_alert(job_id: int, why: str) -> None:
    """Tell a job's owner what is amiss with its known answers; nothing when it was mended since."""
    job = Job.objects.select_related("owner").filter(pk=job_id, owner__is_active=True).first()
    words = gold_alerts.words(job=job, why=why) if job else ""
    if job is None or not words:
        return
    url = settings.SITE_URL + reverse("job_gold", args=[job.public_id])
    context = {"person": job.owner, "title": _one_line(job.title), "words": words, "url": url}
    body = render_to_string("email/gold_alert.txt", context)
    send_mail(f"[Tally] About the known answers of {context['title']}", body, None, [job.owner.email])


def _mail_decider(appeal_id: str) -> None:
    """Tell a job's owner that an appeal waits for them; nothing when it came to nothing since. Names nobody."""
    found = (
        Appeal.objects.select_related("assignment__job__owner").filter(pk=appeal_id, state=Appeal.State.OPEN).first()
    )
    if found is None or not found.assignment.job.owner.is_active:
        return
    job = found.assignment.job
    context = {"person": job.owner, "title": _one_line(job.title), "decide_by": found.decide_by}
    context["url"] = settings.SITE_URL + reverse("appeals")
    send_mail(
        f"[Tally] An appeal waits for you: {context['title']}",
        render_to_string("email/appeal_opened.txt", context),
        None,
        [job.owner.email],
    )


def _mail_appellant(appeal_id: str) -> None:
    """Tell a worker how their appeal ended, with the words of whoever decided it."""
    found = Appeal.objects.select_related("assignment__job", "worker").filter(pk=appeal_id).first()
    if found is None or not found.worker.is_active:
        return
    job, upheld = found.assignment.job, found.state == Appeal.State.UPHELD
    context = {
        "person": found.worker,
        "title": _one_line(job.title),
        "appeal": found,
        "upheld": upheld,
        "amount": format_amount(found.assignment.earned or job.reward),
        "url": settings.SITE_URL + reverse("answer", args=[found.assignment_id]),
    }
    send_mail(
        f"[Tally] Your appeal was {'upheld' if upheld else 'lost'}: {context['title']}",
        render_to_string("email/appeal_decided.txt", context),
        None,
        [found.worker.email],
    )


def _mail_admins(run_id: int) -> None:
    """Tell the admins what the comparison with the provider found."""
    run = Reconciliation.objects.filter(pk=run_id).first()
    found = reconciling.alarms(run=run) if run else []
    for admin in User.objects.filter(is_staff=True, is_active=True) if found else ():
        context = {
            "person": admin,
            "news": "The provider's books and ours need a look",
            "reason": " ".join(found),
            "url": settings.SITE_URL + reverse("reconciliations"),
        }
        body = render_to_string("email/money.txt", context)
        send_mail(f"[Tally] {context['news']}", body, None, [admin.email])


def _one_line(title: str) -> str:
    return " ".join(title.split())


# Topic: the field of the payload that names what the letter is about, and what writes it.
LETTERS: dict[str, tuple[str, Callable[[Any], None]]] = {
    INVITED: ("invitation", _mail_invitation),
    UNDERPAID: ("job", _mail_underpaid),
    OPENED: ("appeal", _mail_decider),
    DECIDED: ("appeal", _mail_appellant),
    ALARM: ("run", _mail_admins),
}
