"""Money in suspense: it leaves by itself when it is explained, else by two people, once."""

import pytest
from django.db import IntegrityError, transaction

from billing import deposits, ledger, reconcile, reconciling, suspense
from billing.gateway import Checkout
from billing.ledger import AccountKind
from billing.models import SuspenseItem
from billing.money import AmountRefused
from billing.wallets import wallet_of
from tests.billing.bank import CENT, Bank, deposited, hours
from tests.billing.conftest import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + hours(24)


@pytest.fixture
def bank(monkeypatch):
    return Bank(monkeypatch)


@pytest.fixture
def item(bank):
    bank.add("adjustment", 700, name="txn_x")
    reconciling.run(now=LATER)
    return SuspenseItem.objects.get()


def ask(item, by, *, kind=AccountKind.WALLET, owner=None, reason="A gift."):
    return suspense.ask(item_id=item.pk, kind=kind, owner=owner, reason=reason, asked_by=by, now=LATER)


def held(kind=AccountKind.SUSPENSE):
    return ledger.balance(account_id=ledger.platform(kind).pk)


def test_two_people_put_it_where_it_belongs_and_it_is_never_found_again(item, person):
    ada, amos, rita = person("ada"), person("amos"), person("rita")
    assert ask(item, ada, owner=rita).state == "asked"
    assert held() == 700 * CENT
    for who in (ada, rita):
        with pytest.raises(suspense.Refusal, match="Somebody else"):
            suspense.agree(item_id=item.pk, decided_by=who, now=LATER)
    assert suspense.agree(item_id=item.pk, decided_by=amos, now=LATER).state == "resolved"
    assert (held(), ledger.balance(account_id=wallet_of(owner=rita).pk)) == (0, 700 * CENT)
    with pytest.raises(suspense.Refusal, match="resolved already"):
        suspense.agree(item_id=item.pk, decided_by=amos, now=LATER)
    assert reconciling.run(now=LATER + hours(24)).found == 0
    assert reconcile.audit() == []
    assert list(suspense.over()) == [SuspenseItem.objects.get()]
    assert not suspense.left()


def test_what_is_lacking_is_taken_from_where_it_should_have_come_from(bank, person):
    rita = person("rita")
    deposited(rita, 900)
    reconciling.run(now=LATER)
    item = SuspenseItem.objects.get()
    assert suspense.described(item=item).startswith("We booked 9.00 by deposit pi_")
    ask(item, person(), owner=rita, reason="It never came.")
    suspense.agree(item_id=item.pk, decided_by=person(), now=LATER)
    assert (held(), ledger.balance(account_id=wallet_of(owner=rita).pk)) == (0, 0)


def test_an_account_that_does_not_hold_it_gives_nothing(bank, person):
    bank.add("payout", -700)
    reconciling.run(now=LATER)
    item = ask(SuspenseItem.objects.get(), person(), owner=person())
    with pytest.raises(AmountRefused, match="holds only"):
        suspense.agree(item_id=item.pk, decided_by=person(), now=LATER)
    assert SuspenseItem.objects.get().state == "asked"
    assert suspense.decline(item_id=item.pk).state == "open"
    ask(item, person(), kind=AccountKind.PLATFORM_FEES, reason="Our own payout of fees.")
    suspense.agree(item_id=item.pk, decided_by=person(), now=LATER)
    assert (held(), held(AccountKind.PLATFORM_FEES)) == (0, -700 * CENT)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": " "}, "reason"), ({"reason": "x" * 501}, "reason"), ({"kind": AccountKind.ESCROW_FREE}, "account"),
        ({"kind": AccountKind.WALLET}, "owner"), ({"kind": AccountKind.LOSSES, "owner": True}, "owner"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(item, person, wrong, field):
    owner = person() if wrong.pop("owner", None) else None
    with pytest.raises(AmountRefused) as refused:
        ask(item, person(), **{"kind": AccountKind.LOSSES, "owner": owner} | wrong)
    assert refused.value.field == field
    assert SuspenseItem.objects.get().state == "open"


def test_nobody_gives_to_themself_and_the_database_wants_two(item, person):
    ada = person("ada")
    with pytest.raises(suspense.Refusal, match="themself"):
        ask(item, ada, owner=ada)
    with pytest.raises(suspense.Refusal, match="Nobody has said"):
        suspense.agree(item_id=item.pk, decided_by=ada, now=LATER)
    with pytest.raises(suspense.Refusal, match="Nobody has said"):
        suspense.decline(item_id=item.pk)
    ask(item, ada, kind=AccountKind.LOSSES)
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        SuspenseItem.objects.update(state="resolved", decided_by=ada, ended_at=LATER)


def test_a_payment_that_belongs_to_no_deposit_is_listed_and_placed(bank, person):
    page = Checkout(id="cs", url="", status="complete", paid=True, amount=900 * CENT, payment="pi_lost")
    deposits.record(page=page, reference="gone", now=NOW)
    bank.add("charge", 900, fee=30, reference="gone")
    assert reconciling.run(now=LATER).found == 1
    item = suspense.left().get()
    assert suspense.described(item=item) == "The payment pi_lost of 9.00 belongs to no deposit."
    rita = person("rita")
    ask(item, person(), owner=rita)
    suspense.agree(item_id=item.pk, decided_by=person(), now=LATER)
    assert (held(), held(AccountKind.STRIPE_PENDING), held(AccountKind.STRIPE_AVAILABLE)) == (0, 0, -870 * CENT)
    assert reconciling.run(now=LATER + hours(24)).found == 0
    assert reconcile.audit() == []


def test_what_was_placed_by_hand_and_comes_by_itself_later_is_found_again(bank, item, person):
    ask(item, person(), kind=AccountKind.LOSSES)
    suspense.agree(item_id=item.pk, decided_by=person(), now=LATER)
    late = deposited(person(), 700, at=LATER)[0]
    from billing.models import BankLine

    BankLine.objects.update(type="charge", reference=str(late.pk))
    assert reconciling.run(now=LATER + hours(24)).found == 1
    assert suspense.left().get().amount == -700 * CENT
