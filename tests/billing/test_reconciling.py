"""The provider's books against ours, line by line: what is missing, extra or wrong is named, and nothing else."""

import pytest

from billing import ledger, reconcile, reconciling
from billing.ledger import AccountKind
from billing.models import BankLine, Outbox, Reconciliation, SuspenseItem
from tests.billing.bank import CENT, Bank, cleared, deposited, hours, paid_out
from tests.billing.conftest import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + hours(24)


@pytest.fixture
def bank(monkeypatch):
    return Bank(monkeypatch)


def left():
    return sorted(
        (item.kind, item.line_id or item.transfer.key, item.amount)
        for item in SuspenseItem.objects.filter(state__in=SuspenseItem.LEFT).select_related("transfer")
    )


def in_suspense():
    return ledger.balance(account_id=ledger.platform(AccountKind.SUSPENSE).pk)


def at_the_bank():
    kinds = (AccountKind.STRIPE_AVAILABLE, AccountKind.STRIPE_PENDING)
    return -sum(ledger.balance(account_id=ledger.platform(kind).pk) for kind in kinds)


def test_one_missing_one_extra_and_one_wrong_of_ten_thousand_are_named_and_nothing_else_is(bank, person):
    rows = deposited(person("rita"), 700, count=10_000)
    for number, row in enumerate(rows):
        if number != 17:
            bank.add("charge", 699 if number == 4711 else 700, reference=str(row.pk), name=f"txn_d{number}")
    bank.add("payout", -12_345, name="txn_unknown")
    run = reconciling.run(now=LATER)
    assert (run.state, run.problem) == ("done", "")
    assert (run.lines, run.matched, run.found, run.waiting) == (10_000, 9_999, 3, 0)
    missing = rows[17].provider_payment
    assert left() == [
        ("extra", "txn_unknown", -12_345 * CENT), ("missing", missing, -700 * CENT), ("wrong", "txn_d4711", -CENT),
    ]  # fmt: skip
    assert in_suspense() == -13_046 * CENT
    assert at_the_bank() == sum(line.net for line in bank.lines.values()) == run.bank_total == run.lines_total
    assert Outbox.objects.get(topic=reconciling.ALARM).payload == {"run": run.pk}
    again = reconciling.run(now=LATER + hours(24))
    assert (again.found, again.settled, len(left())) == (0, 0, 3)
    assert Outbox.objects.filter(topic=reconciling.ALARM).count() == 1


@pytest.fixture
def day(bank, person):
    """All that can happen in a day, as both sides tell it: it matches."""
    deposit, fresh = deposited(person("rita"), 5000, count=2)
    line = bank.add("charge", 5000, fee=175, reference=str(deposit.pk))
    cleared(deposit, bank.lines[line])
    bank.add("charge", 5000, fee=175, reference=str(fresh.pk), available=NOW + hours(100))
    payout = paid_out(person("wei"), 1234)
    bank.add("transfer", -1234, source=payout.provider_transfer, reference=str(payout.pk))
    return {"deposit": line, "payout": payout, "fresh": fresh}


def test_what_matches_raises_no_alarm(bank, day):
    run = reconciling.run(now=LATER)
    assert (run.state, run.lines, run.matched, run.found, run.waiting) == ("done", 3, 3, 0, 0)
    assert (left(), in_suspense()) == ([], 0)
    assert not Outbox.objects.filter(topic=reconciling.ALARM).exists()
    assert {line.transfer.kind for line in BankLine.objects.select_related("transfer")} == {"deposit", "payout_cleared"}


def test_what_is_young_is_waited_for_and_not_missed(bank, person):
    bank.add("charge", 700, at=LATER - hours(1), name="txn_young")
    deposited(person(), 300, at=LATER - hours(1))
    bank.add("transfer", -400, at=NOW, available=LATER + hours(1))
    run = reconciling.run(now=LATER)
    assert (run.found, run.waiting) == (0, 2)
    assert reconciling.run(now=LATER + hours(4)).found == 3


