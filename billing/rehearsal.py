"""A walk through everything Tally asks of the provider, with a test key: what the sandbox cannot prove, because it is
our own idea of the provider.

Nothing here is in the books. On an installation that takes the provider's events the payment is one that belongs to no
deposit, so it lands in suspense, where the audit names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from billing import gateway, webhooks
from billing.gateway import Checkout, GatewayAway, GatewayRefused, Recipient
from billing.models import Event
from billing.money import format_amount

PAID, REFUNDED, SENT, TAKEN_BACK = 10_000_000, 1_000_000, 1_000_000, 400_000
# A test card whose money is available at once, so that it can be sent on.
CARD = "4000 0000 0000 0077"
BY_HAND = """\
Pay once with the card 4000 0000 0000 0259: it is contested at once. The dispute must appear in Tally, and winning it \
(evidence: winning_evidence) must bring the money back.
Set a worker's account up with the bank account 000111111116: the bank sends the payout back. The worker must read so, \
and be able to name another bank.
Open an account for a worker in each other country you mean to pay in, and one of whom Stripe wants papers.
With the live key: one small deposit with a card of your own, its refund, and one payout to yourself. Then run \
`manage.py reconcile` the next day.
Have the contract with Stripe and the law of your country read: whether you may hold money for others is not \
a matter of code.""".splitlines()


class Kind(StrEnum):
    """What a finding is."""

    PROVED = "proved"
    FAILED = "failed"
    DO = "do"  # a person has something to do now, or later


@dataclass(frozen=True)
class Finding:
    kind: Kind
    text: str


class LiveKey(Exception):
    """The key would move real money."""


def rehearse(
    *, token: str, site: str, account: str, wait: Callable[[], bool], clock: Callable[[], datetime]
) -> Iterator[Finding]:
    """Go through it all, saying what was found as it is found.

    `token` makes this walk's references its own, `account` is a worker's account opened by an earlier walk or empty,
    `wait` sleeps a little and is False once patience is over. Raises LiveKey for a key that is not a test key.
    """
    if not settings.STRIPE_API_KEY.startswith(("sk_test_", "rk_test_")):
        raise LiveKey("This moves money. It runs with a test key (sk_test_…) alone.")
    walk = _Walk(token=token, site=site, account=account, wait=wait, clock=clock)
    for step in (walk.setup, walk.checkout, walk.pay, walk.refund, walk.recipient, walk.transfer, walk.books):
        try:
            yield from step()
        except GatewayRefused as refused:
            yield Finding(Kind.FAILED, f"{step.__name__}: refused ({refused.code}): {refused.message}")
        except GatewayAway as away:
            yield Finding(Kind.FAILED, f"{step.__name__}: no answer: {away}")
    yield from (Finding(Kind.DO, text) for text in BY_HAND)


class _Walk:
    """What one walk has done so far. A step that needs what an earlier one did not get says nothing."""

    def __init__(
        self, *, token: str, site: str, account: str, wait: Callable[[], bool], clock: Callable[[], datetime]
    ) -> None:
        self.token, self.site, self.account, self.wait, self.clock = token, site, account, wait, clock
        self.reference = f"check-{token}"
        self.began = clock()
        self.page: Checkout | None = None
        self.worker: Recipient | None = None
        self.moved: dict[str, int] = {}  # our reference and the change of the balance that must be in its books

    def setup(self) -> Iterator[Finding]:
        """The platform's own account, and where events go."""
        found = gateway.inspect()
        yield self._judged(
            found.country == settings.STRIPE_COUNTRY,
            f"the account is in {found.country}, and STRIPE_COUNTRY says {settings.STRIPE_COUNTRY}",
        )
        yield self._judged(
            found.payout_interval == "manual",
            f"the account's own payouts are {found.payout_interval or 'unknown'}; they must be manual, or Stripe sends "
            "what workers shall have to your bank",
        )
        here = [one for one in found.endpoints if one.enabled and one.url == f"{self.site}/webhooks/stripe/"]
        heard = frozenset().union(*(one.events for one in here))
        missing = [] if "*" in heard else [name for name in webhooks.WANTED if name not in heard]
        yield self._judged(bool(here), f"{len(here)} webhooks lead to {self.site}/webhooks/stripe/")
        if here:
            said = f"they do not send: {', '.join(missing)}" if missing else "they send all that Tally listens to"
            yield self._judged(not missing, said)

    def checkout(self) -> Iterator[Finding]:
        """A payment page, and that a key gives the same one twice."""
        self.page = self._open(PAID)
        yield self._judged(self._open(PAID).id == self.page.id, "the same key gives the same payment page")
        try:
            self._open(PAID + 10_000)
        except GatewayAway as away:
            yield self._judged("IdempotencyError" in str(away), "the same key with another amount is refused")
        else:
            yield self._judged(False, "the same key with another amount made another page")

    def pay(self) -> Iterator[Finding]:
        """A person pays; the payment reaches the balance, and its event reaches us."""
        if self.page is None:
            return
        yield Finding(Kind.DO, f"Open {self.page.url} and pay with the card {CARD}, any date to come, any code.")
        while not self.page.paid and self.wait():
            self.page = gateway.find_checkout(session_id=self.page.id)
        yield self._judged(self.page.paid and self.page.amount == PAID, f"{format_amount(PAID)} was paid on the page")
        if not self.page.paid or self.page.payment is None:
            return
        seen = gateway.clearing_of_payment(payment_id=self.page.payment)
        yield self._judged(
            seen is not None and seen.amount == PAID,
            f"it is in the balance, less a fee of {format_amount(seen.fee) if seen else 'nobody knows what'}",
        )
        self.moved[self.reference] = seen.amount - seen.fee if seen else 0
        yield self._heard(
            "checkout.session.", self.page.id, "its event came, signed with a secret of STRIPE_WEBHOOK_SECRET"
        )

    def refund(self) -> Iterator[Finding]:
        """A part of it goes back to the card."""
        if self.page is None or self.page.payment is None:
            return
        reference, key = f"{self.reference}-refund", f"{self.reference}:refund"
        made = gateway.create_refund(payment=self.page.payment, amount=REFUNDED, reference=reference, key=key)
        found = gateway.find_refund(payment=self.page.payment, reference=reference)
        self.moved[reference] = -REFUNDED
        yield self._judged(
            found is not None and found.id == made.id and made.status in ("pending", "succeeded"),
            f"a refund of {format_amount(REFUNDED)} is {made.status}, and found again by our reference",
        )

    def recipient(self) -> Iterator[Finding]:
        """A worker's account, set up by a person."""
        if self.account:
            self.worker = gateway.find_recipient(account_id=self.account)
        else:
            email = f"worker+{self.token}@example.org"
            self.worker = gateway.create_recipient(
                reference=self.reference, email=email, key=f"{self.reference}:worker"
            )
        link = gateway.onboarding_link(account_id=self.worker.id, refresh_url=self.site, return_url=self.site)
        yield Finding(Kind.PROVED, f"the worker's account is {self.worker.id}, and has a page to set it up")
        is_new = not self.worker.payouts_enabled
        if is_new:
            yield Finding(Kind.DO, f"Open {link} and give test data (bank account 000123456789, routing 110000000).")
        while not self.worker.payouts_enabled and self.wait():
            self.worker = gateway.find_recipient(account_id=self.worker.id)
        ready = self.worker.payouts_enabled and not self.worker.disabled_reason
        yield self._judged(ready, f"it can be paid; still wanted: {', '.join(self.worker.currently_due) or 'nothing'}")
        yield self._judged(bool(self.worker.bank_fingerprint), "its bank account has a fingerprint")
        if ready and is_new:
            yield self._heard("account.", self.worker.id, "the account's event came, too: connected accounts are heard")

    def transfer(self) -> Iterator[Finding]:
        """Money to the worker, and a part of it back."""
        if self.worker is None or not self.worker.payouts_enabled:
            return
        reference = f"{self.reference}-payout"
        made = [
            gateway.create_transfer(
                reference=reference, amount=SENT, currency=settings.CURRENCY, recipient=self.worker.id,
                key=f"{self.reference}:payout",
            )
            for _ in range(2)
        ]  # fmt: skip
        self.moved[reference] = -SENT
        once = made[0] == made[1] == gateway.find_transfer(reference=reference)
        yield self._judged(once, f"{format_amount(SENT)} was sent to the worker once, and is found by our reference")
        back, key = f"{self.reference}-reversal", f"{self.reference}:reversal"
        taken = gateway.create_reversal(transfer=made[0], amount=TAKEN_BACK, reference=back, key=key)
        self.moved[back] = TAKEN_BACK
        found = gateway.find_reversal(transfer=made[0], reference=back)
        yield self._judged(found == taken, f"{format_amount(TAKEN_BACK)} of it was taken back, and is found again")

    def books(self) -> Iterator[Finding]:
        """Everything of this walk is in the provider's books, under our reference and with its amount."""
        span = {"since": self.began - timedelta(minutes=5), "until": self.clock() + timedelta(minutes=5)}
        lines: dict[str, int] = {}
        while True:
            lines |= {line.reference: line.net for line in gateway.balance_transactions(**span) if line.reference}
            if self.moved.keys() <= lines.keys() or not self.wait():
                break
        for reference, amount in self.moved.items():
            yield self._judged(
                lines.get(reference) == amount,
                f"the balance's books have {reference} with {format_amount(amount)}",
            )

    def _open(self, amount: int) -> Checkout:
        return gateway.create_checkout(
            reference=self.reference, amount=amount, currency=settings.CURRENCY, email="check@example.org",
            success_url=self.site, cancel_url=self.site, key=f"{self.reference}:page",
        )  # fmt: skip

    def _heard(self, kind: str, about: str, text: str) -> Finding:
        """Whether an event about this object is stored here, once it has had its time."""
        told = Event.objects.filter(type__startswith=kind, body__contains=about)
        while not told.exists() and self.wait():
            pass
        return self._judged(told.exists(), text)

    def _judged(self, good: bool, text: str) -> Finding:
        return Finding(Kind.PROVED if good else Kind.FAILED, text)
