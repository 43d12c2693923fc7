"""Who is suspended is asked where to send what they earned, and can say so without signing in."""

import pytest
from django.core import signing

from billing import payouts
from billing.models import Outbox, Payout, PayoutAccount
from billing.wallets import earnings_of
from marketplace import leaving_paid, notices
from marketplace.auditing import audit
from marketplace.sweeping import tidy
from tests.billing.conftest import fund

pytestmark = pytest.mark.django_db


@pytest.fixture
def left(world, settings):
    """Wei, suspended with 12 cents."""
    settings.PAYOUT_MANUAL_COUNTRIES = ["IN"]
    fund(earnings_of(worker=world.wei), 123_456)
    world.wei.is_active = False
    world.wei.save()
    return world.wei


def letters(world, mailoutbox):
    tidy(now=world.now)
    notices.tell(now=world.now)
    found = [(mail.to[0], mail.subject) for mail in mailoutbox]
    mailoutbox.clear()
    return found


def test_they_are_asked_once_a_month_until_they_said_where(world, left, mailoutbox):
    fund(earnings_of(worker=world.wanda), 5_000_000)
    wanted = [("wei@example.org", "[Tally] Money you earned waits for you")]
    assert letters(world, mailoutbox) == wanted
    assert letters(world, mailoutbox) == []
    world.later(days=31)
    assert letters(world, mailoutbox) == wanted
    PayoutAccount.objects.create(worker=left, provider_account="acct_1", payouts_enabled=True, updated_at=world.now)
    world.later(days=31)
    assert letters(world, mailoutbox) == []
    assert Payout.objects.get().amount == 120_000


def test_from_the_letter_to_the_last_cent(world, left, mailoutbox):
    leaving_paid.ask_who_left(now=world.now)
    notices.tell(now=world.now)
    [link] = [line.split()[-1] for line in mailoutbox[0].body.splitlines() if "money-you-earned" in line]
    assert "$0.123456 that you earned is still yours" in mailoutbox[0].body
    page = "/" + link.split("/", 3)[3]
    nobody = world.browser(None)
    assert "Where it goes" in nobody.get(page, {"country": "IN"}).text
    refused = nobody.post(page, {"way": "manual", "country": "IN", "details": "12"})
    assert (refused.status_code, 'id="details_error"' in refused.text) == (422, True)
    told = nobody.post(page, {"way": "manual", "country": "IN", "details": "Wei Chen 0012 3456"}, follow=True).text
    assert "Your money is sent within the next hours" in told
    assert "0012" not in told
    tidy(now=world.now)
    payout = Payout.objects.get()
    assert (payout.amount, payouts.send(payout_id=payout.pk, now=world.now).state) == (120_000, "by_hand")
    assert audit() == []


def test_a_link_ends_and_is_good_for_nobody_who_can_sign_in(world, left):
    token = leaving_paid.token_of(person=left)
    assert leaving_paid.holder_of(token=token) == left
    assert leaving_paid.holder_of(token=token + "x") is None
    assert leaving_paid.holder_of(token=signing.dumps(left.pk)) is None
    left.is_active = True
    left.save()
    assert leaving_paid.holder_of(token=token) is None
    assert world.browser(None).get(f"/money-you-earned/{token}/").status_code == 404
    Outbox.objects.all().delete()
    leaving_paid.mail(worker_id=left.pk, amount=10_000)
