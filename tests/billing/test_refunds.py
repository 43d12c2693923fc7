"""Refunds: out of the wallet at once, sent once whatever is lost on the way, and back into it when they fail."""

import datetime as dt

import pytest
from django.db import transaction

from billing import debts, deposits, gateway, ledger, reconcile, refunds
from billing.gateway import Checkout, GatewayAway, GatewayRefused
from billing.ledger import AccountKind, KeyReused, Posting, platform
from billing.models import Deposit, Outbox, Refund, Transfer
from billing.money import AmountRefused
from billing.wallets import wallet_of
from tests.billing.all_money.bank import Bank
from tests.billing.conftest import NOW, deliver

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def bank(monkeypatch):
    return Bank(monkeypatch)


@pytest.fixture
def rita(person):
    return person("rita")


def paid(owner, amount=50_000_000, payment="pi_1"):
    deposit = Deposit.objects.create(
        owner=owner, amount=amount, idempotency_key=payment, success_url="https://x.org/", cancel_url="https://x.org/",
        created_at=NOW,
    )  # fmt: skip
    page = Checkout(f"cs_{payment}", "", "complete", True, amount, payment)
    assert deposits.record(page=page, reference=str(deposit.pk), now=NOW)
    return Deposit.objects.get(pk=deposit.pk)


def ask(deposit, amount=None, key="k", now=NOW):
    return refunds.request(deposit_id=deposit.pk, amount=amount, asked_by=deposit.owner, idempotency_key=key, now=now)[
        0
    ]


def spend(owner, amount):
    shop = platform(AccountKind.GOODWILL)
    ledger.post(postings=[Posting("spend", str(amount), wallet_of(owner=owner).pk, shop.pk, amount)], now=NOW)


def holds(owner):
    return wallet_of(owner=owner).balance, ledger.balance(account_id=platform(AccountKind.TRANSFERS_IN_TRANSIT).pk)


def owes(owner):
    return debts.owed_by_requester(owner_id=owner.pk)


def told(refund, status="pending", **changes):
    """What the provider says of a refund."""
    said = {"id": refund.provider_refund or f"re_{refund.pk}", "payment": "pi_1", "amount": refund.amount}
    return gateway.Refund(**{**said, "status": status, "reason": "", "reference": str(refund.pk), **changes})


def test_a_refund_leaves_the_wallet_at_once_and_is_seen_leaving_the_bank(rita, bank):
    refund = ask(paid(rita), 20_000_000)
    assert (refund.state, holds(rita)) == ("requested", (30_000_000, 20_000_000))
    refunds.sweep(now=NOW)
    refund.refresh_from_db()
    assert (refund.state, refund.provider_refund, holds(rita)) == ("paid", f"re_{refund.pk}", (30_000_000, 0))
    assert list(Outbox.objects.values_list("topic", flat=True)) == ["deposit.paid", "refund.paid"]
    assert reconcile.audit() == []


def test_all_that_can_be_refunded_is_what_is_left_of_the_deposit_or_of_the_wallet(rita, bank):
    first, second = paid(rita), paid(rita, 10_000_000, "pi_2")
    assert ask(first).amount == 50_000_000
    spend(rita, 3_004_000)
    assert ask(second).amount == 6_990_000, "whole cents of what is still there"
    assert wallet_of(owner=rita).balance == 6_000
    assert reconcile.audit() == []


@pytest.mark.parametrize(
    ("amount", "rule"),
    [(0, "minimum"), (-10_000, "minimum"), (15_000, "whole_cents"), (40_010_000, "deposit"), (30_010_000, "balance")],
)
def test_what_cannot_be_refunded_is_refused_naming_the_rule(rita, bank, amount, rule):
    deposit = paid(rita)
    ask(deposit, 10_000_000, key="before")
    spend(rita, 10_000_000)
    with pytest.raises(AmountRefused) as refused:
        ask(deposit, amount)
    assert refused.value.rule == rule
    assert Refund.objects.count() == 1


def test_a_deposit_that_was_not_paid_or_is_used_up_has_nothing_to_refund(rita, bank):
    waiting = Deposit.objects.create(owner=rita, amount=10_000, idempotency_key="w", created_at=NOW)
    used = paid(rita)
    ask(used, key="all")
    for deposit in (waiting, used):
        with pytest.raises(AmountRefused, match="Nothing of this deposit"):
            ask(deposit)


def test_what_was_refunded_is_gone_and_what_failed_can_be_asked_for_again(rita, bank):
    deposit = paid(rita)
    first = ask(deposit, 30_000_000, key="first")
    refunds.sweep(now=NOW)
    with pytest.raises(AmountRefused, match=r"20\.00 can still be paid back"):
        ask(deposit, 30_000_000, key="second")
    first.refresh_from_db()
    refunds.record(refund=told(first, "failed"), now=NOW)
    assert ask(deposit, key="third").amount == 50_000_000


