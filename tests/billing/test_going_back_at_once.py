"""Deposits, disputes, refunds, clawbacks and netting at the same moment: nobody waits in a circle, and it adds up."""

import random
from contextlib import suppress

import pytest

from billing import clawbacks, debts, deposits, disputes, gateway, reconcile, refunds
from billing.gateway import Checkout, Clearing
from billing.ledger import AccountKind
from billing.models import Deposit, Dispute, Refund
from billing.money import AmountRefused
from billing.wallets import earnings_of, wallet_of
from tests.billing.all_money.bank import Bank
from tests.billing.conftest import NOW, fund
from tests.billing.test_ledger_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 12


def made(rita, number):
    """A deposit of two dollars that nobody has told us of, and what the bank will say of it."""
    pay, out, back = f"pi_{number}", f"out_{number}", f"back_{number}"
    row = Deposit.objects.create(owner=rita, amount=2_000_000, idempotency_key=pay, created_at=NOW)
    page = Checkout(f"cs_{number}", "", "complete", True, 2_000_000, pay)
    taken, given = Clearing(out, -2_000_000, 10_000, NOW), Clearing(back, 2_000_000, 0, NOW)
    said = f"dp_{number}", pay, 2_000_000, "USD"
    return row, page, [
        gateway.Dispute(*said, "needs_response", "", (taken,)),
        gateway.Dispute(*said, "won" if number % 2 else "lost", "", (taken, given) if number % 2 else (taken,)),
    ]  # fmt: skip


def test_everything_at_once_ends_with_the_books_in_order(person, monkeypatch):
    Bank(monkeypatch)
    rita, wen, ada = person("rita"), person("wen"), person("ada")
    fund(earnings_of(worker=wen), 500_000)
    facts = [made(rita, number) for number in range(6)]

    def client(number):
        """Tells everything, each in an order of its own, and does what people and sweepers do in between."""
        dice = random.Random(number)
        acts = [lambda f=fact: deposits.record(page=f[1], reference=str(f[0].pk), now=NOW) for fact in facts]
        acts += [lambda d=said: disputes.record(dispute=d, now=NOW) for fact in facts for said in fact[2]]
        acts += [lambda: debts.sweep(now=NOW), lambda: disputes.sweep(now=NOW)] * 2
        acts.append(lambda: ask(facts[number % 6][0], number))
        acts.append(
            lambda: clawbacks.take_back(
                key=f"a:{number % 4}", worker=wen, reward=300_000, fee=0, target=wallet_of(owner=rita).pk, reason="x",
                decided_by=ada, now=NOW,
            )
        )  # fmt: skip
        dice.shuffle(acts)
        for act in acts:
            act()

    def ask(deposit, number):
        with suppress(AmountRefused):
            refunds.request(deposit_id=deposit.pk, amount=10_000, asked_by=rita, idempotency_key=str(number), now=NOW)

    assert at_once(CLIENTS, client) == [None] * CLIENTS
    for _ in range(2):
        disputes.sweep(now=NOW)
        debts.sweep(now=NOW)
    assert reconcile.audit() == []
    assert {row.state for row in Dispute.objects.all()} == {"won", "lost"}
    # Six deposits, three of them taken for good, and four times pay given back; less what was asked back.
    asked = 10_000 * Refund.objects.count()
    owed = debts.owed(kind=AccountKind.WALLET, owner_id=rita.pk)
    assert wallet_of(owner=rita).balance - owed == 3 * 2_000_000 + 4 * 300_000 - asked
    assert debts.owed(kind=AccountKind.WORKER_BALANCE, owner_id=wen.pk) == 700_000
