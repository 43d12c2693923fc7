import pytest
from django.db import IntegrityError, transaction

from marketplace import rejecting
from marketplace.auditing import audit
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, AuditEntry, RejectionStop, Review
from marketplace.reviewing import Said, decide
from marketplace.stopping import close, stop_of, stops
from tests.marketplace.test_assigning import together
from tests.world import World

CAN = ("can", [10, 10, 30, 30])
ELSEWHERE = ("bag", [70, 50, 20, 20])
NO = Said("reject", reason="extra", note="There is no can.")


@pytest.fixture(autouse=True)
def _small_numbers(monkeypatch):
    """A fifth of five is as good as a fifth of twenty, and quicker made."""
    monkeypatch.setattr(rejecting, "FROM", 5)
    monkeypatch.setattr(rejecting, "A_DAY", 3)


def answers(world, count, **changes):
    job = world.published(images=count, overlap=1, policy={"judge": "requester"}, **changes)
    given = [world.answer(job, world.wei, CAN) for _ in range(count)]
    world.settled(job)
    return given


def say(world, assignment, said):
    return decide(assignment_id=assignment.pk, reviewer=world.rita, said=said, now=world.later(seconds=1))


def test_who_rejects_more_than_a_fifth_is_stopped_and_an_admin_is_asked(world):
    given = answers(world, 8)
    for each in given[:4]:
        say(world, each, Said("accept"))
    say(world, given[4], NO)
    assert stop_of(requester=world.rita) is None

    say(world, given[5], NO)

    stop = stops().get()
    assert (stop.requester, stop.judged, stop.rejected, stop.kind, stop.state) == (world.rita, 6, 2, "hand", "open")
    assert AuditEntry.objects.filter(action="rejections.stopped", actor=None).exists()
    with pytest.raises(Forbidden, match="You rejected 2 of the last 6") as refused:
        say(world, given[6], NO)
    assert refused.value.reason == "rejections_stopped"
    assert Review.objects.filter(said="").count() == 2
    say(world, given[6], Said("accept"))
    assert audit() == []


def test_a_day_has_its_own_limit_whatever_the_share(world, monkeypatch):
    monkeypatch.setattr(rejecting, "SHARE", 1.0)
    given = answers(world, 9)
    for each in given[:3]:
        say(world, each, NO)
    world.later(hours=24)
    for each in given[3:6]:
        say(world, each, NO)
    assert stop_of(requester=world.rita) is None
    say(world, given[6], NO)
    assert stop_of(requester=world.rita).today == 4
    with pytest.raises(Forbidden):
        say(world, given[7], NO)


def test_the_stop_is_of_the_person_in_all_their_jobs(world):
    given = answers(world, 5)
    for each in given:
        say(world, each, NO) if stop_of(requester=world.rita) is None else None
    (other,) = answers(world, 1)
    with pytest.raises(Forbidden):
        say(world, other, NO)


def stopped(world):
    given = answers(world, 6)
    for each in given[:4]:
        say(world, each, NO)
    return stop_of(requester=world.rita), given


def test_released_they_may_reject_again_and_the_count_begins_anew(world):
    stop, given = stopped(world)
    close(stop_id=stop.pk, admin=world.ada, state="released", note="All of them are empty.", now=world.later(hours=1))

    say(world, given[4], NO)
    assert stop_of(requester=world.rita) is None
    entry = AuditEntry.objects.get(action="rejections.released")
    assert (entry.actor, entry.after["note"]) == (world.ada, "All of them are empty.")
    assert audit() == []


def test_upheld_the_stop_stays_until_it_is_released_after_all(world):
    stop, given = stopped(world)
    close(stop_id=stop.pk, admin=world.ada, state="upheld", note="The cans are there.", now=world.later(hours=1))
    with pytest.raises(Forbidden, match="not in order"):
        say(world, given[4], NO)
    with pytest.raises(Conflict, match="upheld before"):
        close(stop_id=stop.pk, admin=world.ada, state="upheld", note="Again.", now=world.now)
    close(stop_id=stop.pk, admin=world.ada, state="released", note="They have learnt.", now=world.later(hours=1))
    say(world, given[4], NO)
    with pytest.raises(Conflict, match="released before"):
        close(stop_id=stop.pk, admin=world.ada, state="upheld", note="No.", now=world.now)
    assert audit() == []


@pytest.mark.parametrize(
    ("state", "note", "field"), [("open", "x", "state"), ("upheld", " ", "note"), ("upheld", "x" * 1025, "note")]
)
def test_an_admin_says_what_and_why(world, state, note, field):
    stop, _ = stopped(world)
    with pytest.raises(Refused) as refused:
        close(stop_id=stop.pk, admin=world.ada, state=state, note=note, now=world.now)
    assert refused.value.problems[0].field == field
    with pytest.raises(IntegrityError, match="closed_by_somebody"), transaction.atomic():
        RejectionStop.objects.update(state="released")


def test_sampled_answers_do_not_water_down_the_share(world):
    job = world.published(images=8, overlap=1, policy={"review_share": 1.0})
    paid = [world.answer(job, world.wei, CAN) for _ in range(8)]
    world.settled(job)
    for each in paid:
        say(world, each, Said("accept"))
    given = answers(world, 5)
    for each in given[:3]:
        say(world, each, Said("accept"))
    for each in given[3:]:
        say(world, each, NO)
    assert stop_of(requester=world.rita).judged == 5


def test_votes_that_reject_much_of_a_job_are_told_to_the_admin_once_and_stop_nobody(world):
    job = world.published(images=3)
    walt = world.worker("Walt")
    for worker, box in ((world.wei, CAN), (world.wanda, CAN), (walt, ELSEWHERE)):
        for _ in range(3):
            world.answer(job, worker, box)
    world.settled(job)

    stop = stops().get()
    assert (stop.kind, stop.job, stop.judged, stop.rejected) == ("votes", job, 9, 3)
    assert stop_of(requester=world.rita) is None
    assert Assignment.objects.filter(state="rejected").count() == 3


@pytest.mark.django_db(transaction=True)
def test_rejections_at_once_in_two_jobs_are_counted_exactly(monkeypatch):
    world = World()
    monkeypatch.setattr(rejecting, "SHARE", 1.0)
    given = [*answers(world, 4), *answers(world, 4)]

    def reject(n):
        try:
            decide(assignment_id=given[n].pk, reviewer=world.rita, said=NO, now=world.now)
        except Forbidden:
            return 0
        return 1

    assert sum(together(8, reject)) == 4
    assert RejectionStop.objects.count() == 1
    assert audit() == []


def test_the_real_numbers_are_a_fifth_of_twenty_and_fifty_a_day(world, monkeypatch):
    monkeypatch.setattr(rejecting, "FROM", 20)
    monkeypatch.setattr(rejecting, "A_DAY", 50)
    given = answers(world, 22)
    for each in given[:16]:
        say(world, each, Said("accept"))
    for each in given[16:20]:
        say(world, each, NO)
    assert stop_of(requester=world.rita) is None
    say(world, given[20], NO)
    assert (stop_of(requester=world.rita).judged, stop_of(requester=world.rita).rejected) == (21, 5)
    with pytest.raises(Forbidden):
        say(world, given[21], NO)
    assert audit() == []
