"""The books in the admin are read, never written."""

import pytest

from billing.models import (
    Account,
    Adjustment,
    Clawback,
    Deposit,
    Dispute,
    Event,
    Outbox,
    Payout,
    PayoutAccount,
    PayoutReturn,
    Refund,
    Transfer,
)
from tests.billing.conftest import NOW, deliver

pytestmark = pytest.mark.django_db
TABLES = [
    Account, Transfer, Deposit, Payout, PayoutAccount, Event, Outbox, Refund, Dispute, PayoutReturn, Clawback,
    Adjustment,
]  # fmt: skip


@pytest.fixture
def admin(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser(email="root@example.org", password="x"))
    return client


@pytest.mark.parametrize("model", TABLES)
def test_every_table_is_listed_and_nothing_can_be_added(admin, purse, settings, model):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_sandbox"
    purse(amount=1_500_000)
    assert deliver({"id": "evt_1", "type": "x.y", "data": {}}, now=NOW)
    address = f"/admin/billing/{model._meta.model_name}/"
    assert admin.get(address).status_code == 200
    assert admin.get(f"{address}?q=x").status_code == 200
    assert admin.get(f"{address}add/").status_code == 403


def test_a_row_is_shown_but_neither_changed_nor_deleted(admin, purse):
    wallet = purse(amount=1_500_000)
    transfer = Transfer.objects.get()
    assert "1.50" in admin.get("/admin/billing/account/").content.decode()
    for address in (f"/admin/billing/account/{wallet.pk}/", f"/admin/billing/transfer/{transfer.pk}/"):
        assert admin.get(f"{address}change/").status_code == 200
        assert admin.post(f"{address}change/", {"amount": 1}).status_code == 403
        assert admin.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert Transfer.objects.get().amount == 1_500_000
