"""An admin's word that two who share something are two: both are back at once, and a third sharer is not."""

import pytest
from django.db import IntegrityError, transaction

from marketplace import enrolling, sharing, telling_apart
from marketplace.auditing import audit
from marketplace.blocking import block
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import AuditEntry, Enrolment, KnownApart
from tests.marketplace.test_settling import CAN
from tests.marketplace.test_sharing import _the_rule_holds as _the_rule_holds
from tests.marketplace.test_sharing import enrol, paid_to, refused, uses

pytestmark = pytest.mark.django_db


def apart(world, one, other, *, by=None, reason="Brothers; I saw both their papers."):
    said = {"one": one.email, "other": other.pseudonym, "reason": reason, "by": by or world.ada}
    return telling_apart.tell_apart(**said, now=world.now)


def standing():
    return dict(Enrolment.objects.values_list("worker__name", "state"))


def test_two_told_apart_are_back_at_once_and_not_shut_out_again_but_a_third_sharer_is(world):
    job, walt = world.published(images=8), world.worker("Walt")
    for person in (world.wei, world.wanda, walt):
        enrol(world, job, person)
        world.later(minutes=1)
    for person in (world.wei, world.wanda, walt):
        uses(world, person)
    assert standing() == {"Wei": "ready", "Wanda": "blocked", "Walt": "blocked"}
    assert audit() == []
    pair, back = apart(world, world.wanda, world.wei)
    assert ((pair.first, pair.second), back) == ((world.wei, world.wanda), 1)
    assert standing() == {"Wei": "ready", "Wanda": "ready", "Walt": "blocked"}
    assert world.answer(job, world.wanda, CAN).state == "submitted"
    for person in (world.wei, world.wanda):
        uses(world, person, "another browser")
        assert sharing.part(person_id=person.pk, now=world.now) == 0
    assert sharing.part(person_id=walt.pk, now=world.now) == 0
    assert standing() == {"Wei": "ready", "Wanda": "ready", "Walt": "blocked"}
    apart(world, world.wei, walt)
    assert standing()["Walt"] == "blocked", "Wanda came before him as well"
    assert apart(world, world.wanda, walt)[1] == 1
    entry = AuditEntry.objects.filter(action="people.known_apart").first()
    assert entry.after["people"] == [world.wei.pseudonym, world.wanda.pseudonym]
    assert (entry.actor, entry.after["readmitted"], audit()) == (world.ada, 1, [])


def test_who_newly_shares_with_one_of_them_does_not_part_the_two(world):
    job, walt = world.published(images=8), world.worker("Walt")
    for person in (world.wei, world.wanda, walt):
        enrol(world, job, person)
        world.later(minutes=1)
    for person in (world.wei, world.wanda):
        uses(world, person)
    apart(world, world.wei, world.wanda)
    uses(world, walt)
    assert standing() == {"Wei": "ready", "Wanda": "ready", "Walt": "blocked"}


def test_a_worker_told_apart_from_the_requester_works_for_them(world):
    job = world.published()
    enrol(world, job, world.wei)
    for person in (world.rita, world.wei, world.wanda):
        paid_to(world, person, "fp_1")
        uses(world, person)
    assert (standing(), refused(world, job, world.wanda)) == ({"Wei": "blocked"}, "shared_with_requester")
    assert apart(world, world.rita, world.wei)[1] == 1
    assert refused(world, job, world.wanda) == "shared_with_requester"
    assert enrolling.obstacle(job=job, worker=world.wei, now=world.now) == ""
    assert audit() == []
    KnownApart.objects.all().delete()
    assert "used one device" in audit()[0]


def test_what_was_decided_meanwhile_still_keeps_them_out(world):
    job = world.published()
    for person in (world.wei, world.wanda):
        enrol(world, job, person)
        world.later(minutes=1)
    for person in (world.wei, world.wanda):
        uses(world, person)
    block(requester=world.rita, pseudonym=world.wanda.pseudonym, now=world.now)
    assert apart(world, world.wei, world.wanda)[1] == 0
    assert Enrolment.objects.get(worker=world.wanda).reason == "requester"


def test_the_word_can_be_withdrawn_and_the_later_one_leaves_again(world):
    job = world.published()
    for person in (world.wei, world.wanda):
        uses(world, person)
    pair, _ = apart(world, world.wei, world.wanda)
    for person in (world.wei, world.wanda):
        enrol(world, job, person)
        world.later(minutes=1)
    with pytest.raises(Forbidden):
        telling_apart.withdraw(pair_id=pair.pk, by=world.rita, now=world.now)
    assert telling_apart.withdraw(pair_id=pair.pk, by=world.ada, now=world.now) == 1
    assert standing() == {"Wei": "ready", "Wanda": "blocked"}
    with pytest.raises(KnownApart.DoesNotExist):
        telling_apart.withdraw(pair_id=pair.pk, by=world.ada, now=world.now)
    assert AuditEntry.objects.get(action="people.known_apart_withdrawn").before["reason"].startswith("Brothers")


def test_it_wants_two_people_a_reason_and_an_admin_who_is_neither(world, settings):
    for one, other, reason, field in (
        (world.wei, world.wei, "x", "other"), (world.wei, world.wanda, "  ", "reason"),
        (world.wei, world.wanda, "x" * 501, "reason"),
    ):  # fmt: skip
        with pytest.raises(Refused) as no:
            apart(world, one, other, reason=reason)
        assert no.value.problems[0].field == field
    with pytest.raises(Refused) as no:
        telling_apart.tell_apart(one="nobody", other="x", reason="x", by=world.ada, now=world.now)
    assert no.value.problems[0].field == "one"
    for by, other in ((world.rita, world.wanda), (world.ada, world.ada)):
        with pytest.raises(Forbidden):
            apart(world, world.wei, other, by=by)
    apart(world, world.wei, world.wanda)
    with pytest.raises(Conflict, match="before"):
        apart(world, world.wanda, world.wei)
    settings.MFA_REQUIRED = True
    with pytest.raises(Forbidden):
        apart(world, world.wei, world.sam)
    for broken in ({"second": world.wei, "first": world.sam}, {"reason": ""}, {"decided_by": world.wanda}):
        with pytest.raises(IntegrityError), transaction.atomic():
            KnownApart.objects.update(**broken)
    assert audit() == []


def test_pairs_are_listed_with_what_they_share_and_what_it_cost(world, settings):
    job = world.published()
    for person in (world.wei, world.wanda):
        enrol(world, job, person)
        world.later(minutes=1)
        uses(world, person)
        paid_to(world, person, "fp_1")
    paid_to(world, world.sam, "fp_1")
    found = {(pair.first.name, pair.second.name): pair for pair in telling_apart.pairs()}
    assert sorted(found) == [("Wanda", "Sam"), ("Wei", "Sam"), ("Wei", "Wanda")]
    both = found["Wei", "Wanda"]
    assert (both.device, both.account, both.shut_out, found["Wei", "Sam"].device) == (True, True, 1, False)
    apart(world, world.wei, world.wanda)
    assert [pair.second.name for pair in telling_apart.pairs(whose=world.wei.pseudonym)] == ["Sam"]
    assert telling_apart.pairs(whose="nobody") == []
    assert [row.second for row in telling_apart.known_apart(whose=world.wanda.email)] == [world.wanda]
    assert not telling_apart.known_apart(whose="nobody").exists()
    settings.SHARING_PARTS = False
    assert telling_apart.pairs() == []
