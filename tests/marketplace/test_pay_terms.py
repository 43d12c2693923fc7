import pytest

from annotation.shapes import parse_taxonomy
from marketplace.pay_terms import MAX_REWARD, Pay, parse_pay

DRAWN = parse_taxonomy([{"name": "can", "shapes": ["box", "tag"]}], tag_choice="any")
TAGS = parse_taxonomy([{"name": "night", "shapes": ["tag"]}], tag_choice="any")


def read(taxonomy=DRAWN, **data):
    problems = []
    pay = parse_pay(data, taxonomy=taxonomy, problems=problems)
    return pay, [(problem.field, problem.rule) for problem in problems]


def test_pay_for_shapes_and_the_reserve_are_left_out_by_leaving_them_out():
    assert read(reward="0.05") == (Pay(50_000, 0, 0, 0), [])
    empty = {"reward_per_shape": None, "shapes_paid_at_most": None, "fair_pay_reserve_percent": None}
    assert read(reward="0.05", **empty) == read(reward="0.05", reward_per_shape="0", shapes_paid_at_most=0)


def test_an_image_may_pay_for_its_shapes_up_to_a_cap():
    told = {"reward": "0.05", "reward_per_shape": "0.01", "shapes_paid_at_most": 10, "fair_pay_reserve_percent": 20}
    assert read(**told) == (Pay(50_000, 10_000, 10, 20), [])


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"reward_per_shape": "0.01"}, "shapes_paid_at_most", "required"),
        ({"shapes_paid_at_most": 3}, "reward_per_shape", "required"),
        ({"reward_per_shape": "0.01", "shapes_paid_at_most": 2_001}, "shapes_paid_at_most", "range"),
        ({"reward_per_shape": "0.01", "shapes_paid_at_most": True}, "shapes_paid_at_most", "range"),
        ({"reward_per_shape": "1e-2", "shapes_paid_at_most": 2}, "reward_per_shape", "plain_decimal"),
        ({"reward_per_shape": "-0.01", "shapes_paid_at_most": 2}, "reward_per_shape", "negative"),
        ({"reward_per_shape": "0.0000004", "shapes_paid_at_most": 2}, "reward_per_shape", "decimals"),
        ({"reward_per_shape": "999.99", "shapes_paid_at_most": 2}, "shapes_paid_at_most", "maximum"),
        ({"fair_pay_reserve_percent": 101}, "fair_pay_reserve_percent", "range"),
        ({"fair_pay_reserve_percent": "10"}, "fair_pay_reserve_percent", "range"),
        ({"reward": "0"}, "reward", "minimum"),
        ({"reward": None}, "reward", "text"),
    ],
)
def test_what_is_wrong_is_named_by_field_and_rule(given, field, rule):
    assert read(**{"reward": "0.05", **given})[1] == [(field, rule)]


def test_where_nothing_is_drawn_no_shape_is_paid():
    given = {"reward": "0.05", "reward_per_shape": "0.01", "shapes_paid_at_most": 3}
    assert read(TAGS, **given)[1] == [("reward_per_shape", "nothing_drawn")]


def test_the_greatest_pay_is_taken():
    assert read(reward=f"{MAX_REWARD // 10**6}")[1] == []
