"""What money is written in: the books, the bank's side, and messages to whoever stands above."""

from billing.models.bank import Deposit, Event
from billing.models.books import GUARDED, JOB_KINDS, PERSONAL_KINDS, Account, AccountKind, Transfer
from billing.models.checkpoints import Checkpoint
from billing.models.claims import Adjustment, Clawback, Dispute, PayoutReturn, Refund
from billing.models.outbox import Outbox
from billing.models.payouts import Method, Payout, PayoutAccount
from billing.models.provider import BankLine, Reconciliation, SuspenseItem

__all__ = [
    "GUARDED",
    "JOB_KINDS",
    "PERSONAL_KINDS",
    "Account",
    "AccountKind",
    "Adjustment",
    "BankLine",
    "Checkpoint",
    "Clawback",
    "Deposit",
    "Dispute",
    "Event",
    "Method",
    "Outbox",
    "Payout",
    "PayoutAccount",
    "PayoutReturn",
    "Reconciliation",
    "Refund",
    "SuspenseItem",
    "Transfer",
]
