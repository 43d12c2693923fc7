"""The door to the payment provider, and the only importer of stripe.

The sandbox is reached through the very same client, by its base address. Amounts are micro-units on this side and
whole cents on the other. Nothing here touches the database; callers hold no transaction open while they call.

Every object we make carries our reference in its metadata (`tally_deposit`, `tally_refund`, `tally_payout`,
`tally_reversal`, `tally_worker`): it is how a movement in the provider's books is matched with one in ours, and how
something is found again when its idempotency key was forgotten.
"""

from billing.gateway.answers import (
    Checkout,
    Clearing,
    Dispute,
    Funds,
    GatewayAway,
    GatewayRefused,
    Movement,
    Recipient,
    Refund,
    Reversal,
    SignatureRefused,
)
from billing.gateway.balance import balance_transactions, funds
from billing.gateway.checkouts import (
    clearing_of_payment,
    create_checkout,
    expire_checkout,
    find_checkout,
    read_checkout,
)
from billing.gateway.client import RETRIES, TIMEOUT, _client, _client_for
from billing.gateway.disputes import find_dispute, read_dispute
from billing.gateway.events import SIGNATURE_TOLERANCE, read_event
from billing.gateway.recipients import create_recipient, find_recipient, onboarding_link, read_recipient
from billing.gateway.refunds import create_refund, find_refund, look_at_refund, read_refund
from billing.gateway.setup import Endpoint, Setup, inspect
from billing.gateway.transfers import (
    clearing_of_reversal,
    clearing_of_transfer,
    create_reversal,
    create_transfer,
    find_reversal,
    find_transfer,
    read_reversals,
)

__all__ = [
    "RETRIES",
    "SIGNATURE_TOLERANCE",
    "TIMEOUT",
    "Checkout",
    "Clearing",
    "Dispute",
    "Endpoint",
    "Funds",
    "GatewayAway",
    "GatewayRefused",
    "Movement",
    "Recipient",
    "Refund",
    "Reversal",
    "Setup",
    "SignatureRefused",
    "_client",
    "_client_for",
    "balance_transactions",
    "clearing_of_payment",
    "clearing_of_reversal",
    "clearing_of_transfer",
    "create_checkout",
    "create_recipient",
    "create_refund",
    "create_reversal",
    "create_transfer",
    "expire_checkout",
    "find_checkout",
    "find_dispute",
    "find_recipient",
    "find_refund",
    "find_reversal",
    "find_transfer",
    "funds",
    "inspect",
    "look_at_refund",
    "onboarding_link",
    "read_checkout",
    "read_dispute",
    "read_event",
    "read_recipient",
    "read_refund",
    "read_reversals",
]
