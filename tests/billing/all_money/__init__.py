"""Everything that money can do, beside a plain Python model that is told the same and must come to the same balances.

Each operation takes two numbers: `n` picks what it is about, `m` says how much or which way. So hypothesis can shrink a
failure, and a generator with a seed can go on for as long as somebody likes (`run`).
"""

from __future__ import annotations

import random
from typing import Any

from tests.billing.all_money.bank import Bank
from tests.billing.all_money.going_back import GoingBack
from tests.billing.all_money.model import STEP
from tests.billing.all_money.payouts import Payouts

# What happens often is named more than once.
OPERATIONS = (
    "deposit", "deposit", "clear_deposit", "publish", "publish", "make_places", "make_places", "answer", "answer",
    "answer", "end_rejection", "bonus", "top_up_pay", "close", "request_payout", "send_payout", "see_payouts",
    "payout_comes_back", "settle_debts", "refund", "send_refund", "see_refunds", "refund_fails", "dispute",
    "dispute_ends", "recover", "claw_back", "ask_adjustment", "agree",
)  # fmt: skip


class AllMoney(Payouts, GoingBack):
    """All operations on one set of books."""

    def do(self, name: str, n: int, m: int) -> None:
        """One operation; time goes on."""
        getattr(self, name)(n, m)
        self.now += STEP

    def finish(self) -> None:
        """Nothing stays on its way, so that another run begins with nothing of this one."""
        for name in ("see_payouts", "see_refunds") * 2:
            self.do(name, 0, 0)
        self.check()


def run(*, patch: Any, seed: int, steps: int, anew_every: int = 1) -> int:
    """Do `steps` operations that the seed decides, in the database at hand; returns how many were done.

    Not inside one long transaction: rows that change at every step would be dragged along in all their versions.

    After every one the balances are the model's and the audit finds nothing; after each `anew_every`-th both sum all
    transfers anew, else they go on from there. `patch` is what pytest's monkeypatch is: for the bank that stands in.
    The same seed does the same again.
    """
    dice, money = random.Random(seed), AllMoney(bank=Bank(patch))
    for number in range(steps):
        name, n, m = dice.choice(OPERATIONS), dice.randrange(10**6), dice.randrange(10**6)
        try:
            money.do(name, n, m)
            money.check_after(step=number, anew_every=anew_every)
        except Exception as fault:
            fault.add_note(f"seed {seed}, step {number}: {name}({n}, {m})")
            raise
    money.finish()
    return steps
