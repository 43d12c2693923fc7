"""Large payouts: two admins, neither of them the payee; the database holds to it too."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, transaction

from billing import approvals, payouts, reconcile
from billing.approvals import SamePerson
from billing.models import Outbox, Payout
from billing.payout_steps import NotInThatState
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(person):
    worker = person("wen")
    fund(earnings_of(worker=worker), 700_000_000)
    return payouts.request(worker=worker, amount=None, idempotency_key="k", now=NOW)


@pytest.fixture
def ada(person):
    return person("ada")


@pytest.fixture
def abe(person):
    return person("abe")


def approve(payout, by):
    return approvals.approve(payout_id=payout.pk, by=by, now=NOW)


def test_a_large_payout_waits_for_two_and_is_sent_by_nobody_before(large, ada, abe, person):
    assert large.state == "awaiting_approval"
    payouts.sweep(now=NOW)
    assert approve(large, ada).state == "awaiting_approval"
    assert payouts.send(payout_id=large.pk, now=NOW).state == "awaiting_approval"
    agreed = approve(large, abe)
    assert (agreed.state, agreed.approved_by, agreed.second_by) == ("requested", ada, abe)
    assert [message.topic for message in Outbox.objects.all()] == ["payout.approved"]
    assert reconcile.audit() == []
    with pytest.raises(NotInThatState):
        approve(large, person("late"))


def test_neither_the_payee_nor_the_same_admin_twice(large, ada):
    with pytest.raises(SamePerson):
        approve(large, large.worker)
    approve(large, ada)
    with pytest.raises(SamePerson):
        approve(large, ada)
    with pytest.raises(SamePerson):
        approvals.refuse(payout_id=large.pk, by=large.worker, reason="me", now=NOW)


@pytest.mark.parametrize(
    "lie",
    [
        {"state": "requested"},
        {"state": "requested", "approved_by": "ada"},
        {"state": "requested", "approved_by": "ada", "second_by": "ada"},
        {"state": "requested", "approved_by": "ada", "second_by": "worker"},
        {"state": "requested", "approved_by": "worker", "second_by": "ada"},
        {"second_by": "ada"},
        {"needs_approval": False},
    ],
)
def test_the_database_knows_the_rule_itself(large, ada, lie):
    people = {"ada": ada, "worker": large.worker}
    values = {name: people.get(value, value) for name, value in lie.items()}
    with pytest.raises(IntegrityError, match="payout_"), transaction.atomic():
        Payout.objects.filter(pk=large.pk).update(**values)


def test_what_is_refused_is_back_in_the_balance_with_the_reason(large, ada):
    approve(large, ada)
    done = approvals.refuse(payout_id=large.pk, by=ada, reason="The answers are under review.", now=NOW)
    assert (done.state, done.reason) == ("refused", "The answers are under review.")
    assert earnings_of(worker=large.worker).balance == 700_000_000
    assert [message.topic for message in Outbox.objects.all()] == ["payout.refused"]
    assert reconcile.audit() == []
    with pytest.raises(NotInThatState):
        approvals.refuse(payout_id=large.pk, by=ada, reason="again", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_many_admins_at_once_two_are_written_down_and_it_is_released_once(large, person):
    admins = [person(f"admin{number}") for number in range(6)]

    def agree(admin):
        try:
            return approve(large, admin).state
        except NotInThatState:
            return "late"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(agree, admins))
    assert sorted(said) == ["awaiting_approval", "late", "late", "late", "late", "requested"]
    large.refresh_from_db()
    assert {large.approved_by, large.second_by} < set(admins)
    assert Outbox.objects.filter(topic="payout.approved").count() == 1
