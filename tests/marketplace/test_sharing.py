"""Who shares a device or a payout account with whom, and what they may therefore not do."""

import pytest

from billing.models import PayoutAccount
from marketplace import enrolling, sharing
from marketplace.auditing import audit
from marketplace.errors import Forbidden
from marketplace.models import Assignment, AuditEntry, Device, Enrolment
from tests.marketplace.test_settling import CAN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_rule_holds(settings):
    settings.SHARING_PARTS = True


def uses(world, person, device="d1"):
    sharing.note_device(person=person, digest=device, now=world.now)


def paid_to(world, person, fingerprint):
    PayoutAccount.objects.create(
        worker=person, provider_account=f"acct_{person.pk}", bank_fingerprint=fingerprint, updated_at=world.now
    )


def enrol(world, job, worker):
    return enrolling.enrol(job=job, worker=worker, now=world.now)


def refused(world, job, worker):
    with pytest.raises(Forbidden) as no:
        enrol(world, job, worker)
    return no.value.reason


def test_who_shares_a_device_or_a_payout_account_with_the_requester_stays_out(world):
    job = world.published()
    uses(world, world.rita)
    uses(world, world.wei)
    assert refused(world, job, world.wei) == "shared_with_requester"
    paid_to(world, world.rita, "fp_1")
    paid_to(world, world.wanda, "fp_1")
    assert refused(world, job, world.wanda) == "shared_with_requester"
    other = world.published(owner=world.rosa)
    assert enrol(world, other, world.wei).state == "ready"
    assert audit() == []


def test_of_those_who_share_a_payout_account_the_first_to_take_part_works(world):
    job = world.published()
    for person in (world.wei, world.wanda):
        paid_to(world, person, "fp_1")
    enrol(world, job, world.wei)
    assert refused(world, job, world.wanda) == "shared_with_worker"
    assert "shares a device" in enrolling.obstacle(job=job, worker=world.wanda, now=world.now)


def test_no_fingerprint_is_shared_with_nobody(world):
    for person in (world.rita, world.wei):
        paid_to(world, person, "")
    assert enrol(world, world.published(), world.wei).state == "ready"


def test_what_is_newly_seen_to_be_shared_with_the_requester_ends_the_work(world):
    job = world.published()
    handed = world.answer(job, world.wei, CAN)
    uses(world, world.wei)
    uses(world, world.rita)
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.reason) == ("blocked", "shared")
    with pytest.raises(Forbidden, match="What you were paid stays yours"):
        enrol(world, job, world.wei)
    assert AuditEntry.objects.get(action="worker.parted").after["worker"] == world.wei.pseudonym
    handed.refresh_from_db()
    assert handed.state == Assignment.State.SUBMITTED, "what was given is judged and paid as any other"
    assert audit() == []


def test_newly_seen_to_share_the_later_one_leaves_and_what_was_reserved_goes_back(world):
    job = world.published(images=8)
    enrol(world, job, world.wei)
    world.later(minutes=1)
    world.answer(job, world.wanda, CAN)
    for person in (world.wanda, world.wei):
        uses(world, person)
    standing = dict(Enrolment.objects.values_list("worker__name", "state"))
    assert standing == {"Wei": "ready", "Wanda": "blocked"}
    assert not Assignment.objects.filter(worker=world.wanda, state="reserved").exists()
    assert sharing.part(person_id=world.wei.pk, now=world.now) == 0, "once"
    assert audit() == []


def test_a_third_account_of_the_same_person_is_refused_too(world):
    job = world.published()
    third = world.worker("Walt")
    for person in (world.wei, world.wanda, third):
        uses(world, person)
    enrol(world, job, world.wei)
    assert {refused(world, job, person) for person in (world.wanda, third)} == {"shared_with_worker"}


def test_a_device_is_noted_once_a_person(world):
    uses(world, world.wei)
    first = world.now
    world.later(days=1)
    uses(world, world.wei)
    device = Device.objects.get()
    assert (device.first_seen_at, device.seen_at) == (first, world.now)


def test_where_the_rule_is_off_nothing_is_shared(world, settings):
    settings.SHARING_PARTS = False
    for person in (world.rita, world.wei):
        uses(world, person)
    assert enrol(world, world.published(), world.wei).state == "ready"


def test_the_audit_names_who_works_for_somebody_at_the_same_browser(world, settings):
    enrol(world, world.published(), world.wei)
    for person in (world.rita, world.wei):
        Device.objects.create(digest="d1", person=person, first_seen_at=world.now, seen_at=world.now)
    [fault] = audit()
    assert "used one device" in fault
    settings.SHARING_PARTS = False
    assert audit() == []
