"""A failed payout is tried again once, and only when something changed."""

import datetime as dt

import pytest

from billing import payouts, reconcile, retrying
from billing.models import Payout, PayoutAccount
from billing.retrying import NothingChanged
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def failed(person):
    worker = person("wen")
    fund(earnings_of(worker=worker), 5_000_000)
    PayoutAccount.objects.create(worker=worker, provider_account="acct_1", payouts_enabled=True, updated_at=NOW)
    payout = payouts.request(worker=worker, amount=3_000_000, idempotency_key="k", now=NOW)
    Payout.objects.filter(pk=payout.pk).update(state="sending")
    assert payouts.fail(payout_id=payout.pk, attempt=0, reason="Closed.", code="account_closed", now=NOW)
    payout.refresh_from_db()
    return payout


def retry(payout):
    return retrying.retry(payout_id=payout.pk, now=NOW + HOUR)


def test_it_is_tried_again_when_the_account_changed_and_once(failed):
    with pytest.raises(NothingChanged, match="Nothing has changed"):
        retry(failed)
    PayoutAccount.objects.update(turned_at=NOW + HOUR)
    again = retry(failed)
    assert (again.retry_of, again.amount, again.state) == (failed, 3_000_000, "requested")
    assert retry(failed) == again
    assert earnings_of(worker=failed.worker).balance == 2_000_000
    assert reconcile.audit() == []
    assert retrying.obstacle(payout=failed) == "It was tried again already."


def test_an_account_that_is_still_shut_is_not_tried(failed):
    PayoutAccount.objects.update(turned_at=NOW + HOUR, payouts_enabled=False)
    with pytest.raises(NothingChanged, match="still cannot receive"):
        retry(failed)


def test_what_was_no_fault_of_the_account_may_be_tried_at_once(failed):
    Payout.objects.filter(pk=failed.pk).update(failure_code="")
    assert retry(failed).state == "requested"


def test_only_what_failed_or_came_back_is_tried(failed):
    PayoutAccount.objects.update(turned_at=NOW + HOUR)
    with pytest.raises(NothingChanged, match="Only a payout that failed"):
        retry(retry(failed))
