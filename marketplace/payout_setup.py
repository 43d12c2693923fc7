"""How a worker will be paid: said before they start, set up by them, and noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing import gateway, payout_accounts, payouts, reach
from billing.models import Method, Payout, PayoutAccount
from billing.payout_accounts import LONGEST_DETAILS, MethodBusy
from marketplace import auditlog
from marketplace.countries import COUNTRIES
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import User
from marketplace.payout_words import off_words, wanted_words

FRESH = "fresh_login_needed"


@dataclass(frozen=True)
class Setup:
    """Where a worker is paid, in words for them; `ways` are those open to somebody who lives where they do."""

    account: PayoutAccount | None
    ways: tuple[Method, ...]
    wanted: tuple[str, ...]
    off: str

    @property
    def ready(self) -> bool:
        """Whether money can be sent there."""
        return self.account is not None and self.account.payouts_enabled

    @property
    def may_ask(self) -> bool:
        """Whether asking for a payout leads anywhere: an account that is known to be shut takes none."""
        return self.account is None or self.ready


def setup_of(*, worker: User, country: str = "") -> Setup:
    """How a worker is paid, or could be in `country`, which is their own unless given."""
    account = payout_accounts.account_of(worker=worker)
    where = country or (account.country if account else "") or worker.country
    return Setup(
        account=account,
        ways=reach.ways_to(country=where),
        wanted=wanted_words(currently_due=account.currently_due if account else ()),
        off=off_words(disabled_reason=account.disabled_reason if account else ""),
    )


def warning(*, worker: User) -> str:
    """What to know about being paid before one starts to work; empty when there is nothing to worry about."""
    if not worker.country and payout_accounts.account_of(worker=worker) is None:
        return "How you are paid depends on where you live. Say it in your profile before you start."
    return unreachable(worker=worker)


def unreachable(*, worker: User) -> str:
    """That nobody can be paid where the worker says they live, as a sentence; empty where somebody can."""
    if not worker.country or reach.ways_to(country=worker.country) or payout_accounts.account_of(worker=worker):
        return ""
    where = COUNTRIES.get(worker.country, worker.country)
    return f"We cannot pay to {where} yet. What you earn is kept for you, but nobody knows when it can be sent."


def ways_words(*, country: str) -> str:
    """How somebody who lives there is paid, as a sentence; empty for no country."""
    if not country:
        return ""
    ways = reach.ways_to(country=country)
    if Method.PROVIDER in ways:
        return f"You are paid through our payment provider, which reaches {COUNTRIES[country]}."
    if Method.MANUAL in ways:
        return f"You are paid by bank transfer by hand: our payment provider does not reach {COUNTRIES[country]}."
    return f"We cannot pay to {COUNTRIES[country]} yet."


def open_account(
    *, worker: User, country: str, refresh_url: str, return_url: str, fresh: bool, now: datetime,
    address: str | None = None,
) -> str:  # fmt: skip
    """Open the worker's account at the payment provider, or go on with it; the address of the provider's page.

    `fresh`: they have just said who they are, else Forbidden. Raises Refused for a country the provider does not
    reach, Conflict while a payout by hand is under way, GatewayAway, GatewayRefused. Not inside a transaction.
    """
    _demand_fresh(fresh)
    known = payout_accounts.account_of(worker=worker)
    if known is None or known.method != Method.PROVIDER:
        _demand_way(Method.PROVIDER, country)
    try:
        account = payout_accounts.open_at_provider(worker=worker, country=country, now=now)
    except MethodBusy as busy:
        raise Conflict("payout_under_way", str(busy)) from busy
    link = payout_accounts.onboarding_link(account=account, refresh_url=refresh_url, return_url=return_url)
    auditlog.record(
        actor=worker, action="payout_account.opened", subject=account, now=now, address=address,
        after={"method": account.method, "country": account.country},
    )  # fmt: skip
    return link


@transaction.atomic
def give_details(
    *, worker: User, country: str, details: str, fresh: bool, now: datetime, address: str | None = None
) -> PayoutAccount:
    """Keep the bank details by which the operator pays by hand: sealed, and shown to nobody here again.

    Raises Forbidden unless `fresh`, Refused (details: empty, too_long; country), Conflict while a payout is under way.
    """
    _demand_fresh(fresh)
    _demand_way(Method.MANUAL, country)
    details = "\n".join(line.strip() for line in details.strip().splitlines() if line.strip())
    if len(details) < 8:
        raise Refused.one("details", "empty", "Write what your bank needs: your name as it knows it, and the account.")
    if len(details) > LONGEST_DETAILS:
        raise Refused.one("details", "too_long", f"Write at most {LONGEST_DETAILS} characters.")
    try:
        account = payout_accounts.give_details(worker=worker, country=country, details=details, now=now)
    except MethodBusy as busy:
        raise Conflict("payout_under_way", str(busy)) from busy
    after = {"method": account.method, "country": account.country}
    auditlog.record(
        actor=worker, action="payout_account.details_given", subject=account, now=now, after=after, address=address
    )
    return account


def look(*, worker: User, now: datetime) -> Setup:
    """The worker comes back from the provider's page: ask it how their account stands. Not inside a transaction.

    When the provider does not answer they see what is known; the sweeper asks again.
    """
    account = payout_accounts.account_of(worker=worker)
    if account and account.provider_account and account.method == Method.PROVIDER:
        payout_accounts.note(provider_account=account.provider_account, now=now)
        try:
            payout_accounts.look(account=account, now=now)
        except (gateway.GatewayAway, gateway.GatewayRefused):
            return setup_of(worker=worker)
    return setup_of(worker=worker)


@transaction.atomic
def cancel_payout(*, worker: User, payout_id: UUID, now: datetime, address: str | None = None) -> Payout:
    """Take back one of the worker's own payouts that nobody has begun to send.

    Raises Payout.DoesNotExist for other people's, Conflict when it is too late.
    """
    own = Payout.objects.get(pk=payout_id, worker=worker)
    try:
        payout = payouts.cancel(payout_id=own.pk, now=now)
    except payouts.NotInThatState as late:
        state = late.payout.get_state_display().lower()
        raise Conflict("too_late", f"This payout cannot be cancelled any more: {state}.") from late
    auditlog.record(actor=worker, action="payout.cancelled", subject=payout, now=now, address=address)
    return payout


def _demand_fresh(fresh: bool) -> None:
    if not fresh:
        raise Forbidden(FRESH, "Say once more who you are: sign in again on the page of your earnings.")


def _demand_way(method: Method, country: str) -> None:
    if country not in COUNTRIES:
        raise Refused.one("country", "known", "Choose the country your bank account is in.")
    if method not in reach.ways_to(country=country):
        raise Refused.one("country", "reach", f"We cannot pay to {COUNTRIES[country]} this way.")
