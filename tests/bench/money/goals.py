"""The promises of `bench money`."""

from __future__ import annotations

from tests.bench.telling import Goal

GOALS = (
    Goal("settle_ratio_to_raw", "settling one hot job, in units of the reference", least=0.5),
    Goal("settle_ratio_to_single", "the same in units of one task at a time", least=5),
    Goal("balance_ms", "the balance of an account of a million entries, ms", most=50),
    Goal("as_of_ms", "the same on a day in the past, ms", most=200),
    Goal("audit_s", "auditing all of it, s", most=60),
    Goal("reconcile_s", "10,000 lines of the provider against ours, s", most=30),
    Goal("reconcile_unnamed", "differences among them that were not named", most=0, must=True),
    Goal("reconcile_false", "what was named though it is in order", most=0, must=True),
    Goal("reconcile_behind_s", "the same behind a million transfers, s", most=30),
    Goal("reconcile_behind_off", "of its differences, those not named or named for nothing", most=0, must=True),
    Goal("operations", "random operations on the books"),
    Goal("operations_faults", "of them, what the model or the audit contradicts", most=0, must=True),
    Goal("faults_injected", "kill -9 under load, the broker wiped and its messages tripled"),
    Goal("faults_lost", "2xx effects missing or doubled after them", most=0, must=True),
    Goal("audit_faults", "faults the audit found", most=0, must=True),
)
