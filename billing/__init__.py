"""What it is worth: the ledger, deposits, and payouts."""
