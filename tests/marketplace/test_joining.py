"""Joining the market: a name, and roles that are only ever added."""

import pytest

from marketplace import joining
from marketplace.errors import Refused
from marketplace.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_somebody_without_a_role_becomes_what_they_ask_for(world):
    sam = joining.join(person=world.sam, name="Sam", requester=False, worker=True, now=world.now)
    assert (sam.is_requester, sam.is_worker, sam.is_staff) == (False, True, False)


def test_a_role_once_taken_stays(world):
    rita = joining.join(person=world.rita, name="Rita", requester=False, worker=True, now=world.now)
    assert (rita.is_requester, rita.is_worker) == (True, True)


def test_a_name_loses_the_spaces_around_and_doubled_within(world):
    sam = joining.join(person=world.sam, name="  Sam \n Smith ", requester=False, worker=False, now=world.now)
    assert sam.name == "Sam Smith"


def test_a_new_role_is_noted_in_the_audit_log_with_what_was_before(world):
    joining.join(person=world.sam, name="", requester=True, worker=False, now=world.now)
    entry = AuditEntry.objects.get(action="role.taken")
    assert (entry.actor, entry.object_id, entry.created_at) == (world.sam, str(world.sam.pk), world.now)
    assert (entry.before["is_requester"], entry.after["is_requester"]) == (False, True)


def test_a_new_name_alone_is_no_matter_for_the_audit_log(world):
    joining.join(person=world.rita, name="Rita R.", requester=True, worker=False, now=world.now)
    assert not AuditEntry.objects.exists()


def test_where_one_lives_and_what_one_speaks_are_kept_as_codes_and_left_alone_when_not_said(world):
    asked = {"name": "Sam", "requester": False, "worker": True, "now": world.now}
    joining.join(person=world.sam, country="DE", languages=["fr", "de", "de"], **asked)
    sam = joining.join(person=world.sam, **asked)
    assert (sam.country, sam.languages) == ("DE", ["de", "fr"])
    gone = joining.join(person=world.sam, country="", languages=[], **asked)
    assert (gone.country, gone.languages) == ("", [])


def test_a_code_that_is_none_is_refused_and_nothing_changes(world):
    with pytest.raises(Refused) as refused:
        joining.join(
            person=world.sam, name="X", requester=False, worker=True, now=world.now, country="XX", languages=["xx"]
        )
    assert [problem.field for problem in refused.value.problems] == ["country", "languages"]
    world.sam.refresh_from_db()
    assert (world.sam.name, world.sam.is_worker) == ("Sam", False)
