"""The steps of a payout: one step once, however many take it, and the books beside."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import approvals, paying_by_hand, payout_accounts, payouts, reconcile
from billing.approvals import SamePerson
from billing.ledger import AccountKind
from billing.models import Payout
from billing.money import AmountRefused
from billing.payout_steps import NotInThatState, arrive, give_back, leave
from billing.wallets import earnings_of, on_its_way_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db
S = Payout.State


@pytest.fixture
def payout(person):
    worker = person("wen")
    fund(earnings_of(worker=worker), 5_000_000)
    return payouts.request(worker=worker, amount=None, idempotency_key="k", now=NOW)


def test_each_step_is_taken_once_and_from_its_state_alone(payout):
    assert leave(payout_id=payout.pk, old=S.SENDING, provider_transfer="tr_1", now=NOW) is None
    Payout.objects.update(state=S.SENDING)
    left = leave(payout_id=payout.pk, old=S.SENDING, provider_transfer="tr_1", now=NOW)
    assert left is not None
    assert (left.state, left.sent_at) == ("sent", NOW)
    assert leave(payout_id=payout.pk, old=S.SENDING, provider_transfer="tr_1", now=NOW) is None
    assert give_back(payout_id=payout.pk, old=Payout.OPEN, to=S.FAILED, reason="late", now=NOW) is None
    assert arrive(payout_id=payout.pk, bank=AccountKind.STRIPE_AVAILABLE, now=NOW)
    assert arrive(payout_id=payout.pk, bank=AccountKind.STRIPE_AVAILABLE, now=NOW) is None
    assert reconcile.audit() == []


ACTS = ("request", "large", "approve_1", "approve_2", "refuse", "cancel", "send", "export", "mark_1", "mark_2",
        "confirm_1", "confirm_2", "send_back", "came_back")  # fmt: skip
_keys = itertools.count()


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3)), min_size=8, max_size=25))
def test_whatever_admins_and_workers_do_by_hand_no_cent_is_made_or_lost(person, acts):
    worker, admins = person("asha"), [person("ada"), person("abe")]
    fund(earnings_of(worker=worker), 2_000_000_000)
    payout_accounts.give_details(worker=worker, country="IN", details="Asha, 0012 3456", now=NOW)
    made: list[Payout] = []
    for act, which in acts:
        name, _, number = act.partition("_")
        by = admins[int(number) - 1] if number.isdigit() else admins[which % 2]
        one = made[which % len(made)] if made else None
        try:
            if act in ("request", "large"):
                amount = 600_000_000 if act == "large" else 10_000_000
                asked = payouts.request(worker=worker, amount=amount, idempotency_key=str(next(_keys)), now=NOW)
                made.append(asked)
            elif act == "export":
                paying_by_hand.export(now=NOW)
            elif one is not None:
                _do(act, name, one.pk, by)
        except (NotInThatState, SamePerson, AmountRefused):
            pass
    left = Payout.objects.filter(worker=worker, state__in=Payout.LEFT)
    gone = sum(left.values_list("amount", flat=True))
    assert earnings_of(worker=worker).balance + on_its_way_of(worker=worker).balance + gone == 2_000_000_000
    assert all(p.marked_by_id and p.marked_by_id != p.confirmed_by_id for p in left)
    assert reconcile.audit() == []


def _do(act, name, payout_id, by):
    simple = {
        "approve": approvals.approve, "confirm": paying_by_hand.confirm, "mark": paying_by_hand.mark_paid,
        "refuse": approvals.refuse, "send_back": paying_by_hand.send_back, "came_back": paying_by_hand.came_back,
    }  # fmt: skip
    if act == "cancel":
        payouts.cancel(payout_id=payout_id, now=NOW)
    elif act == "send":
        payouts.send(payout_id=payout_id, now=NOW)
    else:
        more = {"reference": "R-1"} if name == "mark" else {}
        more |= {"reason": "Because."} if act in ("refuse", "send_back", "came_back") else {}
        (simple.get(act) or simple[name])(payout_id=payout_id, by=by, now=NOW, **more)
