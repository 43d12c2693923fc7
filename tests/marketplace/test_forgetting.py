"""Remembered answers are forgotten when nobody repeats the request any more."""

from marketplace.forgetting import forget_answers
from marketplace.models import IdempotencyRecord


def remember(world, key):
    return IdempotencyRecord.objects.create(
        user=world.rita, key=key, fingerprint="f" * 64, status=200, created_at=world.now
    )


def test_answers_are_kept_for_three_days(world):
    remember(world, "old")
    world.later(hours=72)
    remember(world, "young")
    assert forget_answers(now=world.now) == 0
    assert forget_answers(now=world.later(seconds=1)) == 1
    assert [record.key for record in IdempotencyRecord.objects.all()] == ["young"]


def test_many_are_forgotten_in_batches_oldest_first(world):
    for number in range(3):
        remember(world, str(number))
        world.later(minutes=1)
    world.later(days=4)
    assert [forget_answers(now=world.now, limit=2) for _ in range(3)] == [2, 1, 0]
