"""What is personal goes from every table; what others rest on stays."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import authenticate
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction

from annotation.models import Annotation
from billing.models import Event, PayoutAccount, Transfer
from marketplace import auditlog, erasing, inviting, leaving, tokens
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.leases import skip
from marketplace.models import AuditEntry, IdempotencyRecord, User
from marketplace.workdrafts import save_draft
from qa.models import Consensus, Verdict
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN

EMAIL, OTHER, NAME, ADDRESS = "quintilia@example.org", "q.other@example.net", "Quintilia Vanderkemp", "203.0.113.77"


@pytest.fixture
def quin(world):
    """A worker and requester of whom something is kept wherever Tally can keep it."""
    quin = User.objects.create_user(
        email=EMAIL, name=NAME, password="correct-horse-9", country="NL", is_worker=True, is_requester=True
    )
    job = world.published(images=3, overlap=1)
    world.answer(job, quin, CAN)
    world.settled(job)
    passed_on = claim(job=job, worker=quin, now=world.now)
    skip(assignment_id=passed_on.assignment_id, worker=quin, reason=f"That is {NAME}.", now=world.now)
    handout = claim(job=job, worker=quin, now=world.now)
    save_draft(assignment_id=handout.assignment_id, worker=quin, body={"shapes": []}, revision=0, now=world.now)
    world.later(minutes=5)
    EmailAddress.objects.create(user=quin, email=EMAIL, verified=True, primary=True)
    EmailAddress.objects.create(user=quin, email=OTHER, verified=False)
    Authenticator.objects.create(user=quin, type="totp", data={"secret": "s"})
    tokens.issue(user=quin, name=f"{NAME}'s laptop", now=world.now)
    IdempotencyRecord.objects.create(
        user=quin, key="k", fingerprint="f" * 64, status=200, body=json.dumps({"email": EMAIL}), created_at=world.now
    )
    inviting.invite(job=job, addresses=[OTHER], now=world.now)
    auditlog.record(actor=quin, action="role.taken", subject=quin, now=world.now, address=ADDRESS)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=world.ada, content_type=kind, object_id=quin.pk, object_repr=NAME, action_flag=CHANGE)
    PayoutAccount.objects.create(worker=quin, provider_account="acct_quin", updated_at=world.now)
    world.fund(quin, "1.00")
    body = json.dumps({"data": {"customer_email": EMAIL.upper(), "payment": "pi_quin"}})
    Event.objects.create(id="evt_1", type="checkout", body=body, state="done", received_at=world.now)
    return quin


@pytest.fixture
def browser(world, quin):
    browser = world.browser(quin)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "email": EMAIL}]
    session.save()
    return browser


def kept():
    """What others rest on."""
    rows = [list(model.objects.order_by("pk").values()) for model in (Annotation, Consensus, Verdict)]
    return json.dumps(rows, default=str), Transfer.objects.count()


def test_no_table_holds_the_address_the_name_or_where_they_came_from(world, quin, browser):
    assert {place.split(":")[0] for place in erasing.traces(words=[EMAIL, NAME, ADDRESS])} >= {
        "marketplace_user", "account_emailaddress", "marketplace_apitoken", "marketplace_idempotencyrecord",
        "marketplace_auditentry", "django_admin_log", "billing_event", "django_session",
    }  # fmt: skip
    before = kept()

    leaving.leave(person=quin, gives_up=True, now=world.now)

    assert erasing.traces(words=[EMAIL, OTHER, NAME, ADDRESS, "acct_quin"]) == []
    assert kept()[0] == before[0]
    assert kept()[1] == before[1] + 2, "wallet and earnings were given up; nothing else moved or was lost"
    assert audit() == []


def test_the_account_is_a_pseudonym_that_nobody_enters(world, quin, browser):
    key = tokens.issue(user=quin, now=world.now)
    pseudonym = quin.pseudonym
    leaving.leave(person=quin, gives_up=True, now=world.now)

    gone = User.objects.get(pk=quin.pk)
    assert (gone.pseudonym, gone.name, gone.country, gone.left_at) == (pseudonym, "", "", world.now)
    assert not any((gone.is_active, gone.is_worker, gone.is_requester, gone.has_usable_password()))
    assert authenticate(email=EMAIL, password="correct-horse-9") is None
    assert authenticate(email=gone.email, password="correct-horse-9") is None
    assert tokens.holder_of(key=key, now=world.now) is None
    assert browser.get("/work/earnings/").status_code == 302


def test_the_same_address_may_come_again_as_somebody_new(world, quin):
    leaving.leave(person=quin, gives_up=True, now=world.now)
    assert User.objects.create_user(email=EMAIL).pk != quin.pk


def test_the_log_forgets_where_those_came_from_who_left_and_nothing_else(world, quin):
    auditlog.record(actor=world.ada, action="user.suspended", subject=quin, now=world.now, address="203.0.113.78")
    refused = [
        "UPDATE marketplace_auditentry SET address = NULL",
        "UPDATE marketplace_auditentry SET after = '{}'",
        "UPDATE marketplace_auditentry SET action = 'x'",
    ]
    leaving.leave(person=quin, gives_up=True, now=world.now)
    assert AuditEntry.objects.get(action="user.suspended").address == "203.0.113.78"
    assert AuditEntry.objects.get(action="role.taken").address is None
    for statement in refused:
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)


def test_the_database_keeps_who_left_out(world, quin):
    leaving.leave(person=quin, gives_up=True, now=world.now)
    for change in ({"is_active": True}, {"name": NAME}, {"email": EMAIL}):
        with pytest.raises(DatabaseError, match="user_who_left_is_nobody"), transaction.atomic():
            User.objects.filter(pk=quin.pk).update(**change)


def test_an_address_in_an_appeal_goes_however_it_was_written(world):
    found = contest(world, world.rejected(), reason="Write to WEI@Example.org or wei@example.org, not weixexample.org.")
    erasing.erase(person=found.worker, now=world.now)
    found.refresh_from_db()
    assert found.reason == "Write to … or …, not weixexample.org."


def test_what_names_others_stays(world, quin):
    EmailAddress.objects.create(user=world.wei, email="wei@example.org", verified=True)
    tokens.issue(user=world.wei, name="Wei's laptop", now=world.now)
    leaving.leave(person=quin, gives_up=True, now=world.now)
    assert len(erasing.traces(words=["wei@example.org", "Wei's laptop"])) == 4
