from marketplace import escrow, spending
from marketplace.models import Assignment
from tests.marketplace.test_settling import three_answers
from tests.marketplace.test_wages import CANS, PAYS


def test_what_jobs_spent_is_what_left_their_escrow(world):
    flat = world.published(images=1)
    three_answers(world, flat)
    world.settled(flat)
    by_shape = world.published(images=1, **{**PAYS, "reward_per_shape": "0.000003"})
    for who, drawn in ((world.wei, CANS), (world.wanda, CANS[:2]), (world.worker("Xenia"), CANS)):
        world.answer(by_shape, who, *drawn)
    world.settled(by_shape)

    found = spending.spent(jobs=[flat, by_shape])

    assert found[flat.pk] == 120_000
    rate = escrow.rate_of(job=by_shape)
    earned = Assignment.objects.filter(job=by_shape).values_list("earned", flat=True)
    assert sorted(earned) == [50_006, 50_009, 50_009]
    assert found[by_shape.pk] == sum(pay + rate.fee(pay=pay) for pay in earned)
    assert spending.spent(jobs=[]) == {}
