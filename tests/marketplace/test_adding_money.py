import pytest

from billing import ledger
from billing.wallets import wallet_of
from marketplace import adding_money, closing
from marketplace.adding_money import Addition
from marketplace.auditing import audit
from marketplace.errors import Conflict, Forbidden, Refused, ShortOfFunds
from marketplace.models import AuditEntry
from marketplace.overview import overview, rows


def balances(job):
    return [ledger.balance(account_id=pk) for pk in (job.escrow_free_id, job.fair_pay_reserve_id)]


def add(world, job, **what):
    return adding_money.add(job=job, addition=Addition(**what), now=world.now)


def test_money_goes_from_the_wallet_to_more_answers_and_to_the_reserve_and_back_when_the_job_closes(world):
    job = world.published(images=1)
    wallet = ledger.balance(account_id=wallet_of(owner=world.rita).pk)

    job = add(world, job, answers=2, reserve=5_000_000)

    assert balances(job) == [120_000, 5_000_000]
    assert wallet - ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 5_120_000
    assert overview(job=job, now=world.now).progress.at_most == 180_000 + 5_120_000
    assert rows(jobs=[job], now=world.now)[0].at_most == 180_000 + 5_120_000
    assert AuditEntry.objects.get(action="job.money_added").after["held"] == 120_000
    assert audit() == []
    closing.close(job=job, now=world.now)
    closing.finish_closing(job_id=job.pk, now=world.now)
    assert balances(job) == [0, 0]
    assert audit() == []


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({}, "answers"),
        ({"answers": -1}, "answers"),
        ({"answers": 10_001}, "answers"),
        ({"reserve": 9_999}, "reserve"),
        ({"reserve": 1_000_000_001}, "reserve"),
    ],
)
def test_what_is_wrong_is_named(world, what, field):
    with pytest.raises(Refused) as refused:
        add(world, world.published(images=1), **what)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_only_a_running_job_takes_money_and_only_what_the_wallet_holds(world, settings):
    job = world.published(images=1)
    with pytest.raises(ShortOfFunds):
        add(world, job, reserve=1_000_000_000)
    with pytest.raises(Conflict, match="running"):
        add(world, world.job(images=0), answers=1)
    settings.MFA_REQUIRED = True
    with pytest.raises(Forbidden):
        add(world, job, answers=1)
    assert balances(job) == [0, 0]
