"""Pay taken back for fraud: the answer is reversed, the money is back where it came from, and all of it adds up."""

import pytest

from billing import debts, payouts
from billing.ledger import AccountKind
from billing.models import Account, Clawback
from billing.wallets import earnings_of, wallet_of
from marketplace import auditing, bonuses, history, notices, spending, topping_up
from marketplace.appealing import appeal as contest
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, AuditEntry
from marketplace.overturning import uphold
from marketplace.reversing import reverse

BOX = ("can", [10, 10, 40, 30])


@pytest.fixture
def paid(world):
    """Wei's answer, paid 2.00 by a job that stays open."""
    job = world.published(images=2, overlap=1, reward="2.00")
    given = world.answer(job, world.wei, BOX)
    world.settled(job)
    given.refresh_from_db()
    assert given.state == Assignment.State.ACCEPTED
    return given


def take_back(world, answer, by=None, reason="Copied from another worker."):
    return reverse(assignment_id=answer.pk, by=by or world.ada, reason=reason, now=world.now, address="192.0.2.9")


def free(job):
    return Account.objects.get(pk=job.escrow_free_id).balance


def test_reward_and_fee_are_the_jobs_again(world, paid):
    before = free(paid.job)
    taken = take_back(world, paid)
    paid.refresh_from_db()
    assert (paid.state, paid.earned, taken.owed) == (Assignment.State.REVERSED, 0, 0)
    assert (free(paid.job) - before, earnings_of(worker=world.wei).balance) == (2_400_000, 0)
    entry = AuditEntry.objects.get(action="assignment.reversed")
    assert (entry.actor, entry.address, entry.after["reward"], entry.after["fee"]) == (
        world.ada, "192.0.2.9", 2_000_000, 400_000,
    )  # fmt: skip
    assert auditing.audit() == []


def test_what_was_paid_out_already_is_owed_and_half_of_later_earnings_pays_it(world, paid):
    payouts.request(worker=world.wei, amount=None, idempotency_key="p", now=world.now)
    assert take_back(world, paid).owed == 2_000_000
    assert debts.owed(kind=AccountKind.WORKER_BALANCE, owner_id=world.wei.pk) == 2_000_000
    world.answer(paid.job, world.wei, BOX)
    world.settled(paid.job)
    debts.sweep(now=world.now)
    assert earnings_of(worker=world.wei).balance == 1_000_000
    assert auditing.audit() == []


def test_of_a_closed_job_the_owner_has_it_back(world, paid):
    close(job=paid.job, now=world.now)
    assert finish_closing(job_id=paid.job_id, now=world.now)
    before = wallet_of(owner=world.rita).balance
    take_back(world, paid)
    assert wallet_of(owner=world.rita).balance - before == 2_400_000
    assert auditing.audit() == []


def test_what_was_paid_on_appeal_can_be_taken_back_too(world):
    given = world.rejected()
    appeal = contest(assignment_id=given.pk, worker=world.wei, reason="Look again, please.", now=world.now)
    uphold(appeal_id=appeal.pk, decider=world.ada, answer="Right.", adopt=False, now=world.now)
    taken = take_back(world, given)
    assert (taken.reward, taken.fee) == (50_000, 10_000)
    assert auditing.audit() == []


def test_a_top_up_goes_back_with_the_pay_and_a_bonus_stays(world, paid, monkeypatch):
    for module in ("fair_pay", "measuring"):
        monkeypatch.setattr(f"marketplace.{module}.WORKERS", 1)
    job = world.published(images=2, overlap=1, fair_pay_reserve_percent=100)
    given = world.answer(job, world.wanda, BOX, seconds=45)
    world.settled(job)
    job.refresh_from_db()
    assert topping_up.look(job_id=job.pk, now=world.now) == 1
    bonuses.give(
        assignment_id=given.pk,
        requester=world.rita,
        amount=70_000,
        reason="Thanks.",
        idempotency_key="b",
        now=world.now,
    )
    before = free(job)
    taken = take_back(world, given)
    assert (taken.reward, taken.fee, taken.owed) == (100_000, 20_000, 0)
    assert (free(job) - before, earnings_of(worker=world.wanda).balance) == (120_000, 70_000)
    [brought] = history.earnings(worker=world.wanda).by_job
    assert (brought.earned, brought.top_ups, brought.bonuses, brought.total) == (0, 0, 70_000, 70_000)
    assert spending.beside(job=job)["top_ups"] == 0
    page = world.browser(world.wanda).get(f"/work/history/{given.pk}/").text
    assert "$0.07" in page
    assert "Top-up to fair pay" not in page
    assert "The image" not in page.partition("What it paid")[2]
    assert auditing.audit() == []


def test_what_was_paid_out_already_is_owed_and_told(world, paid):
    payouts.request(worker=world.wei, amount=None, idempotency_key="p", now=world.now)
    take_back(world, paid)
    assert "You owe $2.00." in world.browser(world.wei).get("/work/earnings/").text
    assert world.api(world.wei).get("/api/v1/earnings/").json()["owed"] == "2.00"


def test_it_is_done_once(world, paid):
    take_back(world, paid)
    with pytest.raises(Conflict, match="reversed; there is no pay"):
        take_back(world, paid)
    assert Clawback.objects.count() == 1


def test_only_an_admin_without_a_part_in_it_and_with_a_reason_may(world, paid):
    for person in (world.rita, world.wei, world.sam):
        with pytest.raises(Forbidden):
            take_back(world, paid, by=person)
    world.rita.is_staff = True
    with pytest.raises(Forbidden, match="no part in this job"):
        take_back(world, paid, by=world.rita)
    for reason in (" ", "x" * 501):
        with pytest.raises(Refused, match="Say why"):
            take_back(world, paid, reason=reason)
    paid.refresh_from_db()
    assert paid.state == Assignment.State.ACCEPTED


def test_the_worker_is_told_why(world, paid, mailoutbox):
    take_back(world, paid)
    notices.tell(now=world.now)
    letter = next(mail for mail in mailoutbox if mail.to == [world.wei.email])
    assert "Pay of $2.00 was taken back" in letter.subject
    assert "Copied from another worker." in letter.body


def test_a_reversed_answer_that_was_not_taken_back_is_a_fault(world, paid):
    Assignment.objects.filter(pk=paid.pk).update(state="reversed", earned=0)
    assert auditing.audit() == [
        f"reversed means taken back, once: assignment {paid.pk} is reversed, and its pay was taken back by nobody"
    ]
