import pytest

from billing import ledger
from billing.ledger import KeyReused
from billing.models import Outbox, Transfer
from billing.wallets import wallet_of
from marketplace import bonuses
from marketplace.auditing import audit
from marketplace.errors import Conflict, Forbidden, Refused, ShortOfFunds
from marketplace.models import Assignment, AuditEntry, Bonus
from tests.marketplace.test_settling import CAN, earned


@pytest.fixture
def accepted(world):
    job = world.published(images=2, overlap=1)
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    given.refresh_from_db()
    return given


def give(world, answer, *, by=None, amount=500_000, reason="Careful work.", key="k"):
    return bonuses.give(
        assignment_id=answer.pk,
        requester=by or world.rita,
        amount=amount,
        reason=reason,
        idempotency_key=key,
        now=world.now,
    )


def test_a_bonus_goes_from_the_wallet_to_the_worker_with_the_fee_beside_it_once_a_key(world, accepted):
    before = ledger.balance(account_id=wallet_of(owner=world.rita).pk)

    first = give(world, accepted)
    again = give(world, accepted)

    assert first == again
    assert earned(world.wei) == 50_000 + 500_000
    assert before - ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 600_000
    moved = Transfer.objects.get(kind="bonus")
    assert moved.key == str(first.pk)
    assert moved.details == {
        "job": accepted.job.public_id, "assignment": str(accepted.pk), "reason": "Careful work."
    }  # fmt: skip
    assert AuditEntry.objects.get(action="bonus.given").after["amount"] == 500_000
    assert Outbox.objects.get(topic="bonus.paid").payload["reason"] == "Careful work."
    assert audit() == []


def test_a_known_key_with_another_body_moves_nothing(world, accepted):
    give(world, accepted)

    with pytest.raises(KeyReused):
        give(world, accepted, amount=400_000)
    assert Bonus.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"amount": 9_999}, "amount", "range"),
        ({"amount": 100_000_001}, "amount", "range"),
        ({"reason": "  "}, "reason", "required"),
        ({"reason": "x" * 501}, "reason", "too_long"),
        ({"reason": "a\x00"}, "reason", "no_nul"),
    ],
)
def test_what_is_wrong_is_named(world, accepted, changes, field, rule):
    with pytest.raises(Refused) as refused:
        give(world, accepted, **changes)
    assert [(problem.field, problem.rule) for problem in refused.value.problems] == [(field, rule)]


def test_one_answer_gets_a_hundred_dollars_at_most_and_an_empty_wallet_gives_none(world, accepted):
    with pytest.raises(ShortOfFunds):
        give(world, accepted, amount=100_000_000)
    world.fund(world.rita, "500.00")
    give(world, accepted, amount=60_000_000)

    with pytest.raises(Refused, match="at most 100"):
        give(world, accepted, amount=40_000_001, key="another")
    assert Bonus.objects.count() == 1


def test_only_accepted_work_of_ones_own_jobs_gets_a_bonus_and_only_who_is_there(world, accepted):
    waiting = world.answer(accepted.job, world.wei, CAN)
    with pytest.raises(Conflict, match="accepted"):
        give(world, waiting)
    with pytest.raises(Assignment.DoesNotExist):
        give(world, accepted, by=world.rosa)
    world.wei.is_active = False
    world.wei.save()
    with pytest.raises(Conflict, match="has left"):
        give(world, accepted)
    assert not Bonus.objects.exists()


def test_a_bonus_needs_a_second_factor(world, accepted, settings):
    settings.MFA_REQUIRED = True
    with pytest.raises(Forbidden):
        give(world, accepted)
