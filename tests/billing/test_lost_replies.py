"""Half of the provider's replies are lost, the process dies at every seam, the provider forgets the key: the money
moves once all the same. Tried through the real client against the sandbox, and counted in the sandbox's own books."""

import datetime as dt
from collections import Counter

import pytest

from billing import deposits, gateway, ledger, payouts, reconcile, refunds
from billing.ledger import AccountKind
from billing.models import Deposit, Payout, PayoutAccount, Refund
from billing.wallets import earnings_of, wallet_of
from tests.billing.conftest import NOW, deliver, fill_bank, fund, told

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
AMOUNT = 2_000_000
SEED = 20


class Died(BaseException):
    """The process is gone: nothing catches this."""


def later(sandbox, minutes):
    sandbox.moment[0] += dt.timedelta(minutes=minutes)
    return sandbox.moment[0]


def asked(person, number):
    worker = person(f"w{number}")
    fund(earnings_of(worker=worker), AMOUNT)
    return payouts.request(worker=worker, amount=AMOUNT, idempotency_key="k", now=NOW)


def paid_to(sandbox):
    """How many transfers the provider made for each payout of ours, and to how many accounts."""
    made = sandbox.store.all("transfer")
    return Counter(transfer["metadata"]["tally_payout"] for transfer in made), {one["destination"] for one in made}


def bank_agrees(sandbox):
    """What we say is at the bank is what the bank says."""
    ours = ledger.balance(account_id=ledger.platform(AccountKind.STRIPE_AVAILABLE).pk)
    return -ours == gateway.funds().available