def test_a_difference_that_explains_itself_leaves_suspense(bank, person):
    line = bank.add("charge", 700, reference="to come")
    deposit = deposited(person(), 500)[0]
    reconciling.run(now=LATER)
    assert left() == [("extra", line, 700 * CENT), ("missing", deposit.provider_payment, -500 * CENT)]
    late = deposited(person(), 700, at=LATER)[0]
    bank.lines.pop(line)
    BankLine.objects.filter(pk=line).update(reference=str(late.pk))
    bank.add("charge", 700, name=line)
    bank.add("charge", 500, reference=str(deposit.pk))
    run = reconciling.run(now=LATER + hours(24))
    assert (run.found, run.settled, left(), in_suspense()) == (0, 2, [], 0)
    assert set(SuspenseItem.objects.values_list("state", flat=True)) == {"settled"}


def test_a_fee_booked_wrongly_is_a_wrong_amount(bank, person):
    deposit = deposited(person(), 700)[0]
    name = bank.add("charge", 700, fee=50, reference=str(deposit.pk))
    cleared(deposit, bank.lines[name])
    bank.lines[name] = bank.add("charge", 700, fee=60, reference=str(deposit.pk), name=name) and bank.lines[name]
    reconciling.run(now=LATER)
    assert left() == [("wrong", name, -10 * CENT)]


def test_two_payments_for_one_deposit_are_two_lines_and_one_is_unplaced(bank, person):
    deposit = deposited(person(), 700)[0]
    from billing import deposits
    from billing.gateway import Checkout

    twice = Checkout(id="cs_2", url="", status="complete", paid=True, amount=900 * CENT, payment="pi_second")
    deposits.record(page=twice, reference=str(deposit.pk), now=NOW)
    second = bank.add("charge", 900, fee=30, reference=str(deposit.pk))
    first = bank.add("charge", 700, reference=str(deposit.pk))
    run = reconciling.run(now=LATER)
    kinds = dict(BankLine.objects.values_list("pk", "transfer__kind"))
    assert kinds == {first: "deposit", second: "unplaced"}
    assert (left(), run.found) == ([("unplaced", "pi_second", 900 * CENT)], 1)
    assert at_the_bank() == (900 - 30 + 700) * CENT
    assert reconciling.run(now=LATER + hours(24)).found == 0


def test_a_run_cut_short_keeps_what_it_stored_and_the_next_one_goes_on(bank, day):
    bank.away = True
    failed = reconciling.run(now=LATER)
    assert (failed.state, failed.problem) == ("failed", "The payment provider did not answer: nobody answers")
    assert BankLine.objects.filter(transfer=None).count() <= 3
    bank.away = False
    run = reconciling.run(now=LATER + hours(1))
    assert (run.state, run.since, run.lines, run.matched) == ("done", reconciling.FIRST, 3, 3)
    assert reconciling.run(now=LATER + hours(2)).since == run.until - reconciling.OVERLAP


def test_money_that_no_line_explains_and_a_negative_balance_alarm(bank, day):
    bank.held = -CENT
    run = reconciling.run(now=LATER)
    assert reconciling.alarms(run=run) == ["What the provider holds is not what all of its lines sum to."]
    bank.held = 0
    bank.add("adjustment", -100_000, name="txn_big", at=LATER)
    run = reconciling.run(now=LATER + hours(1))
    assert run.lines_total == run.bank_total < 0
    assert "available balance at the provider is negative" in reconciling.alarms(run=run)[0]


def test_one_comparison_a_day_and_another_try_an_hour_after_a_failure(bank, person):
    assert not reconciling.due(now=LATER)  # nothing to compare
    deposited(person(), 700)
    assert not reconciling.due(now=NOW + hours(1))
    assert reconciling.due(now=LATER)
    bank.away = True
    bank.add("charge", 700)
    assert reconciling.run_if_due(now=LATER).state == "failed"
    assert reconciling.run_if_due(now=LATER + hours(0.5)) is None
    bank.away = False
    assert reconciling.run_if_due(now=LATER + hours(2)).state == "done"
    assert reconciling.run_if_due(now=LATER + hours(3)) is None
    assert Reconciliation.objects.count() == 2
    assert reconciling.run_if_due(now=LATER + hours(24)).state == "done"


def test_a_provider_that_stays_away_is_told_once_a_day(bank, person):
    bank.away = True
    bank.add("charge", 700)
    for hour in range(0, 30, 2):
        reconciling.run(now=LATER + hours(hour))
    assert Outbox.objects.filter(topic=reconciling.ALARM).count() == 2


def test_the_books_stay_in_order(bank, day):
    bank.add("payout", -10)
    reconciling.run(now=LATER)
    faults = [fault for fault in reconcile.audit() if "suspense" not in fault]
    assert faults == []
