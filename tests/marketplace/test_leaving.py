"""Leaving: what has to happen first, what is given back, and what becomes of money."""

import pytest
from allauth.account.models import EmailAddress

from billing import ledger, payouts
from billing.models import Deposit, Event
from billing.wallets import earnings_of, wallet_of
from marketplace import leaving
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict
from marketplace.models import Assignment, AuditEntry, Job, Place
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN


def stands(world, person):
    """What is in the way, by what it is about."""
    return {one.about: one.words for one in leaving.parting_of(person=person, now=world.now).obstacles}


def leave(world, person, *, gives_up=False):
    return leaving.leave(person=person, gives_up=gives_up, now=world.now)


def test_who_has_done_nothing_may_leave_at_once(world):
    assert stands(world, world.sam) == {}
    assert leave(world, world.sam) == 0
    assert leave(world, world.sam) == 0, "again changes nothing"
    assert AuditEntry.objects.filter(action="person.left").count() == 1


def test_a_worker_leaves_after_verdicts_and_payouts_and_gives_back_what_they_hold(world):
    job = world.published(images=3, overlap=1, reward="2.00")
    world.answer(job, world.wei, CAN)
    claim(job=job, worker=world.wei, now=world.now)
    assert stands(world, world.wei) == {
        "answers": "1 answer of yours waits to be judged and may be paid, at the latest by 23 March 2026."
    }
    with pytest.raises(Conflict) as told:
        leave(world, world.wei, gives_up=True)
    assert told.value.extra["first"] == ["answers"]
    world.settled(job)
    assert stands(world, world.wei) == {"balance": "You have earned $2.00. Have it paid out."}
    payout = payouts.request(worker=world.wei, amount=None, idempotency_key="k", now=world.now)
    assert set(stands(world, world.wei)) == {"payouts"}
    type(payout).objects.filter(pk=payout.pk).update(state="sending")
    payouts.record_sent(payout_id=payout.pk, transfer="tr_1", now=world.now)
    assert set(stands(world, world.wei)) == {"payouts"}, "until it has arrived it may come back"
    type(payout).objects.filter(pk=payout.pk).update(state="paid")

    assert leaving.parting_of(person=world.wei, now=world.now).held == 1
    assert leave(world, world.wei) == 0
    assert not Assignment.objects.filter(worker=world.wei, state__in=Assignment.LIVE).exists()
    assert Place.objects.filter(job=job, state=Place.State.OPEN).count() == 2
    assert claim(job=job, worker=world.wanda, now=world.now)


def test_money_is_left_behind_only_by_saying_so(world):
    job = world.published(images=1, overlap=1, reward="0.015")
    world.answer(job, world.wei, CAN)
    world.settled(job)
    with pytest.raises(Conflict, match=r"You have earned \$0.015. Have it paid out."):
        leave(world, world.wei)
    assert leave(world, world.wei, gives_up=True) == 15_000
    assert ledger.balance(account_id=earnings_of(worker=world.wei).pk) == 0
    assert audit() == []


def test_less_than_a_cent_keeps_nobody(world):
    job = world.published(images=1, overlap=1, reward="0.009")
    world.answer(job, world.wei, CAN)
    world.settled(job)
    assert stands(world, world.wei) == {}
    assert leave(world, world.wei) == 9_000


def test_a_requester_closes_their_jobs_and_empties_the_wallet_first(world):
    job = world.published(images=1, overlap=1, funds="1.00")
    world.job(title="A draft")
    assert set(stands(world, world.rita)) == {"jobs", "wallet"}
    with pytest.raises(Conflict, match="1 job of yours must be closed first"):
        leave(world, world.rita, gives_up=True)
    close(job=job, now=world.now)
    finish_closing(job_id=job.pk, now=world.now)
    assert stands(world, world.rita) == {"wallet": "There is $1.00 in your wallet. Have it refunded."}
    assert leave(world, world.rita, gives_up=True) == 1_000_000
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 0
    assert [left.state for left in Job.objects.filter(owner=world.rita)] == ["closed"], "the draft is gone"
    assert audit() == []


def test_an_open_appeal_is_decided_first(world):
    refused = world.rejected()
    contest(world, refused)
    assert set(stands(world, refused.worker)) == {"appeals"}


def test_an_open_payment_page_and_a_role_of_admin_stand_in_the_way(world):
    Deposit.objects.create(owner=world.rita, amount=1_000_000, idempotency_key="d", created_at=world.now)
    assert set(stands(world, world.rita)) == {"deposits"}
    world.later(days=2)
    assert stands(world, world.rita) == {}
    assert set(stands(world, world.ada)) == {"admin"}


def test_the_provider_is_heard_out_before_its_words_are_removed(world):
    Event.objects.create(id="e", type="t", body=f'{{"email": "{world.wei.email}"}}', received_at=world.now)
    assert set(stands(world, world.wei)) == {"news"}


def test_the_audit_notices_who_left_and_can_still_come_in(world):
    leave(world, world.sam)
    assert audit() == []
    EmailAddress.objects.create(user=world.sam, email="sam@example.org")
    assert audit() == [f"who has left cannot come in and runs no job: user {world.sam.pk} has left"]