def test_who_owes_gets_nothing_back_before_that(rita, bank):
    deposit = paid(rita)
    spend(rita, 45_000_000)
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=rita.pk)
    lost = Posting("taken", "x", purse.account, platform(AccountKind.LOSSES).pk, 6_000_000)
    ledger.post(postings=purse.take(lost), now=NOW)
    with pytest.raises(AmountRefused, match=r"1\.00 is owed"):
        ask(deposit, 10_000)


def test_the_same_key_asks_once(rita, bank):
    deposit = paid(rita)
    first = ask(deposit, 10_000)
    assert ask(deposit, 10_000) == first
    with pytest.raises(KeyReused):
        ask(deposit, 20_000)
    assert ask(deposit, 10_000, key="") != ask(deposit, 10_000, key="")


@pytest.mark.parametrize("way", ["away", "lost"])
def test_without_an_answer_it_is_asked_again_under_the_same_key_and_made_once(rita, bank, way):
    refund = ask(paid(rita), 10_000_000)
    bank.way = way
    assert refunds.send(refund_id=refund.pk, now=NOW).state == "sending"
    bank.way = "ok"
    assert refunds.send(refund_id=refund.pk, now=NOW + MINUTE).state == "sending", "another sender may be at it"
    assert refunds.send(refund_id=refund.pk, now=NOW + 3 * MINUTE).state == "sent"
    assert (len(bank.made), holds(rita)) == (1, (40_000_000, 10_000_000))


def test_a_day_later_we_look_before_we_ask_again(rita, bank, monkeypatch):
    refund = ask(paid(rita), 10_000_000)
    bank.way = "lost"
    refunds.send(refund_id=refund.pk, now=NOW)
    bank.way = "ok"

    def refuse(**_):
        raise GatewayRefused("resource_missing", "no")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "create_refund", refuse)
        patch.setattr(gateway, "find_refund", refuse)
        assert refunds.send(refund_id=refund.pk, now=NOW + 24 * HOUR).state == "sending", "no look, no decision"
        patch.setattr(gateway, "find_refund", bank.find_refund)
        assert refunds.send(refund_id=refund.pk, now=NOW + 25 * HOUR).state == "sent"
    assert len(bank.made) == 1


def test_a_refusal_puts_the_money_back_with_its_reason(rita, bank):
    refund = ask(paid(rita), 10_000_000)
    bank.way = "refused"
    refund = refunds.send(refund_id=refund.pk, now=NOW)
    assert (refund.state, refund.reason) == ("failed", "The payment provider refused it: no")
    assert (holds(rita), reconcile.audit()) == ((50_000_000, 0), [])
    assert refunds.send(refund_id=refund.pk, now=NOW + HOUR).state == "failed"


def test_a_short_bank_makes_it_wait_and_go_on_by_itself_under_a_new_key(rita, bank):
    refund = ask(paid(rita), 10_000_000)
    bank.way = "short"
    assert refunds.send(refund_id=refund.pk, now=NOW).state == "waiting_for_funds"
    bank.way = "ok"
    refunds.sweep(now=NOW + 9 * MINUTE)
    refund.refresh_from_db()
    assert (refund.state, refund.attempt) == ("waiting_for_funds", 1)
    refunds.sweep(now=NOW + 11 * MINUTE)
    refund.refresh_from_db()
    assert (refund.state, refund.reason) == ("paid", "")


@pytest.mark.parametrize("seen", [False, True])
def test_one_that_fails_after_it_left_comes_back_once_whatever_we_are_told_later(rita, bank, seen):
    refund = ask(paid(rita), 10_000_000)
    refund = refunds.send(refund_id=refund.pk, now=NOW)
    if seen:
        refunds.sweep(now=NOW)
    for status in ("succeeded", "failed", "succeeded", "failed", "pending"):
        assert refunds.record(refund=told(refund, status, reason="lost_or_stolen_card"), now=NOW)
    refund.refresh_from_db()
    assert (refund.state, refund.reason) == ("failed", "The card was reported lost or stolen.")
    assert (holds(rita), reconcile.audit()) == ((50_000_000, 0), [])


def test_an_event_that_overtakes_the_answer_is_the_answer(rita, bank, monkeypatch):
    refund = ask(paid(rita), 10_000_000)

    def overtaken(**asked):
        made = bank.create_refund(**asked)
        refunds.record(refund=made, now=NOW)
        raise GatewayAway("no answer")

    monkeypatch.setattr(gateway, "create_refund", overtaken)
    assert refunds.send(refund_id=refund.pk, now=NOW).state == "sent"
    assert holds(rita) == (40_000_000, 10_000_000)


