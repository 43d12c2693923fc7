"""Deposits and sending them back, on a page."""

import pytest

from billing.models import Refund
from marketplace.auditing import audit
from marketplace.models import AuditEntry
from tests.marketplace.pages.test_own_data import fresh

pytestmark = pytest.mark.django_db
PAGE = "/wallet/deposits/"


@pytest.fixture
def rita(world):
    world.fund(world.rita, "5.00")
    world.later(minutes=1)
    world.fund(world.rita, "3.00")
    return fresh(world.browser(world.rita), world.rita)


def test_deposits_are_listed_with_their_receipts(world, rita):
    page = rita.get(PAGE).text
    assert page.count("/receipt/") == 2
    assert "Send $8.00 back" in page
    assert "No deposits yet" in world.browser(world.rosa).get(PAGE).text


def test_a_part_goes_back_once_a_click(world, rita):
    deposit = world.rita.deposits.get(amount=5_000_000)
    for _ in range(2):
        page = rita.post(f"{PAGE}{deposit.pk}/refund/", {"amount": "2.00", "key": "k"}, follow=True)
    assert "$2.00 is on its way back to your card" in page.text
    assert [(refund.deposit_id, refund.amount) for refund in Refund.objects.all()] == [(deposit.pk, 2_000_000)]
    assert AuditEntry.objects.filter(action="refund.requested").count() == 1
    assert audit() == []


def test_all_of_it_goes_back_the_latest_first(world, rita):
    page = rita.post(f"{PAGE}back-to-cards/", follow=True)
    assert "$8.00 is on its way back to your cards" in page.text
    assert [refund.amount for refund in Refund.objects.order_by("pk")] != []
    assert sum(refund.amount for refund in Refund.objects.all()) == 8_000_000
    assert "nothing that can go back" in rita.post(f"{PAGE}back-to-cards/", follow=True).text


@pytest.mark.parametrize(("amount", "words"), [("9.00", "can still be paid back"), ("x", "plain decimal")])
def test_a_refused_amount_is_named_and_not_lost(world, rita, amount, words):
    deposit = world.rita.deposits.get(amount=5_000_000)
    page = rita.post(f"{PAGE}{deposit.pk}/refund/", {"amount": amount, "key": "k"})
    assert page.status_code == 422
    assert words in page.text
    assert f'value="{amount}"' in page.text
    assert not Refund.objects.exists()


def test_it_asks_who_it_is_and_for_a_second_factor(world, settings, rita):
    world.rita.set_password("correct-horse-9")
    world.rita.save()
    deposit = world.rita.deposits.get(amount=5_000_000)
    assert world.browser(world.rita).post(f"{PAGE}{deposit.pk}/refund/", {}).status_code == 302
    settings.MFA_REQUIRED = True
    assert fresh(world.browser(world.rita), world.rita).post(f"{PAGE}{deposit.pk}/refund/", {}).status_code == 403
    assert not Refund.objects.exists()


def test_another_requester_finds_no_such_deposit(world, rita):
    deposit = world.rita.deposits.get(amount=5_000_000)
    rosa = fresh(world.browser(world.rosa), world.rosa)
    assert rosa.post(f"{PAGE}{deposit.pk}/refund/", {}).status_code == 404
