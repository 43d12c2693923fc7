from datetime import timedelta

import pytest

from marketplace import overturning
from marketplace.requester_records import records
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import three_answers


def test_a_requester_without_judged_answers_has_no_record(world):
    world.published(images=1)

    assert records(owner_ids=[world.rita.pk]) == {}


def test_a_record_says_how_much_is_rejected_how_soon_is_paid_and_whose_appeals_were_right(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.later(days=2)
    world.settled(job)
    first = records(owner_ids=[world.rita.pk, world.rosa.pk])
    assert set(first) == {world.rita.pk}
    assert first[world.rita.pk].rejection_rate == pytest.approx(1 / 3)
    assert timedelta(days=2) < first[world.rita.pk].time_to_pay < timedelta(days=2, minutes=2)
    assert first[world.rita.pk].appeals_lost is None

    upheld, lost = (contest(world, world.rejected()) for _ in range(2))
    overturning.uphold(appeal_id=upheld.pk, decider=world.ada, answer="Yes.", adopt=False, now=world.now)
    overturning.reject(appeal_id=lost.pk, decider=world.ada, answer="No.", now=world.now)

    assert records(owner_ids=[world.rita.pk])[world.rita.pk].appeals_lost == 0.5