def test_fifty_payouts_with_half_of_the_replies_cut_pay_each_worker_exactly_once(person, sandbox):
    fill_bank(sandbox, 50 * AMOUNT // 10_000)
    waiting = [asked(person, number) for number in range(50)]
    for path in ("/v1/transfers", "/v1/accounts"):
        sandbox.faults.often(path, "lost", share=0.5, seed=SEED)
    for payout in waiting:
        payouts.send(payout_id=payout.pk, now=NOW)
    stuck = Payout.objects.filter(state="sending").count()
    assert 0 < stuck < 50, f"seed {SEED}: three tries at one half each leave some without an answer"
    payouts.sweep(now=later(sandbox, 6))
    payouts.sweep(now=later(sandbox, 6))
    sandbox.faults.clear()
    payouts.sweep(now=later(sandbox, 6))
    payouts.sweep(now=later(sandbox, 1))
    assert set(Payout.objects.values_list("state", flat=True)) == {"paid"}
    counts, accounts = paid_to(sandbox)
    assert counts == {str(payout.pk): 1 for payout in waiting}
    assert len(accounts) == PayoutAccount.objects.count() == 50
    assert sandbox.faults.injected > 50
    assert sandbox.store.net() == 0
    assert reconcile.audit() == []


SEAMS = {
    "before the account is opened": (gateway, "create_recipient", False),
    "after the account is opened": (gateway, "create_recipient", True),
    "before the transfer is made": (gateway, "create_transfer", False),
    "after the transfer is made": (gateway, "create_transfer", True),
    "before the answer is written": (payouts, "record_sent", False),
    "after the answer is written": (payouts, "record_sent", True),
}


def die_at(monkeypatch, module, name, *, after):
    """The next call of this function is the process's last."""
    whole = getattr(module, name)

    def deadly(**arguments):
        monkeypatch.setattr(module, name, whole)
        if after:
            whole(**arguments)
        raise Died

    monkeypatch.setattr(module, name, deadly)


@pytest.mark.parametrize("repair", [3 * MINUTE, 25 * HOUR], ids=["by the next sweep", "after a day"])
@pytest.mark.parametrize("seam", SEAMS)
def test_a_process_that_dies_at_any_seam_of_a_payout_leaves_it_to_be_finished_once(
    person, sandbox, monkeypatch, seam, repair
):
    fill_bank(sandbox)
    payout = asked(person, 0)
    module, name, after = SEAMS[seam]
    die_at(monkeypatch, module, name, after=after)
    with pytest.raises(Died):
        payouts.send(payout_id=payout.pk, now=NOW)
    sandbox.moment[0] = NOW + repair
    payouts.sweep(now=sandbox.moment[0])
    payout.refresh_from_db()
    assert payout.state == "paid"
    assert paid_to(sandbox)[0] == {str(payout.pk): 1}
    assert reconcile.audit() == []


@pytest.mark.parametrize("fault", ["lost", "unheard", "broken", 409, 429, 500, 503])
def test_no_fault_of_the_provider_makes_a_payout_twice_or_lost(person, sandbox, fault):
    fill_bank(sandbox)
    payout = asked(person, 0)
    sandbox.faults.extend([("/v1/transfers", fault)] * 3)
    assert payouts.send(payout_id=payout.pk, now=NOW).state == "sending"
    sandbox.faults.clear()
    for hours in (1, 24.5, 25.5):  # what was answered with a fault is answered so for a day, under the same key
        sandbox.moment[0] = NOW + hours * HOUR
        payouts.sweep(now=sandbox.moment[0])
    payout.refresh_from_db()
    assert payout.state == "paid"
    assert paid_to(sandbox)[0] == {str(payout.pk): 1}


def test_a_key_that_is_at_work_is_waited_for(person, sandbox):
    fill_bank(sandbox)
    payout = asked(person, 0)
    with sandbox.store.using(f"payout:{payout.pk}:0"):
        assert payouts.send(payout_id=payout.pk, now=NOW).state == "sending"
    payouts.sweep(now=later(sandbox, 6))
    payout.refresh_from_db()
    assert (payout.state, len(sandbox.store.all("transfer"))) == ("paid", 1)


def deposit_of(owner, key="k"):
    return deposits.start(
        owner=owner, amount=50_000_000, idempotency_key=key, success_url="https://x.org/ok",
        cancel_url="https://x.org/no", now=NOW,
    )  # fmt: skip


def test_a_deposit_whose_page_opened_unheard_and_whose_event_never_came_is_credited_once(person, sandbox):
    rita = person("rita")
    sandbox.faults.extend([("/v1/checkout/sessions", "lost")] * 3)
    with pytest.raises(gateway.GatewayAway):
        deposit_of(rita)
    deposit = deposit_of(rita)
    assert len(sandbox.store.all("checkout.session")) == 1
    sandbox.do("pay", session=deposit.provider_session)
    for _ in range(2):
        deposits.sweep(now=later(sandbox, 11))
    for _ in range(5):
        assert deliver(told(sandbox)[0], now=sandbox.moment[0])
    assert Deposit.objects.get().state == "paid"
    assert wallet_of(owner=rita).balance == 50_000_000
    assert bank_agrees(sandbox)
    assert reconcile.audit() == []


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "unrecorded"])
@pytest.mark.parametrize("repair", [3 * MINUTE, 25 * HOUR], ids=["by the next sweep", "after a day"])
def test_a_refund_that_was_cut_short_is_sent_once(person, sandbox, monkeypatch, after, repair):
    rita = person("rita")
    deposit = deposit_of(rita)
    sandbox.do("pay", session=deposit.provider_session)
    deposits.sweep(now=later(sandbox, 11))
    refund, _ = refunds.request(
        deposit_id=deposit.pk, amount=10_000_000, asked_by=rita, idempotency_key="r", now=sandbox.moment[0]
    )
    die_at(monkeypatch, gateway, "create_refund", after=after)
    with pytest.raises(Died):
        refunds.send(refund_id=refund.pk, now=sandbox.moment[0])
    sandbox.moment[0] += repair
    refunds.sweep(now=sandbox.moment[0])
    assert Refund.objects.get().state == "paid"
    assert [made["metadata"]["tally_refund"] for made in sandbox.store.all("refund")] == [str(refund.pk)]
    assert wallet_of(owner=rita).balance == 40_000_000
    assert bank_agrees(sandbox)
    assert reconcile.audit() == []