def test_one_that_somebody_made_at_the_provider_is_a_fact_whatever_the_wallet_holds(rita, bank):
    paid(rita)
    spend(rita, 45_000_000)
    body = {"id": "re_x", "payment_intent": "pi_1", "amount": 2_000, "status": "succeeded", "metadata": {}}
    for number, kind in enumerate(["refund.created", "charge.refund.updated", "refund.updated"]):
        assert deliver({"id": f"evt_{number}", "type": kind, "data": {"object": body}})
    refund = Refund.objects.get()
    assert (refund.state, refund.asked_by, refund.amount) == ("sent", None, 20_000_000)
    assert owes(rita) == 15_000_000
    assert (holds(rita), reconcile.audit()) == ((0, 20_000_000), [])
    refunds.sweep(now=NOW)
    assert reconcile.audit() == []


def test_one_of_a_payment_that_is_not_ours_changes_nothing_in_the_books(bank):
    other = gateway.Refund("re_x", "pi_other", 10_000, "succeeded", "", None)
    for _ in range(2):
        assert not refunds.record(refund=other, now=NOW)
        refunds.sweep(now=NOW)
    assert not refunds.record(refund=gateway.Refund("re_y", "", 10_000, "succeeded", "", None), now=NOW)
    assert [(row.state, row.deposit, row.payment) for row in Refund.objects.all()] == [("sent", None, "pi_other")]
    assert (Transfer.objects.count(), reconcile.audit()) == (0, [])


BY_HAND = {"id": "re_x", "payment": "pi_1", "amount": 20_000_000, "reference": None}


def ended(rita, old, news, order):
    """How it ends when the payment (p) and what is told of a refund (o: old news, n: the news) come in this order;
    undone afterwards."""
    with transaction.atomic():
        for told in order:
            if told != "p":
                refunds.record(refund=old if told == "o" else news, now=NOW)
                assert reconcile.audit() == []
            elif not Deposit.objects.exists():
                paid(rita, 15_000_000)
        row = Refund.objects.get()
        moved = sorted(Transfer.objects.values_list("kind", "amount"))
        topics = sorted(Outbox.objects.values_list("topic", flat=True))
        refunds.sweep(now=NOW)
        assert reconcile.audit() == []
        transaction.set_rollback(True)
    return row.state, row.came_back, moved, topics


@pytest.mark.parametrize("end", ["kept", "failed after it left", "failed before it left"])
def test_one_made_by_hand_may_be_told_before_its_payment_and_any_number_of_times(rita, bank, end):
    left, failed = end != "failed before it left", end != "kept"
    old = gateway.Refund(status="pending", reason="", left=False, **BY_HAND)
    news = gateway.Refund(status="failed" if failed else "succeeded", reason="x", left=left, **BY_HAND)
    straight = ended(rita, old, news, "pon")
    assert straight[:2] == ("failed" if failed else "sent", failed and left)
    assert ("debt_made", 5_000_000) in straight[2]
    assert (("debt_settled", 5_000_000) in straight[2], straight[3][1:]) == (failed, ["refund.failed"] * failed)
    for order in ("pno", "opn", "onp", "nop", "nnopooonp"):
        assert ended(rita, old, news, order) == straight, order


def test_one_told_in_the_moment_of_its_payment_is_found_by_the_sweeper(rita, bank):
    deposit = paid(rita)
    row = Refund.objects.create(
        payment="pi_1", amount=20_000_000, idempotency_key="re_x", state="sent", provider_refund="re_x", sent_at=NOW,
        created_at=NOW,
    )  # fmt: skip
    fault = f"refund {row.pk}: its payment is deposit {deposit.pk}, and its money is not in the books"
    assert reconcile.audit() == [fault]
    for _ in range(2):
        refunds.sweep(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.deposit, holds(rita), reconcile.audit()) == ("paid", deposit, (30_000_000, 0), [])


def test_one_too_many_of_ours_is_a_fact_of_its_own(rita, bank):
    refund = ask(paid(rita), 10_000_000)
    refund = refunds.send(refund_id=refund.pk, now=NOW)
    for _ in range(2):
        assert refunds.record(refund=told(refund, id="re_second"), now=NOW)
    assert sorted(Refund.objects.values_list("provider_refund", "asked_by")) == [
        (f"re_{refund.pk}", rita.pk), ("re_second", None),
    ]  # fmt: skip
    assert (holds(rita), reconcile.audit()) == ((30_000_000, 20_000_000), [])


def test_one_that_failed_without_anybody_telling_us_is_found_by_the_sweeper(rita, bank, monkeypatch):
    refund = refunds.send(refund_id=ask(paid(rita), 10_000_000).pk, now=NOW)
    monkeypatch.setattr(gateway, "look_at_refund", lambda refund_id: told(refund, "failed"))
    refunds.sweep(now=NOW)
    refund.refresh_from_db()
    assert (refund.state, refund.came_back, holds(rita)) == ("failed", False, (50_000_000, 0))
    assert reconcile.audit() == []
