from marketplace.measuring import Pace, paces
from tests.marketplace.test_settling import CAN


def answered(world, job, times):
    """One answer each, by somebody new, in so many seconds."""
    for number, seconds in enumerate(times):
        world.answer(job, world.worker(f"W{number}"), CAN, seconds=seconds)
    return paces(jobs=[job])[job.pk]


def test_pay_an_hour_is_not_known_before_ten_people_did_real_work(world):
    job = world.published(images=12, overlap=1)
    world.answer(job, world.wei, CAN, seconds=0.4)  # quicker than a look
    pace = answered(world, job, [30] * 9)
    world.answer(job, world.wanda, CAN, seconds=0.4)

    assert pace == paces(jobs=[job])[job.pk] == Pace(None, None, "unknown", 9, 50_000)


def test_pay_an_hour_follows_the_median_of_the_people_however_much_one_of_them_does(world):
    job = world.published(images=16, overlap=1)
    for _ in range(5):
        world.answer(job, world.wei, CAN, seconds=300)
    pace = answered(world, job, [30] * 8 + [300])

    assert (pace.median_ms, pace.hourly, pace.basis, pace.workers) == (30_000, 6_000_000, "measured", 10)


def test_pay_an_hour_counts_what_shapes_were_paid_on_the_average(world):
    job = world.published(images=10, overlap=1, reward_per_shape="0.01", shapes_paid_at_most=10)
    for number, drawn in enumerate([1] * 5 + [3] * 5):
        boxes = [("can", [x, 10, 10, 10]) for x in range(10, 10 + 20 * drawn, 20)]
        world.answer(job, world.worker(f"W{number}"), *boxes, seconds=30)
    assert paces(jobs=[job])[job.pk].hourly == 6_000_000  # nothing is paid yet: the reward alone
    world.settled(job)

    assert paces(jobs=[job])[job.pk].hourly == 8_400_000


def test_until_then_the_requesters_own_trial_speaks(world):
    job = world.published(images=1)
    job.trial_ms = 60_000

    pace = paces(jobs=[job])[job.pk]

    assert (pace.hourly, pace.basis) == (3_000_000, "trial")


def test_only_the_latest_answers_speak(world, monkeypatch):
    monkeypatch.setattr("marketplace.measuring.RECENT", 10)
    job = world.published(images=21, overlap=1)
    for _ in range(11):
        world.answer(job, world.wei, CAN, seconds=300)

    assert answered(world, job, [20] * 10).median_ms == 20_000
