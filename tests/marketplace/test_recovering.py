"""A chargeback after the money was spent: nobody's pay is touched, jobs give what they can spare."""

import pytest

from billing import debts, disputes, ledger
from billing.gateway import Clearing, Dispute
from billing.ledger import AccountKind, platform
from billing.models import Account, Deposit
from billing.wallets import earnings_of, wallet_of
from marketplace import auditing, notices, recovering, sweeping
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict
from marketplace.models import Job, Place
from marketplace.posting import publish

BOX = ("can", [10, 10, 40, 30])


def charged_back(world, owner=None, status="lost"):
    """The bank takes back all of a requester's first deposit, and says that they lost the dispute."""
    deposit = Deposit.objects.filter(owner=owner or world.rita).earliest("created_at")
    moved = (Clearing("txn_out", -deposit.amount, 15_000_000, world.now),)
    said = Dispute("dp_1", deposit.provider_payment, deposit.amount, "USD", status, "fraudulent", moved)
    assert disputes.record(dispute=said, now=world.now)


def owed(world):
    return debts.owed_by_requester(owner_id=world.rita.pk)


def money_of(job):
    return Account.objects.get(pk=job.escrow_free_id).balance, Account.objects.get(pk=job.escrow_committed_id).balance


@pytest.fixture
def spent(world):
    """Rita paid 0.18 in; all of it was paid out for the one image of a job that is closed."""
    job = world.published(images=1, funds="0.50", overlap={"min": 3, "max": 3}, reward="0.05")
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(job, worker, BOX)
    world.settled(job)
    close(job=job, now=world.now)
    assert finish_closing(job_id=job.pk, now=world.now)
    return job


def test_a_chargeback_after_everything_was_paid_leaves_workers_their_pay(world, spent):
    charged_back(world)
    assert (earnings_of(worker=world.wei).balance, wallet_of(owner=world.rita).balance) == (50_000, 0)
    assert owed(world) == 180_000, "what three answers cost with their fees"
    rita = world.browser(world.rita)
    assert "You owe $0.18." in rita.get("/wallet/").text
    assert world.api(world.rita).get("/api/v1/wallet/").json()["owed"] == "0.18"
    told = "your bank took $0.50 back for good"
    assert told in rita.get("/wallet/deposits/").text
    assert told in rita.get(f"/wallet/deposits/{Deposit.objects.get().pk}/receipt/").text
    assert auditing.audit() == []


def test_who_owes_publishes_nothing_until_it_is_paid(world, spent):
    charged_back(world)
    job = world.job(images=1)
    with pytest.raises(Conflict, match=r"you owe \$0\.18") as refused:
        publish(job=job, now=world.now)
    assert (refused.value.reason, refused.value.extra) == ("in_debt", {"owed": "0.18"})
    reply = world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/publish/")
    assert (reply.status_code, reply.json()["detail"]) == (409, str(refused.value))
    job.refresh_from_db()
    assert job.state == Job.State.DRAFT
    world.fund(world.rita, "0.68")
    assert (owed(world), wallet_of(owner=world.rita).balance) == (0, 500_000)
    assert publish(job=job, now=world.now).state == Job.State.PUBLISHING
    assert auditing.audit() == []


def test_what_is_missing_for_a_bonus_or_more_money_covers_the_debt_and_a_deposit_says_what_it_settled(world, spent):
    charged_back(world)
    job = Job.objects.get()
    answer = job.assignments.get(worker=world.wei)
    asked = {"amount": "0.05", "reason": "Thanks."}
    page = world.browser(world.rita).post(f"/jobs/{job.public_id}/answers/{answer.pk}/bonus/", {**asked, "key": "k"})
    assert "short by $0.24" in page.text, "0.06 for the bonus, 0.18 owed"
    reply = world.api(world.rita).post(f"/api/v1/assignments/{answer.pk}/bonus/", asked)
    assert (reply.status_code, reply.json()["missing"]) == (402, "0.24")
    world.later(minutes=1)
    world.fund(world.rita, "1.00")
    told = world.browser(world.rita).get(f"/wallet/deposits/{Deposit.objects.latest('created_at').pk}/").text
    assert "$1.00 has arrived" in told
    assert "$0.18 of it settled what you owed" in told
    first = world.browser(world.rita).get(f"/wallet/deposits/{Deposit.objects.earliest('created_at').pk}/").text
    assert "$0.50 is in your wallet" in first


def test_a_debt_of_another_requester_is_no_hindrance(world, spent):
    charged_back(world)
    world.fund(world.rosa, "5.00")
    assert publish(job=world.job(owner=world.rosa), now=world.now)


def test_a_job_gives_what_it_does_not_need_and_keeps_its_places(world):
    """Of two images with three answers at most, one is decided after two; its third answer is no longer needed."""
    job = world.published(images=2, funds="0.36", overlap={"min": 2, "max": 3}, reward="0.05")
    for worker in (world.wei, world.wanda):
        world.answer(job, worker, BOX)
    world.settled(job)
    assert money_of(job) == (120_000, 120_000)
    charged_back(world)
    notices.tell(now=world.now)
    assert recovering.recover(owner_id=world.rita.pk, now=world.now) == 60_000
    assert (money_of(job), owed(world)) == ((60_000, 120_000), 300_000)
    assert Place.objects.filter(job=job, state="open").count() == 2
    assert recovering.recover_all(now=world.now) == 0, "once"
    assert auditing.audit() == []


def test_what_a_closed_job_gives_back_settles_the_debt(world):
    job = world.published(images=2, funds="0.36", overlap={"min": 3, "max": 3}, reward="0.05")
    charged_back(world)
    assert owed(world) == 360_000
    sweeping.tidy(now=world.now)
    assert owed(world) == 360_000, "open places are promised"
    close(job=job, now=world.now)
    sweeping.sweep(now=world.now)
    assert (owed(world), wallet_of(owner=world.rita).balance) == (0, 0)
    assert ledger.balance(account_id=platform(AccountKind.LOSSES).pk) == 0
    assert auditing.audit() == []


def test_whoever_was_charged_back_is_told(world, spent, mailoutbox):
    charged_back(world, status="needs_response")
    notices.tell(now=world.now)
    assert "Your bank took back a payment of $0.50" in [mail.subject.removeprefix("[Tally] ") for mail in mailoutbox]
