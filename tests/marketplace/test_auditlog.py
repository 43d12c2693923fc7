"""The audit log: it grows and never changes."""

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace import auditlog
from marketplace.models import AuditEntry


@pytest.fixture
def entry(world):
    return auditlog.record(
        actor=world.ada,
        action="user.suspended",
        subject=world.sam,
        before={"is_active": True},
        after={"is_active": False, "at": world.now},
        address="2001:db8::1",
        now=world.now,
    )


def test_an_entry_says_who_did_what_to_whom_when_and_from_where(world, entry):
    kept = AuditEntry.objects.get()
    assert (kept.actor, kept.action, kept.object_type, kept.object_id) == (
        world.ada,
        "user.suspended",
        "marketplace.user",
        str(world.sam.pk),
    )
    assert (kept.before, kept.address, kept.created_at) == ({"is_active": True}, "2001:db8::1", world.now)
    assert kept.after == {"is_active": False, "at": "2026-03-02T09:00:00Z"}


def test_the_platform_can_act_by_itself(world):
    assert auditlog.record(actor=None, action="job.closed", subject=world.sam, now=world.now).actor is None


@pytest.mark.parametrize("change", ["UPDATE {} SET action = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_or_remove_entries(entry, change):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE fails for another reason
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(change.format("marketplace_auditentry"))
    assert AuditEntry.objects.count() == 1


def test_an_action_has_a_name(world):
    with pytest.raises(DatabaseError, match="audit_action_is_named"):
        auditlog.record(actor=None, action="", subject=world.sam, now=world.now)


def test_what_was_noted_of_a_thing_is_found_again_and_nothing_else(world, entry):
    assert auditlog.is_noted(action="user.suspended", subject=world.sam)
    assert not auditlog.is_noted(action="user.suspended", subject=world.wei)
    assert not auditlog.is_noted(action="user.deleted", subject=world.sam)
