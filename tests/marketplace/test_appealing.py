"""A worker contests a rejection: the window, the money that stays held, waiving, and the deadline."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from billing import ledger
from billing.models import Outbox
from billing.wallets import earnings_of
from marketplace import appealing, auditlog, overturning
from marketplace.appealing import appeal, uphold_overdue, waive
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict, Refused
from marketplace.models import Appeal, Assignment, Place
from marketplace.settling import finalise_rejections
from tests.marketplace.test_assigning import together
from tests.world import World

WHY = "The can is a bag: look at the handle."


def committed(job):
    job.refresh_from_db()
    return ledger.balance(account_id=job.escrow_committed_id)


def free(job):
    job.refresh_from_db()
    return ledger.balance(account_id=job.escrow_free_id)


@pytest.fixture
def refused(world):
    return world.rejected()


def contest(world, refused, reason=WHY):
    return appeal(assignment_id=refused.pk, worker=refused.worker, reason=reason, now=world.now)


def let_go(world, refused):
    return waive(assignment_id=refused.pk, worker=refused.worker, now=world.now)


def test_an_appeal_keeps_the_rejection_open_and_its_money_held(world, refused):
    found = contest(world, refused)

    refused.refresh_from_db()
    assert (found.state, found.reason, found.worker, found.addressee) == ("open", WHY, world.wei, "requester")
    assert (found.opened_at, found.decide_by) == (world.now, world.now + timedelta(days=7))
    assert (refused.state, refused.final_at, refused.place.held) == ("rejected", None, 60_000)
    assert finalise_rejections(job_id=refused.job_id, now=world.later(days=6)) == 0
    assert committed(refused.job) == 60_000
    assert audit() == []


@pytest.mark.parametrize(("seconds", "refusal"), [(-1, None), (0, "rejection_final"), (1, "rejection_final")])
def test_the_window_is_counted_from_when_the_verdict_was_told(world, seconds, refusal):
    refused = world.rejected(appeal_days=3)
    world.now = refused.settled_at + timedelta(days=3, seconds=seconds)
    if refusal is None:
        assert contest(world, refused).state == "open"
        return
    with pytest.raises(Conflict) as told:
        contest(world, refused)
    assert told.value.reason == refusal
    with pytest.raises(Conflict):
        let_go(world, refused)


@pytest.mark.parametrize(
    ("reason", "rule"), [("", "required"), (" \n ", "required"), ("x" * 1025, "too_long"), ("a\x00b", "no_nul")]
)
def test_a_reason_says_something_and_not_too_much(world, refused, reason, rule):
    with pytest.raises(Refused) as said:
        contest(world, refused, reason)
    assert [(problem.field, problem.rule) for problem in said.value.problems] == [("reason", rule)]
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("reason", ["x", "x" * 1024, "a\r\nb"])
def test_one_to_1024_characters_will_do(world, refused, reason):
    assert contest(world, refused, reason).reason == reason.replace("\r\n", "\n")


def test_the_same_appeal_again_is_one_and_another_is_refused(world, refused):
    first = contest(world, refused)
    assert contest(world, refused) == first
    with pytest.raises(Conflict) as told:
        contest(world, refused, "Something else.")
    assert told.value.reason == "already_appealed"
    assert Appeal.objects.count() == 1


def test_only_ones_own_rejection_can_be_contested(world, refused):
    with pytest.raises(Assignment.DoesNotExist):
        appeal(assignment_id=refused.pk, worker=world.wanda, reason=WHY, now=world.now)
    accepted = Assignment.objects.filter(job=refused.job, state="accepted").first()
    for call in (lambda: contest(world, accepted), lambda: let_go(world, accepted)):
        with pytest.raises(Conflict) as told:
            call()
        assert told.value.reason == "not_rejected"


@pytest.mark.parametrize("after_appealing", [False, True])
def test_a_worker_may_leave_it_at_that_and_the_money_is_free_at_once(world, refused, after_appealing):
    if after_appealing:
        contest(world, refused)
    before = free(refused.job)

    found = let_go(world, refused)

    assert (found.state, found.decided_at, let_go(world, refused)) == ("waived", world.now, found)
    assert (committed(refused.job), free(refused.job)) == (0, before + 60_000)
    refused.refresh_from_db()
    assert (refused.state, refused.final_at, refused.place.held) == ("rejected", None, 0)
    with pytest.raises(Conflict) as told:
        contest(world, refused)
    assert told.value.reason == "already_appealed"
    assert finalise_rejections(job_id=refused.job_id, now=world.later(days=8)) == 0
    assert audit() == []


def test_an_appeal_nobody_decides_is_upheld_and_paid_by_its_deadline(world, refused, settings):
    settings.APPEAL_ANSWER_DAYS = 2
    found = contest(world, refused)
    assert uphold_overdue(now=found.decide_by - timedelta(seconds=1)) == 0
    assert [uphold_overdue(now=world.later(days=2)), uphold_overdue(now=world.now)] == [1, 0]

    found.refresh_from_db()
    refused.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at) == ("upheld", None, world.now)
    assert (refused.state, refused.earned) == ("overturned", 50_000)
    assert "Nobody decided your appeal in time" in refused.verdict.explanation
    assert ledger.balance(account_id=earnings_of(worker=world.wei).pk) == 50_000
    assert audit() == []


def test_one_appeal_that_cannot_be_upheld_is_logged_and_holds_up_no_other(world, refused, monkeypatch, caplog):
    other = world.rejected()
    bad, good = contest(world, refused), contest(world, other)
    uphold = overturning.uphold

    def broken(*, appeal_id, **rest):
        if appeal_id == bad.pk:
            raise ValueError("no")
        return uphold(appeal_id=appeal_id, **rest)

    monkeypatch.setattr("marketplace.overturning.uphold", broken)
    assert uphold_overdue(now=world.later(days=7)) == 1
    assert dict(Appeal.objects.values_list("pk", "state")) == {bad.pk: "open", good.pk: "upheld"}
    assert str(bad.pk) in caplog.text


def test_a_closing_job_waits_for_its_appeals(world, refused):
    contest(world, refused)
    close(job=refused.job, now=world.now)
    assert not finish_closing(job_id=refused.job_id, now=world.later(days=6))
    uphold_overdue(now=world.later(days=1))
    assert finish_closing(job_id=refused.job_id, now=world.now)
    assert audit() == []


@pytest.mark.parametrize("action", [appealing.ANSWER_REJECTED, appealing.TASK_ADJUDICATED])
def test_who_rejected_is_known_and_then_an_admin_decides(world, refused, action):
    subject = refused if action == appealing.ANSWER_REJECTED else refused.task
    auditlog.record(actor=world.rita, action=action, subject=subject, now=world.now)
    found = contest(world, refused)
    assert (found.rejected_by, found.addressee) == (world.rita, "admin")
    with pytest.raises(IntegrityError, match="not_decided_by_who_rejected"), transaction.atomic():
        Appeal.objects.update(state="lost", decided_by=world.rita, decided_at=world.now, answer="No.")


def test_a_job_may_have_its_appeals_decided_by_admins(world):
    assert contest(world, world.rejected(policy={"adjudicator": "admin"})).addressee == "admin"


def test_the_owner_gets_one_letter_until_the_queue_is_empty(world):
    first, second = world.rejected(), world.rejected(policy={"adjudicator": "admin"})
    contest(world, first)
    assert Outbox.objects.filter(topic=appealing.OPENED).count() == 1
    contest(world, second)
    assert Outbox.objects.filter(topic=appealing.OPENED).count() == 1, "admins have the queue, and get no letters"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"reason": ""}, "reason_given"),
        ({"state": "lost", "decided_at": "now"}, "lost_to_a_person"),
        ({"state": "upheld"}, "decided_once_closed"),
        ({"decided_at": "now"}, "decided_once_closed"),
        ({"state": "upheld", "decided_at": "now", "decided_by": "wei"}, "not_decided_by_its_worker"),
        ({"adopted": True}, "adopted_only_if_upheld"),
        ({"state": "pending", "decided_at": "now"}, "state_known"),
        ({"addressee": "crowd"}, "addressee_known"),
        ({"decide_by": "now"}, "has_time"),
    ],
)
def test_the_database_refuses_an_appeal_that_cannot_be(world, refused, change, rule):
    contest(world, refused)
    values = {name: {"now": world.now, "wei": world.wei}.get(value, value) for name, value in change.items()}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Appeal.objects.update(**values)


@pytest.mark.django_db(transaction=True)
def test_appealing_waiving_and_becoming_final_at_once_end_in_one_of_them():
    world = World()
    refused = world.rejected()
    at = refused.final_at - timedelta(seconds=1)

    def one(number):
        try:
            if number == 0:
                appeal(assignment_id=refused.pk, worker=world.wei, reason=WHY, now=at)
            elif number == 1:
                waive(assignment_id=refused.pk, worker=world.wei, now=at)
            else:
                finalise_rejections(job_id=refused.job_id, now=refused.final_at)
        except Conflict:
            pass

    together(3, one)
    assert audit() == []
    assert Place.objects.filter(held__gt=0).count() == Appeal.objects.filter(state="open").count()
