"""Whom a requester asks in: who may work on a job, its secret link, and its list of invitations."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from billing.models import Outbox
from marketplace import auditlog
from marketplace.errors import Conflict, Problem, Refused
from marketplace.models import AuditEntry, Block, Enrolment, Invitation, Job, User
from marketplace.readmitting import readmit
from marketplace.terms import parse_visibility

INVITED = "job.invited"  # the topic of the outbox that `notices` tells by e-mail
WITHDRAWN = "invitation"  # why an enrolment is blocked
UNWANTED = "requester"
MAX_AT_ONCE = 500
MAX_A_DAY = 1_000  # letters a requester can have sent to strangers
KEY_BYTES = 18


@dataclass(frozen=True)
class Invited:
    """What became of some addresses: `added` were sent an invitation, `known` had one, `problems` names the bad."""

    added: tuple[Invitation, ...]
    known: int
    problems: tuple[Problem, ...]


def give_key(*, job: Job) -> None:
    """Give a job that is open by link a key, unless it has one. The caller saves."""
    if job.visibility == Job.Visibility.LINK and not job.invite_key:
        job.invite_key = secrets.token_urlsafe(KEY_BYTES)


def link_of(*, job: Job) -> str:
    """The address that lets whoever opens it in; empty for a job that has none."""
    return f"{_page_of(job)}?key={job.invite_key}" if job.visibility == Job.Visibility.LINK else ""


def _page_of(job: Job) -> str:
    return settings.SITE_URL + reverse("work_job", args=[job.public_id])


@transaction.atomic
def set_visibility(*, job: Job, visibility: str, now: datetime) -> Job:
    """Say who may work on a job from now on. Who is enrolled stays in; a public job forgets withdrawn invitations.

    Raises Refused for a word that is none, Conflict once the job is closed.
    """
    visibility = parse_visibility(visibility)
    job = _locked(job)
    before = job.visibility
    if visibility == before:
        return job
    job.visibility = visibility
    give_key(job=job)
    job.save(update_fields=["visibility", "invite_key"])
    if visibility == Job.Visibility.PUBLIC:
        _lift(Enrolment.objects.filter(job=job))
    auditlog.record(
        actor=job.owner,
        action="job.visibility",
        subject=job,
        now=now,
        before={"visibility": before},
        after={"visibility": visibility},
    )
    return job


@transaction.atomic
def renew_link(*, job: Job, now: datetime) -> Job:
    """Give a job a new link: the old one opens nothing from now on. Who came by it stays in."""
    job = _locked(job)
    if job.visibility != Job.Visibility.LINK:
        raise Conflict("no_link", "This job is not open by link.")
    job.invite_key = secrets.token_urlsafe(KEY_BYTES)
    job.save(update_fields=["invite_key"])
    auditlog.record(actor=job.owner, action="job.link_renewed", subject=job, now=now)
    return job


def invitations_of(*, job: Job) -> QuerySet[Invitation]:
    """A job's invitations by address."""
    return Invitation.objects.filter(job=job).order_by("email")


@transaction.atomic
def invite(*, job: Job, addresses: Sequence[str], now: datetime) -> Invited:
    """Invite people by address; each new one is sent one letter, for a draft when it is published.

    A bad address never costs a good one. Raises Refused for too many, Conflict once the job is closed. Whether an
    address belongs to an account is not told.
    """
    job = _locked(job)
    good, problems = _sorted_out(addresses)
    known = set(invitations_of(job=job).filter(email__in=good).values_list("email", flat=True))
    fresh = [email for email in good if email not in known]
    _hold_to_the_day(job.owner, len(fresh), now)
    added = Invitation.objects.bulk_create(Invitation(job=job, email=email, created_at=now) for email in fresh)
    if added:
        _lift(Enrolment.objects.filter(job=job, worker__in=_people_of(fresh)))
        auditlog.record(actor=job.owner, action=INVITED, subject=job, now=now, after={"invited": len(added)})
        if job.state != Job.State.DRAFT:
            _put_out(added, now)
    return Invited(tuple(added), len(known), problems)


def announce(*, job: Job, now: datetime) -> None:
    """Have everybody on the list of a job that was just published told, in the caller's transaction."""
    _put_out(list(invitations_of(job=job)), now)


def _put_out(invitations: Collection[Invitation], now: datetime) -> None:
    Outbox.objects.bulk_create(
        Outbox(topic=INVITED, payload={"invitation": row.pk}, created_at=now) for row in invitations
    )


