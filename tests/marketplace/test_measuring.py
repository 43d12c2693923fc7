from marketplace.measuring import UNKNOWN, paces
from tests.marketplace.test_settling import CAN


def test_pay_an_hour_is_not_known_before_ten_real_answers(world):
    job = world.published(images=9, overlap=1)
    for _ in range(9):
        world.answer(job, world.wei, CAN, seconds=30)

    assert paces(jobs=[job])[job.pk] == UNKNOWN


def test_pay_an_hour_follows_the_median_of_the_real_times(world):
    job = world.published(images=11, overlap=1)
    for seconds in [30] * 9 + [300, 300]:
        world.answer(job, world.wei, CAN, seconds=seconds)

    pace = paces(jobs=[job])[job.pk]

    assert (pace.median_ms, pace.hourly, pace.basis) == (30_000, 6_000_000, "measured")


def test_answers_quicker_than_a_look_do_not_speak_for_the_pace(world):
    job = world.published(images=12, overlap=1)
    for _ in range(12):
        world.answer(job, world.wei, CAN, seconds=0.4)

    assert paces(jobs=[job])[job.pk] == UNKNOWN


def test_until_then_the_requesters_own_trial_speaks(world):
    job = world.published(images=1)
    job.trial_ms = 60_000

    pace = paces(jobs=[job])[job.pk]

    assert (pace.hourly, pace.basis) == (3_000_000, "trial")


def test_only_the_latest_answers_speak(world, monkeypatch):
    monkeypatch.setattr("marketplace.measuring.RECENT", 10)
    job = world.published(images=21, overlap=1)
    for seconds in [300] * 11 + [20] * 10:
        world.answer(job, world.wei, CAN, seconds=seconds)

    assert paces(jobs=[job])[job.pk].median_ms == 20_000
