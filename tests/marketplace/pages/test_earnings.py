"""A worker's money: what came in, and having it paid out."""

import pytest

from billing import payouts
from billing.models import Payout
from tests.marketplace.test_settling import CAN, earned

pytestmark = pytest.mark.django_db
PAGE, PAY = "/work/earnings/", "/work/earnings/payout/"


@pytest.fixture
def rich(world):
    """Wei with $2.504 in her balance."""
    job = world.published(images=1, overlap=1, reward="2.504")
    world.answer(job, world.wei, CAN)
    world.settled(job)
    return world.browser(world.wei)


def test_nothing_earned_yet_leads_to_the_work(world):
    page = world.browser(world.wei).get(PAGE).text
    assert "Nothing earned yet" in page
    assert "The smallest payout is $1.00" in page
    assert f'action="{PAY}"' not in page


def test_the_page_says_where_the_money_came_from_and_what_stays(rich):
    page = rich.get(PAGE).text
    assert "Cans on shelves" in page
    assert "all of it: $2.50" in page
    assert "$0.004 stays in your balance" in page


def test_each_of_the_latest_lines_leads_to_what_it_pays(world, rich):
    rich.post(PAY, {"amount": "1.20", "key": "k"})
    page, answer, payout = rich.get(PAGE).text, world.wei.assignments.get(), Payout.objects.get()
    assert f'href="/work/history/{answer.pk}/"' in page
    assert "+$2.504" in page
    assert f'href="{PAGE}#payout-{payout.pk}"' in page
    assert f'id="payout-{payout.pk}"' in page


def test_what_is_held_is_told_apart_from_what_is_available(world, rich, settings):
    settings.RISK_HOLD_DAYS = 7
    sums = rich.get(PAGE).context
    assert (sums["held_total"], sums["available"], sums["earnings"].balance) == (2_504_000, 0, 2_504_000)
    assert "yours, and payable later" in rich.get(PAGE).text


def test_pay_for_shapes_is_said_to_be_beside_what_waits(world):
    page = world.browser(world.wei)
    world.answer(world.published(images=1), world.wei, CAN)
    assert "if all are accepted</dd>" in page.get(PAGE).text
    world.answer(world.published(images=1, reward_per_shape="0.01", shapes_paid_at_most=3), world.wei, CAN)
    assert "if all are accepted, and pay for shapes" in page.get(PAGE).text


def test_a_payout_of_all_there_is_leaves_less_than_a_cent(world, rich):
    page = rich.post(PAY, {"amount": "", "key": "k"}, follow=True).text
    assert "$2.50 is on its way." in page
    assert earned(world.wei) == 4_000


def test_a_double_click_is_one_payout(world, rich):
    for _ in range(2):
        rich.post(PAY, {"amount": "1.20", "key": "k"})
    assert [payout.amount for payout in Payout.objects.all()] == [1_200_000]
    assert earned(world.wei) == 1_304_000


def test_the_form_sent_again_with_another_amount_is_asked_for_once_more(world, rich):
    rich.post(PAY, {"amount": "1.20", "key": "k"})
    page = rich.post(PAY, {"amount": "1.30", "key": "k"})
    assert page.status_code == 422
    assert "Send it once more" in page.text
    assert 'value="1.30"' in page.text
    rich.post(PAY, {"amount": "1.30", "key": page.context["key"]})
    assert earned(world.wei) == 4_000


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.50", "least payout is 1.00"),
        ("2.504", "whole cents"),
        ("99.00", "Your balance is 2.504"),
        ("all", "plain decimal"),
        ("-1", "negative"),
        ("0", "least"),
    ],
)
def test_a_refused_amount_is_named_at_its_field_and_not_lost(world, rich, amount, words):
    page = rich.post(PAY, {"amount": amount, "key": "k"})
    assert page.status_code == 422
    assert words in page.text
    assert f'value="{amount}"' in page.text
    assert 'aria-describedby="amount_help amount_error"' in page.text
    assert (earned(world.wei), Payout.objects.count()) == (2_504_000, 0)


def test_who_asks_for_more_than_nothing_is_told_their_balance(world):
    page = world.browser(world.wei).post(PAY, {"amount": "", "key": "k"})
    assert page.status_code == 422
    assert "least payout" in page.text


def test_a_failed_payout_says_why(world, rich):
    payout = payouts.request(worker=world.wei, amount=1_200_000, idempotency_key="x", now=world.now)
    Payout.objects.filter(pk=payout.pk).update(state="sending")
    payouts.fail(payout_id=payout.pk, attempt=payout.attempt, reason="Your payout account was closed.", now=world.now)
    page = rich.get(PAGE).text
    assert "Failed" in page
    assert "Your payout account was closed." in page


def test_looking_at_the_payout_address_moves_nothing(rich):
    assert rich.get(PAY).status_code == 405
    assert not Payout.objects.exists()


def test_other_peoples_money_is_not_on_the_page(world, rich):
    page = world.browser(world.wanda).get(PAGE).text
    assert "Cans on shelves" not in page
    assert "$2.50" not in page


def test_the_last_of_it_is_offered_when_nothing_waits(world):
    job = world.published(images=1, overlap=1, reward="0.36")
    world.answer(job, world.wei, CAN)
    browser = world.browser(world.wei)
    assert "the last of it" not in browser.get(PAGE).text
    world.settled(job)
    assert "Pay out $0.36" in browser.get(PAGE).text
    assert browser.post(PAY, {"amount": "", "key": "k"}).status_code == 422
    assert "$0.36 is on its way." in browser.post(PAY, {"last": "1", "key": "l"}, follow=True).text
