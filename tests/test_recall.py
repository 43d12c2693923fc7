"""What the world recalls is what it would have built, and it recalls nothing where something else would come out."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotation.models import Image
from billing import ledger
from billing.wallets import wallet_of
from marketplace import auditing, pricing
from marketplace.models import Job, User
from tests import patches, recall
from tests.world import BEGINNING, World

pytestmark = pytest.mark.django_db


def counted():
    return {table: len(rows) for table, rows in recall._rows().items()}


@pytest.mark.parametrize("name", ["published", "rejected"])
def test_what_is_recalled_is_what_is_built(name):
    with transaction.atomic():
        built = World()
        if name == "published":
            built._published(funds="100.00")
        else:
            built._rejected(built.wei)
        rows, left = counted(), (built.now, built._deposits, built._rejections)
        transaction.set_rollback(True)
    for _twice in range(2):
        with transaction.atomic():
            world = World()
            getattr(world, name)()
            assert counted() == rows
            assert (world.now, world._deposits, world._rejections) == left
            assert auditing.audit() == []
            transaction.set_rollback(True)


def test_what_the_real_clock_told_is_just_now_and_what_the_world_told_is_as_it_was():
    for _twice in range(2):
        with transaction.atomic():
            job, now = World().published(images=1), timezone.now()
            assert timedelta() < now - Image.objects.get().created_at < timedelta(seconds=5)
            assert Job.objects.get().published_at == job.published_at == BEGINNING
            transaction.set_rollback(True)
    moments = recall._Moments(now - timedelta(seconds=1), now)
    assert moments.moved(f"(7, '{now:%F %T.%f}+00')") == "(7, statement_timestamp() + interval '0.000000 seconds')"
    assert moments.moved("(7, '2026-03-02 09:00:00+00')") == "(7, '2026-03-02 09:00:00+00')"


def test_what_is_recalled_can_be_worked_on(world):
    job = world.published(images=1)
    assert job.owner == world.rita == User.objects.get(name="Rita")
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) > 0
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        assert worker.pk > world.rita.pk
        world.answer(job, worker, ("can", [10, 10, 30, 30]))
    assert world.settled(job) == 1


def test_the_same_is_built_once(world):
    first = _build_counted(world, {})
    second = _build_counted(world, {})
    assert (first, second, _build_counted(world, {"images": 3})) == (1, 0, 1)


def _build_counted(world, asked):
    """How often something is built that makes one person."""
    calls = []

    def build():
        calls.append(1)
        return Job(pk=1, owner=world.person("Ruth"))

    with transaction.atomic():
        recall.recalled(world=world, name=test_the_same_is_built_once.__name__, asked=asked, build=build)
        assert User.objects.filter(name="Ruth").exists()
        transaction.set_rollback(True)
    return len(calls)


def test_where_something_else_would_come_out_it_is_built(world, settings, monkeypatch):
    def is_recalled(**asked):
        key = recall._key(world, "x", asked)
        return key is not None and recall._holds(recall._EMPTY)

    assert is_recalled(images=1)
    assert not is_recalled(owner=world.sam)
    with monkeypatch.context() as patch:
        patch.setattr(pricing, "SOMETHING", 1, raising=False)
        assert not is_recalled()
    assert is_recalled()
    world.later(days=1)
    assert not is_recalled()
    world.now -= timedelta(days=1)
    settings.SITE_URL = "https://elsewhere"
    assert not is_recalled()
    del settings.SITE_URL
    assert world.rita
    assert not is_recalled()


def a_market(world):
    return world.answer(world.published(images=1), world.wei, ("can", [10, 10, 30, 30]))


def test_what_a_module_begins_with_can_be_recalled_too_as_long_as_nobody_is_there():
    for _twice in range(2):
        with transaction.atomic():
            world = World()
            given = world.recalled(a_market)
            assert (given.worker, given.state) == (world.wei, "submitted")
            assert world.settled(given.job) == 0
            transaction.set_rollback(True)
    assert any(key.startswith(f"('{__name__}.a_market'") for key in recall._memories)
    world = World()
    walt = world.worker("Walt")
    assert world.recalled(a_market).worker == world.wei
    assert world.wei.pk > walt.pk, "built: what is recalled has numbers of before"


def test_only_what_is_ours_counts_as_replaced():
    assert patches.is_ours(pricing)
    assert patches.is_ours("marketplace.pricing.price")
    assert patches.is_ours(Job)
    assert not patches.is_ours(connection)
    assert not patches.is_ours("time.monotonic")
