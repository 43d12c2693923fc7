import pytest

from marketplace.progress import progress
from tests.marketplace.test_settling import CAN, three_answers


def test_a_draft_shows_what_it_would_cost(world):
    found = progress(job=world.job(images=2), now=world.now)

    assert (found.tasks, found.settled, found.spent, found.at_most, found.forecast) == (2, 0, 0, 360_000, 360_000)
    assert found.agreement is None
    assert found.cost_per_annotation is None


def test_figures_follow_the_work(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)

    found = progress(job=job, now=world.now)

    assert (found.tasks, found.settled, found.answers, found.answers_wanted) == (2, 1, 3, 6)
    assert (found.accepted, found.rejected, found.workers) == (2, 1, 3)
    assert (found.spent, found.committed, found.free) == (120_000, 240_000, 0)
    assert found.forecast == 120_000 + 120_000
    assert found.cost_per_annotation == 60_000
    assert found.share_settled == 0.5
    assert 0 < found.agreement < 1


def test_the_end_is_forecast_from_the_pace_so_far(world):
    job = world.published(images=2)
    three_answers(world, job)

    found = progress(job=job, now=world.now)

    assert (found.forecast_done_at - world.now).total_seconds() == pytest.approx(90)


def test_nothing_is_forecast_from_nothing(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)

    assert progress(job=job, now=world.now).forecast_done_at is None