@transaction.atomic
def withdraw(*, job: Job, invitation_id: int, now: datetime) -> None:
    """Take an address off the list. Who had come in by it gets no more images, but may finish what they hold.

    Raises Invitation.DoesNotExist when the job has no such invitation.
    """
    invitation = Invitation.objects.get(job=job, pk=invitation_id)
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job.pk)
    # As enrolling does: whoever enrols just now has either done so, or sees that the invitation is gone.
    people = list(_people_of([invitation.email]).select_for_update(no_key=True))
    invitation.delete()
    if job.visibility != Job.Visibility.PUBLIC:
        gone = [person.pk for person in people if not is_invited(job=job, person=person)]
        known = Enrolment.objects.filter(job=job, worker__in=gone)
        # A block by the requester is remembered by its own row, a withdrawn invitation only here.
        known.filter(~Q(state=Enrolment.State.BLOCKED) | Q(reason=UNWANTED)).update(
            state=Enrolment.State.BLOCKED, reason=WITHDRAWN
        )
    auditlog.record(
        actor=job.owner, action="job.invitation_withdrawn", subject=job, now=now, before={"invitation": invitation_id}
    )


def is_invited(*, job: Job, person: User) -> bool:
    """Whether an address that the person has confirmed is on the job's list."""
    return Invitation.objects.filter(job=job, email__in=addresses_of(person=person)).exists()


def addresses_of(*, person: User) -> set[str]:
    """The addresses that are proven to be the person's, in lower case.

    Where nobody has to confirm an address, the account's own counts as it is.
    """
    confirmed = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    own = [] if _must_confirm() else [person.email]
    return {email.lower() for email in (*confirmed, *own)}


def _people_of(emails: Collection[str]) -> QuerySet[User]:
    """Whose these addresses are, all in lower case as accounts keep them: the other way round of `addresses_of`."""
    theirs = Q(pk__in=EmailAddress.objects.filter(email__in=emails, verified=True).values("user_id"))
    return User.objects.filter(theirs if _must_confirm() else theirs | Q(email__in=emails)).order_by("pk")


def _must_confirm() -> bool:
    return bool(settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory")


def _lift(enrolments: QuerySet[Enrolment]) -> None:
    """End blocks for a withdrawn invitation; who is blocked by the requester as well stays so."""
    withdrawn = enrolments.filter(state=Enrolment.State.BLOCKED, reason=WITHDRAWN)
    unwanted = Block.objects.filter(requester__jobs__in=enrolments.values("job")).values("worker")
    withdrawn.filter(worker__in=unwanted).update(reason=UNWANTED)
    readmit(blocked=withdrawn)


def _locked(job: Job) -> Job:
    locked = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner", "label_set")
    job = locked.get(pk=job.pk)
    if job.state in (Job.State.CLOSING, Job.State.CLOSED):
        raise Conflict("job_closed", "This job is closed; who may work on it no longer changes.")
    return job


def _sorted_out(addresses: Sequence[str]) -> tuple[list[str], tuple[Problem, ...]]:
    """The good addresses in lower case, each once, and what is wrong with the others."""
    if len(addresses) > MAX_AT_ONCE:
        message = f"At most {MAX_AT_ONCE} addresses at once; these are {len(addresses):,}."
        raise Refused.one("emails", "too_many", message)
    good: dict[str, None] = {}
    problems = []
    for number, typed in enumerate(addresses):
        email = typed.strip().lower()
        try:
            validate_email(email)
            good[email] = None
        except ValidationError:
            shown = typed.strip()[:80].replace("\x00", "")
            problems.append(Problem(f"emails[{number}]", "email", f"“{shown}” is not an e-mail address."))
    return list(good), tuple(problems)


def _hold_to_the_day(owner: User, more: int, now: datetime) -> None:
    """Refuse to send strangers more letters than a requester may in a day: the audit log counts them."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    since = AuditEntry.objects.filter(actor=owner, action=INVITED, created_at__gt=now - timedelta(days=1))
    sent = sum(entry.after["invited"] for entry in since)
    if sent + more > MAX_A_DAY:
        left = max(MAX_A_DAY - sent, 0)
        message = f"At most {MAX_A_DAY:,} invitations a day; today you can send {left:,} more."
        raise Refused.one("emails", "too_many", message)
