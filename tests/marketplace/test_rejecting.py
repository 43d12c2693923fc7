from marketplace.rejecting import is_much, is_too_much


def test_a_fifth_is_allowed_and_more_is_much_once_twenty_are_judged():
    assert not is_much(judged=20, rejected=4)
    assert is_much(judged=20, rejected=5)
    assert not is_much(judged=19, rejected=19)
    assert not is_much(judged=1_000, rejected=200)
    assert is_much(judged=1_000, rejected=201)


def test_fifty_a_day_are_allowed_and_more_are_too_much_whatever_the_share():
    assert not is_too_much(judged=1_000, rejected=50, today=50)
    assert is_too_much(judged=1_000, rejected=51, today=51)
    assert not is_too_much(judged=0, rejected=0, today=0)
    assert is_too_much(judged=20, rejected=5, today=0)
