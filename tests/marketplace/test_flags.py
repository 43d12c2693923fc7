import pytest
from django.db import IntegrityError, transaction

from billing.models import Outbox
from marketplace import flags, measuring, notices
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.blocking import block
from marketplace.enrolling import enrol, obstacle
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.measuring import paces
from marketplace.models import Assignment, AuditEntry, Flag, Place
from marketplace.submitting import submit
from tests.marketplace.flagging import flagged

CAN, BAG = ("can", [10, 10, 30, 30]), ("bag", [70, 50, 20, 20])


@pytest.fixture
def job(world):
    job = world.published(images=3)
    world.answer(job, world.wei, CAN)
    return job


def confirm(world, flag, **changes):
    return flags.confirm(flag_id=flag.pk, by=world.ada, now=world.now, **changes)


def dismiss(world, flag, **changes):
    return flags.dismiss(flag_id=flag.pk, by=world.ada, now=world.now, **changes)


def test_who_is_confirmed_a_spammer_gets_no_more_images_and_is_told_why(world, job, mailoutbox):
    confirm(world, flagged(world, job, world.wei), note="  The same box\non every image. ")

    with pytest.raises(Forbidden):
        claim(job=job, worker=world.wei, now=world.now)
    with pytest.raises(Forbidden, match="spam"):
        enrol(job=job, worker=world.wei, now=world.now)
    assert "spam" in obstacle(job=job, worker=world.wei, now=world.now)
    notices.tell(now=world.now)
    mail = mailoutbox[-1]
    assert mail.to == [world.wei.email]
    assert "12 of 40 answers came faster" in mail.body
    assert "The same box on every image." in mail.body
    entry = AuditEntry.objects.get(action="flag.confirmed")
    assert (entry.actor, entry.after["worker"]) == (world.ada, world.wei.pseudonym)


def test_what_they_hold_they_may_finish_and_what_was_reserved_goes_back(world, monkeypatch):
    monkeypatch.setattr("marketplace.submitting.lookahead.plenty", lambda **_: True)
    job = world.published(images=5)
    held = claim(job=job, worker=world.wei, now=world.now)
    payload = {"schema": 1, "empty": True}
    submit(assignment_id=held.assignment_id, worker=world.wei, payload=payload, want_next=True, now=world.now)
    assert Assignment.objects.filter(state="reserved").exists()

    confirm(world, flagged(world, job, world.wei))

    assert not Assignment.objects.filter(state="reserved").exists()
    mine = claim(job=job, worker=world.wei, now=world.now)
    submit(assignment_id=mine.assignment_id, worker=world.wei, payload=payload, want_next=False, now=world.now)
    assert Place.objects.filter(state="taken").count() == 2, "those of the two answers"
    assert audit() == []


def test_a_dismissed_flag_changes_nothing_and_is_noted(world, job):
    dismiss(world, flagged(world, job, world.wei))

    assert claim(job=job, worker=world.wei, now=world.now)
    assert AuditEntry.objects.filter(action="flag.dismissed").exists()
    assert not Outbox.objects.filter(topic__startswith="flag").exists()


def test_a_mistake_is_taken_back_and_told(world, job, mailoutbox):
    flag = flagged(world, job, world.wei)
    confirm(world, flag)
    dismiss(world, flag, note="We were wrong.")

    assert enrol(job=job, worker=world.wei, now=world.now).state == "ready"
    notices.tell(now=world.now)
    shut, open_again = mailoutbox[-2:]
    assert "no more images" in shut.subject
    assert "may work" in open_again.subject
    assert "We were wrong." in open_again.body


def test_lifting_one_of_two_and_lifting_for_the_blocked_lets_nobody_in(world, job):
    first, second = flagged(world, job, world.wei), flagged(world, job, world.wei, kind="run")
    confirm(world, first)
    confirm(world, second)
    dismiss(world, first)
    with pytest.raises(Forbidden):
        enrol(job=job, worker=world.wei, now=world.now)

    world.answer(job, world.wanda, CAN)
    block(requester=world.rita, pseudonym=world.wanda.pseudonym, now=world.now)
    third = flagged(world, job, world.wanda)
    confirm(world, third)
    dismiss(world, third)
    with pytest.raises(Forbidden):
        enrol(job=job, worker=world.wanda, now=world.now)


def test_one_decision_a_flag(world, job):
    flag = flagged(world, job, world.wei)
    confirm(world, flag)
    with pytest.raises(Conflict, match="confirmed already"):
        confirm(world, flag)
    dismiss(world, flag)
    with pytest.raises(Conflict, match="dismissed already"):
        dismiss(world, flag)
    with pytest.raises(Flag.DoesNotExist):
        flags.confirm(flag_id=0, by=world.ada, now=world.now)


def test_a_note_that_is_too_long_changes_nothing(world, job):
    flag = flagged(world, job, world.wei)
    with pytest.raises(Refused):
        confirm(world, flag, note="x" * 501)
    flag.refresh_from_db()
    assert flag.state == Flag.State.OPEN


def test_answers_of_spammers_carry_no_weight(world):
    job = world.published(images=1, overlap=5)
    for worker in ("Ann", "Bob", "Cid"):
        spammer = world.worker(worker)
        world.answer(job, spammer, BAG)
        confirm(world, flagged(world, job, spammer))
    world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, CAN)

    world.settled(job)

    states = dict(Assignment.objects.values_list("worker__name", "state"))
    assert (states["Wei"], states["Wanda"]) == ("accepted", "accepted")
    assert states["Ann"] == "rejected"
    assert audit() == []


def test_who_is_suspected_does_not_speak_for_the_pace_of_a_job(world, monkeypatch):
    monkeypatch.setattr(measuring, "WORKERS", 1)
    job = world.published(images=12, overlap=2)
    for _ in range(12):
        world.answer(job, world.wanda, CAN, seconds=30)
        world.answer(job, world.wei, CAN, seconds=2)
    assert paces(jobs=[job])[job.pk].median_ms < 30_000
    flag = flagged(world, job, world.wei)
    assert paces(jobs=[job])[job.pk].median_ms == 30_000
    dismiss(world, flag)
    assert paces(jobs=[job])[job.pk].median_ms < 30_000


def test_the_database_wants_a_person_behind_each_decision_and_one_open_flag_a_kind(world, job):
    flag = flagged(world, job, world.wei)
    with pytest.raises(IntegrityError), transaction.atomic():
        Flag.objects.filter(pk=flag.pk).update(state="confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        flagged(world, job, world.wei)
    with pytest.raises(IntegrityError), transaction.atomic():
        flagged(world, job, world.wei, kind="rumour")


def test_flags_are_listed_by_state(world, job):
    flag = flagged(world, job, world.wei)
    assert list(flags.flags(state="open")) == [flag]
    assert flags.counts() == {"open": 1, "confirmed": 0, "dismissed": 0}
    assert flags.confirmed_against(worker=world.wei) == []
    confirm(world, flag)
    assert flags.confirmed_against(worker=world.wei) == [flag]
