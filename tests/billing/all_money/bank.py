"""The provider as a few dictionaries, put in the place of the gateway's functions: no network, no client."""

import datetime as dt
from contextlib import contextmanager

from billing import gateway
from billing.gateway import Clearing, GatewayAway, GatewayRefused, Recipient, Refund

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
WAYS = ("ok", "ok", "ok", "away", "lost", "refused", "short")


class Bank:
    """Does what it is asked once for each key. `way` says how the next calls go: `lost` does it and does not answer."""

    def __init__(self, patch):
        self.way, self.fees, self.made, self.number = "ok", {}, {}, 0
        for name in (
            "create_transfer", "find_transfer", "clearing_of_transfer", "create_refund", "find_refund",
            "look_at_refund", "clearing_of_payment", "create_recipient", "find_recipient",
        ):  # fmt: skip
            patch.setattr(gateway, name, getattr(self, name))

    @contextmanager
    def answering(self, m):
        self.way = WAYS[m % len(WAYS)]
        yield
        self.way = "ok"

    def _once(self, key, make):
        if key not in self.made:
            if self.way == "away":
                raise GatewayAway("no answer")
            if self.way == "refused":
                raise GatewayRefused("account_closed", "no")
            if self.way == "short":
                raise GatewayRefused("balance_insufficient", "no money")
            self.number += 1
            self.made[key] = make(self.number)
            if self.way == "lost":
                raise GatewayAway("no answer")
        return self.made[key]

    def create_transfer(self, *, reference, key, **_):
        return self._once(key, lambda number: f"tr_{reference}")

    def create_refund(self, *, payment, amount, reference, key):
        return self._once(key, lambda number: Refund(f"re_{reference}", payment, amount, "pending", "", reference))

    def find_transfer(self, *, reference):
        return f"tr_{reference}" if f"tr_{reference}" in self.made.values() else None

    def find_refund(self, *, payment, reference):
        made = (each for each in self.made.values() if isinstance(each, Refund))
        return next((each for each in made if each.reference == reference), None)

    def clearing_of_transfer(self, *, transfer_id):
        return Clearing(f"txn_{transfer_id}", 0, 0, LONG_AGO)

    def look_at_refund(self, *, refund_id):
        seen = Clearing(f"txn_{refund_id}", 0, 0, LONG_AGO)
        return Refund(refund_id, "", 0, "succeeded", "", None, True, seen)

    def clearing_of_payment(self, *, payment_id):
        amount, fee = self.fees[payment_id]
        return Clearing(f"txn_{payment_id}", amount, fee, LONG_AGO)

    def create_recipient(self, *, reference, **_):
        return Recipient(f"acct_{reference}", True)

    def find_recipient(self, *, account_id):
        return Recipient(account_id, True)
