"""What the platform holds, owes, earned and spent: the balance sheet by kind of account. Reading only."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from billing import ledger
from billing.models import GUARDED, Account, AccountKind

# By what a kind is; assets and expenses are negative in the books, and told the other way round.
SHEET: dict[str, tuple[AccountKind, ...]] = {
    "What it has": (
        AccountKind.STRIPE_AVAILABLE,
        AccountKind.STRIPE_PENDING,
        AccountKind.OPERATOR_BANK,
        AccountKind.TRANSFERS_IN_TRANSIT,
        AccountKind.RECEIVABLE_REQUESTER,
        AccountKind.RECEIVABLE_WORKER,
    ),
    "Whose it is": (
        AccountKind.WALLET,
        AccountKind.ESCROW_FREE,
        AccountKind.ESCROW_COMMITTED,
        AccountKind.FAIR_PAY_RESERVE,
        AccountKind.WORKER_BALANCE,
        AccountKind.PAYOUT_PENDING,
    ),
    "What it earned": (AccountKind.PLATFORM_FEES,),
    "What it spent": (AccountKind.STRIPE_FEES, AccountKind.LOSSES, AccountKind.GOODWILL),
    "What nobody knows yet": (AccountKind.SUSPENSE,),
}
TURNED = ("What it has", "What it spent")


@dataclass(frozen=True)
class Holding:
    """All accounts of a kind together, micro-units."""

    kind: AccountKind
    words: str
    amount: int
    accounts: int

    @property
    def alarms(self) -> bool:
        """Whether somebody has to look at it."""
        below = self.kind == AccountKind.STRIPE_AVAILABLE and self.amount < 0
        return below or (self.kind == AccountKind.SUSPENSE and self.amount != 0)


def sheet() -> dict[str, list[Holding]]:
    """Every kind of account under its heading, in the platform's currency."""
    carried = _carried()
    counted: dict[str, tuple[int, int]] = {}
    rest = Account.objects.filter(currency=settings.CURRENCY).exclude(kind__in=GUARDED)
    for pk, kind in rest.values_list("pk", "kind"):
        amount, count = counted.get(kind, (0, 0))
        counted[kind] = amount + ledger.balance(account_id=pk), count + 1
    known = carried | counted
    return {heading: [_holding(kind, heading, known) for kind in kinds] for heading, kinds in SHEET.items()}


def _holding(kind: AccountKind, heading: str, known: dict[str, tuple[int, int]]) -> Holding:
    amount, count = known.get(kind, (0, 0))
    return Holding(kind, kind.label, -amount if heading in TURNED else amount, count)


def _carried() -> dict[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT kind, sum(balance)::bigint, count(*) FROM billing_account
            WHERE balance IS NOT NULL AND currency = %s GROUP BY kind
            """,
            [settings.CURRENCY],
        )
        return {kind: (amount, count) for kind, amount, count in cursor.fetchall()}
