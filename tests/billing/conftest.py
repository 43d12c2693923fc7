"""People, purses and a sandbox for the tests of money."""

import datetime as dt
import itertools
import json

import pytest

from billing import gateway, ledger, webhooks
from billing.ledger import AccountKind, Posting
from billing.sandbox.delivery import signature
from billing.sandbox.server import running

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
SECRET = "whsec_sandbox"
_numbers = itertools.count(1)


@pytest.fixture
def person(django_user_model):
    def make(name="ada", **fields):
        return django_user_model.objects.create_user(email=f"{name}-{next(_numbers)}@example.org", **fields)

    return make


@pytest.fixture
def purse(person):
    """Opens a guarded account, with money in it from the bank when an amount is given."""

    def make(*, amount=0, kind=AccountKind.WALLET, owner=None):
        account = ledger.open_account(kind=kind, owner_id=(owner or person()).pk)
        if amount:
            fund(account, amount)
        return account

    return make


def fund(account, amount):
    bank = ledger.platform(AccountKind.STRIPE_PENDING)
    posting = Posting("opening", f"fund:{next(_numbers)}", bank.pk, account.pk, amount)
    return ledger.post(postings=[posting], now=NOW)[0]


@pytest.fixture
def sandbox(settings):
    """A sandbox whose clock the test holds, reached by the real client. Nobody takes its events unless asked."""
    moment = [NOW]
    with running(clock=lambda: moment[0].timestamp()) as server:
        settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", server.url
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        server.moment = moment
        yield server
    gateway._client_for.cache_clear()


def fill_bank(sandbox, cents=1_000_000):
    """Give the platform money at the provider, so that transfers have something to draw on."""
    sandbox.do("top_up", amount=cents)


def pay(sandbox, deposit):
    """Press Pay on a deposit's page, without anybody being told."""
    sandbox.do("pay", session=deposit.provider_session)


def told(sandbox):
    """The events the sandbox wants to deliver, as bodies."""
    return [json.loads(body) for _, body, _ in sandbox.store.due_events(sandbox.clock() + 10**6, 1000)]


def deliver(event, *, now=NOW, secret=SECRET):
    """Bring an event to the webhook as the provider would."""
    payload = json.dumps(event).encode()
    header = signature(payload=payload, secret=secret, timestamp=int(now.timestamp()))
    return webhooks.handle(payload=payload, signature=header, now=now)


def checkout(key="k", amount=12_340_000, reference="d1"):
    """A payment page opened through the gateway."""
    return gateway.create_checkout(
        reference=reference, amount=amount, currency="USD", email="rita@example.org", success_url="https://x.org/ok",
        cancel_url="https://x.org/no", key=key,
    )  # fmt: skip


def payment(sandbox, amount=50_000_000, reference="d1"):
    """The provider's id of a payment that was made on a page of ours."""
    page = checkout(key=f"deposit:{reference}", amount=amount, reference=reference)
    return sandbox.do("pay", session=page.id)["payment_intent"]
