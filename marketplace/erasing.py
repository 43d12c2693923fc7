"""Removing what is personal of somebody who leaves, and looking for what was left of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F, Func, Q, Value

from billing import parting
from marketplace.models import (
    ApiToken,
    Appeal,
    Assignment,
    AuditEntry,
    Block,
    Device,
    Draft,
    IdempotencyRecord,
    Invitation,
    KnownApart,
    User,
)

NOWHERE = "gone.invalid"
"""A domain that no mail reaches, by its own standard."""

# Every row that points to a person either goes with them or stays under their pseudonym, and why; a test finds the ones
# that nobody decided about.
GOES = frozenset(
    {
        "account.emailaddress.user", "billing.payoutaccount.worker", "marketplace.apitoken.user",
        "marketplace.block.requester", "marketplace.block.worker", "marketplace.device.person",
        "marketplace.knownapart.first", "marketplace.knownapart.second",
        "marketplace.idempotencyrecord.user", "marketplace.user_groups.user",
        "marketplace.user_user_permissions.user", "mfa.authenticator.user",
    }
)  # fmt: skip
STAYS = {
    "datasets rest on it": (
        "annotation.annotation.author", "annotation.labelset.owner", "marketplace.assignment.worker",
        "marketplace.decision.decided_by", "marketplace.job.owner", "marketplace.release.made_by", "qa.verdict.worker",
    ),
    "what others are paid and told rests on it": (
        "marketplace.appeal.decided_by", "marketplace.appeal.rejected_by", "marketplace.appeal.worker",
        "marketplace.enrolment.worker", "marketplace.flag.decided_by", "marketplace.flag.worker",
        "marketplace.goldsight.worker", "marketplace.qualification.worker", "marketplace.rejectionstop.closed_by",
        "marketplace.rejectionstop.requester", "marketplace.review.said_by", "qa.goldresult.worker",
        "qa.reliability.worker", "qa.skill.worker",
    ),
    "the books rest on it": (
        "billing.account.owner", "billing.adjustment.asked_by", "billing.adjustment.decided_by",
        "billing.adjustment.person", "billing.clawback.decided_by", "billing.clawback.worker",
        "billing.deposit.owner", "billing.payout.approved_by", "billing.payout.confirmed_by",
        "billing.payout.marked_by", "billing.payout.second_by", "billing.payout.worker", "billing.refund.asked_by",
        "billing.suspenseitem.asked_by", "billing.suspenseitem.decided_by", "marketplace.bonus.requester",
        "marketplace.bonus.worker", "marketplace.topup.worker",
    ),
    "who did what is kept": (
        "admin.logentry.user", "marketplace.auditentry.actor", "marketplace.knownapart.decided_by",
    ),
}  # fmt: skip


def addresses_of(*, person: User) -> list[str]:
    """Every e-mail address of a person, in lower case."""
    more = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    return sorted({person.email.lower(), *(address.lower() for address in more)})


def erase(*, person: User, now: datetime) -> None:
    """Remove what is personal: name, addresses, keys, sessions, second factors, drafts, invitations, IP addresses.

    In the caller's transaction, which has locked the person's row. The account stays as a pseudonym that nobody can
    enter.
    """
    addresses = addresses_of(person=person)
    names = [*addresses, *([person.name] if person.name else [])]
    Draft.objects.filter(assignment__worker=person).delete()
    Assignment.objects.filter(worker=person).exclude(skip_reason="").update(skip_reason="")
    Invitation.objects.filter(email__in=addresses).delete()
    Block.objects.filter(Q(requester=person) | Q(worker=person)).delete()
    Device.objects.filter(person=person).delete()
    KnownApart.objects.filter(Q(first=person) | Q(second=person)).delete()
    _keys(person, addresses)
    _words(person, addresses)
    parting.forget(person=person, addresses=addresses)
    _account(person, now)
    _logs(person, names)


def _keys(person: User, addresses: Sequence[str]) -> None:
    """All that opens the account, and what was answered to its keys."""
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    ApiToken.objects.filter(user=person).delete()
    IdempotencyRecord.objects.filter(user=person).delete()
    gone = [session.pk for session in Session.objects.iterator() if _is_of(session, person, addresses)]
    Session.objects.filter(pk__in=gone).delete()


def _is_of(session: Session, person: User, addresses: Sequence[str]) -> bool:
    """A login of theirs, or a page that was typing an address of theirs."""
    kept = session.get_decoded()
    text = str(kept).lower()
    return kept.get("_auth_user_id") == str(person.pk) or any(address in text for address in addresses)


def _logs(person: User, names: Sequence[str]) -> None:
    """Who acted stays, as a pseudonym; from where, and what their keys were called, goes.

    The log's trigger allows this much, of people who have left.
    """
    AuditEntry.objects.filter(actor=person, address__isnull=False).update(address=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_auditentry SET before = before - 'name', after = after - 'name' "
            "WHERE action LIKE 'api\\_token.%%' AND (after ->> 'user' = %s OR before ->> 'user' = %s)",
            [str(person.pk), str(person.pk)],
        )
    told = Q()
    for name in names:
        told |= Q(object_repr__icontains=name)
    LogEntry.objects.filter(told).update(object_repr=person.pseudonym)


def _words(person: User, addresses: Sequence[str]) -> None:
    """What they wrote stays as the reason of what was decided, without their addresses, however they wrote these."""
    for address in addresses:
        own = Appeal.objects.filter(worker=person, reason__icontains=address)
        found = (Value(re.escape(address)), Value("…"), Value("gi"))
        own.update(reason=Func(F("reason"), *found, function="regexp_replace"))


def _account(person: User, now: datetime) -> None:
    person.email = f"{person.pseudonym}@{NOWHERE}"
    person.name, person.country, person.languages = "", "", []
    person.is_active = person.is_requester = person.is_worker = person.is_staff = person.is_superuser = False
    person.last_login, person.left_at = None, now
    person.set_unusable_password()
    person.groups.clear()
    person.user_permissions.clear()
    person.save()


def traces(*, words: Sequence[str]) -> list[str]:
    """Where any of these words still stands: every row of every table, by the models there are. One line a table."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        table, count = model._meta.db_table, 0
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE ANY(%s)', [  # noqa: S608
                [f"%{word}%" for word in words]
            ])  # fmt: skip
            count = cursor.fetchone()[0]
        if model is Session:
            texts = (str(session.get_decoded()).lower() for session in Session.objects.iterator())
            count += sum(any(word.lower() in text for word in words) for text in texts)
        if count:
            found.append(f"{table}: {count}")
    return found
