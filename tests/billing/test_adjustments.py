"""What two admins put right: one asks, another agrees, and the money moves once."""

import pytest
from django.db import IntegrityError, transaction

from billing import adjustments, ledger, reconcile
from billing.adjustments import NotAllowed
from billing.ledger import AccountKind, Posting, platform
from billing.models import Adjustment, Transfer
from billing.money import AmountRefused
from billing.wallets import earnings_of, wallet_of
from tests.billing.conftest import NOW, fund
from tests.billing.test_debts import EARNINGS, state, taken
from tests.billing.test_refunds import paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(person):
    return person("ada"), person("abe"), person("wen")


def gift(people, amount=100):
    ada, _, wen = people
    return adjustments.ask_goodwill(worker=wen, amount=amount, reason="Our fault.", asked_by=ada, now=NOW)


def write_off(people, amount=100):
    ada, _, wen = people
    asked = {"reason": "Gone.", "asked_by": ada, "now": NOW}
    return adjustments.ask_write_off(person=wen, kind=EARNINGS, amount=amount, **asked)


def agree(row, by):
    return adjustments.agree(adjustment_id=row.pk, decided_by=by, now=NOW)


def bonus(people, worker_keeps=True):
    """A wrong bonus of 100 for Wen, who may have spent it."""
    wallet, purse = wallet_of(owner=people[1]), earnings_of(worker=people[2])
    fund(wallet, 100)
    [moved] = ledger.post(postings=[Posting("bonus", "b", wallet.pk, purse.pk, 100)], now=NOW)
    if not worker_keeps:
        ledger.post(postings=[Posting("spend", "s", purse.pk, platform(AccountKind.LOSSES).pk, 30)], now=NOW)
    return adjustments.ask_correction(transfer_id=moved.pk, reason="Wrong worker.", asked_by=people[0], now=NOW)


def test_a_gift_moves_when_a_second_admin_agrees(people):
    row = gift(people)
    assert state(people[2]) == (0, 0)
    with pytest.raises(NotAllowed, match="Somebody else"):
        agree(row, people[0])
    with pytest.raises(NotAllowed, match="Somebody else"):
        agree(row, people[2])
    assert agree(row, people[1]).state == "done"
    with pytest.raises(NotAllowed, match="done already"):
        agree(row, people[1])
    assert (state(people[2]), reconcile.audit()) == ((100, 0), [])


def test_a_gift_has_a_limit_and_a_reason_and_is_for_somebody_else(people, settings):
    settings.GOODWILL_LIMIT = "0.0001"
    ada, _, wen = people
    for amount, rule in ((0, "minimum"), (101, "limit")):
        with pytest.raises(AmountRefused) as refused:
            gift(people, amount)
        assert refused.value.rule == rule
    with pytest.raises(AmountRefused, match="Say why"):
        adjustments.ask_goodwill(worker=wen, amount=1, reason=" ", asked_by=ada, now=NOW)
    with pytest.raises(NotAllowed, match="own money"):
        adjustments.ask_goodwill(worker=ada, amount=1, reason="x", asked_by=ada, now=NOW)


def test_a_debt_is_written_off_as_far_as_it_is_still_owed(people):
    taken(people[2], 100)
    with pytest.raises(AmountRefused, match=r"They owe 0\.0001"):
        write_off(people, 101)
    first, second = write_off(people, 60), write_off(people, 60)
    agree(first, people[1])
    with pytest.raises(AmountRefused, match=r"0\.00004 by now"):
        agree(second, people[1])
    second.refresh_from_db()
    assert (second.state, state(people[2]), reconcile.audit()) == ("asked", (0, 40), [])


def test_a_wrong_transfer_is_reversed_whole_and_once(people):
    row = bonus(people)
    with pytest.raises(NotAllowed, match="before"):
        adjustments.ask_correction(transfer_id=row.transfer_id, reason="x", asked_by=people[0], now=NOW)
    agree(row, people[1])
    assert (state(people[2])[0], wallet_of(owner=people[1]).balance, reconcile.audit()) == (0, 100, [])
    correction = Transfer.objects.get(kind="correction")
    assert correction.key == str(row.transfer_id)
    with pytest.raises(NotAllowed, match="not corrected by hand"):
        adjustments.ask_correction(transfer_id=correction.pk, reason="x", asked_by=people[0], now=NOW)


def test_a_correction_makes_nobody_a_debtor(people):
    row = bonus(people, worker_keeps=False)
    with pytest.raises(AmountRefused, match=r"Only 0\.00007 is left"):
        agree(row, people[1])
    assert state(people[2]) == (70, 0)


def test_a_deposit_goes_back_to_its_card_when_a_second_admin_agrees(people):
    ada, abe, _ = people
    rita = people[2]
    deposit = paid(rita, 50_000_000)

    def want(amount):
        asked = {"amount": amount, "reason": "She closes her account.", "asked_by": ada, "now": NOW}
        return adjustments.ask_refund(deposit_id=deposit.pk, **asked)

    for amount, rule in ((50_010_000, "deposit"), (5, "whole_cents")):
        with pytest.raises(AmountRefused) as refused:
            want(amount)
        assert refused.value.rule == rule
    row = want(None)
    assert (row.amount, row.person, wallet_of(owner=rita).balance) == (50_000_000, rita, 50_000_000)
    with pytest.raises(NotAllowed):
        agree(row, rita)
    late = want(50_000_000)
    row = agree(row, abe)
    assert (row.refund.state, row.refund.asked_by, row.refund.amount) == ("requested", ada, 50_000_000)
    assert (wallet_of(owner=rita).balance, reconcile.audit()) == (0, [])
    with pytest.raises(AmountRefused, match="Nothing of this deposit"):
        agree(late, abe)
    late.refresh_from_db()
    assert (late.state, late.refund) == ("asked", None)
    with pytest.raises(IntegrityError, match="adjustment_done_names_its_refund"), transaction.atomic():
        Adjustment.objects.filter(pk=late.pk).update(state="done", decided_by=abe, decided_at=NOW)


def test_what_was_declined_moves_nothing_and_can_be_asked_for_again(people):
    row = bonus(people)
    assert adjustments.decline(adjustment_id=row.pk, decided_by=people[0], now=NOW).state == "declined"
    with pytest.raises(NotAllowed, match="declined already"):
        agree(row, people[1])
    again = adjustments.ask_correction(transfer_id=row.transfer_id, reason="x", asked_by=people[0], now=NOW)
    assert again.state == "asked"


def test_the_database_itself_wants_two_people(people):
    row = gift(people)
    one_alone = {"state": "done", "decided_by": people[0], "decided_at": NOW}
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).update(**one_alone)
