"""What the end of an appeal does to pay, to the record, and to what is adopted."""

import hashlib
import json

import pytest

from billing import ledger
from billing.ledger import AccountKind
from billing.models import Outbox, Transfer
from billing.wallets import earnings_of
from marketplace import overturning
from marketplace.appealing import waive
from marketplace.auditing import audit
from marketplace.errors import Conflict
from marketplace.models import Assignment, AuditEntry, Decision, Place, Task
from marketplace.policies import skill_scope
from marketplace.releases import make_release, open_release
from marketplace.reports.payouts import payout_report
from marketplace.reports.period import Period
from marketplace.reports.quality import quality_report
from qa.models import Consensus, Skill, Verdict
from tests.marketplace.test_appealing import committed, contest, free
from tests.marketplace.test_assigning import together
from tests.world import World


@pytest.fixture
def refused(world):
    return world.rejected()


@pytest.fixture
def contested(world, refused):
    return contest(world, refused)


def uphold(world, contested, adopt=False):
    return overturning.uphold(
        appeal_id=contested.pk, decider=world.ada, answer="It is a bag.", adopt=adopt, now=world.later(days=1)
    )


def earned(worker):
    return ledger.balance(account_id=earnings_of(worker=worker).pk)


def test_upheld_pays_once_out_of_what_the_place_held(world, refused, contested):
    fees = ledger.platform(AccountKind.PLATFORM_FEES).pk
    before = free(refused.job), ledger.balance(account_id=fees)

    found = uphold(world, contested)

    refused.refresh_from_db()
    assert (found.state, found.decided_by, found.answer, found.adopted) == ("upheld", world.ada, "It is a bag.", False)
    assert (refused.state, refused.earned, refused.final_at) == ("overturned", 50_000, None)
    assert Place.objects.get(pk=refused.place_id).held == 0
    paid = Transfer.objects.filter(key=str(contested.pk)).order_by("kind")
    assert list(paid.values_list("kind", "amount")) == [("appeal_upheld", 50_000), ("appeal_upheld_fee", 10_000)]
    assert earned(world.wei) == 50_000
    assert (committed(refused.job), free(refused.job)) == (0, before[0])
    assert ledger.balance(account_id=fees) == before[1] + 10_000
    assert audit() == []


def test_an_appeal_is_decided_once(world, refused, contested):
    uphold(world, contested)
    for again in (
        lambda: uphold(world, contested),
        lambda: overturning.reject(appeal_id=contested.pk, decider=world.ada, answer="No.", now=world.now),
        lambda: waive(assignment_id=refused.pk, worker=world.wei, now=world.now),
    ):
        with pytest.raises(Conflict):
            again()
    assert earned(world.wei) == 50_000
    assert audit() == []


def test_lost_frees_the_money_and_the_rejection_is_final(world, refused, contested):
    before = free(refused.job)
    overturning.reject(appeal_id=contested.pk, decider=world.ada, answer="It is a can.", now=world.later(days=1))

    refused.refresh_from_db()
    assert (refused.state, refused.earned, refused.final_at) == ("rejected", 0, None)
    assert (committed(refused.job), free(refused.job)) == (0, before + 60_000)
    assert Transfer.objects.get(kind="rejection_final").key == str(refused.pk)
    with pytest.raises(Conflict):
        uphold(world, contested)
    assert audit() == []


def test_the_record_is_repaired_as_if_the_answer_had_been_right(world, refused, contested):
    scope = skill_scope(label_set=refused.job.label_set)
    others = list(Skill.objects.exclude(worker=world.wei).values())
    before = Skill.objects.get(worker=world.wei, scope=scope, label="")
    assert (before.right, before.wrong, before.answers) == (0, 1, 1)

    uphold(world, contested)

    after = Skill.objects.get(worker=world.wei, scope=scope, label="")
    assert (after.right, after.wrong, after.answers) == (1, 0, 1)
    assert list(Skill.objects.exclude(worker=world.wei).values()) == others


def test_the_verdict_gets_a_next_revision_on_the_same_consensus(world, refused, contested):
    uphold(world, contested)
    first, second = Verdict.objects.filter(worker=world.wei).order_by("revision")
    refused.refresh_from_db()
    assert refused.verdict == second
    assert (first.accepted, second.accepted, second.reason) == (False, True, "appeal_upheld")
    assert (first.consensus, first.evidence) == (second.consensus, second.evidence)
    assert Consensus.objects.count() == 1


def test_adopting_makes_a_new_revision_and_changes_nobody_elses_pay(world, refused, contested):
    Task.objects.update(disputed=True)
    others = list(Assignment.objects.exclude(pk=refused.pk).order_by("pk").values())

    uphold(world, contested, adopt=True)

    former, current = Decision.objects.order_by("revision")
    assert (former.current, former.kind, former.revision) == (False, "votes", 1)
    assert (current.current, current.kind, current.revision) == (True, "appeal", 2)
    [found] = current.consensus.body["objects"]
    assert (found["label"], found["bbox"], found["votes_for"], found["votes_of"]) == ("bag", [70, 50, 20, 20], 1, 1)
    assert list(Assignment.objects.exclude(pk=refused.pk).order_by("pk").values()) == others
    refused.refresh_from_db()
    assert (refused.verdict.consensus, refused.verdict.agreement) == (current.consensus, 1.0)
    assert not Task.objects.get().disputed
    assert earned(world.wei) == 50_000
    assert audit() == []


def test_a_release_made_before_stays_what_it_was_and_the_next_has_the_new_answer(world, refused, contested):
    release = make_release(job=refused.job, by=world.rita, now=world.now)
    with open_release(release=release) as file:
        before = file.read()

    uphold(world, contested, adopt=True)

    with open_release(release=release) as file:
        assert hashlib.sha256(file.read()).hexdigest() == release.sha256 == hashlib.sha256(before).hexdigest()
    with open_release(release=make_release(job=refused.job, by=world.rita, now=world.now)) as file:
        second = json.load(file)
    names = {category["id"]: category["name"] for category in second["categories"]}
    assert [names[found["category_id"]] for found in second["annotations"]] == ["bag"]
    assert sorted(vote["accepted"] for vote in second["images"][0]["votes"]) == [True, True, True]


@pytest.mark.parametrize("upheld", [True, False])
def test_the_decision_is_noted_and_told(world, contested, upheld):
    if upheld:
        uphold(world, contested)
    else:
        overturning.reject(appeal_id=contested.pk, decider=world.ada, answer="No.", now=world.now)
    state = "upheld" if upheld else "lost"
    noted = AuditEntry.objects.get(action=f"appeal.{state}")
    assert (noted.actor, noted.object_id, noted.after["state"]) == (world.ada, str(contested.pk), state)
    assert Outbox.objects.get(topic=overturning.DECIDED).payload == {"appeal": str(contested.pk)}


def test_the_reports_add_up_in_the_period_of_the_payment(world, refused, contested):
    uphold(world, contested)
    first = Period(refused.settled_at.date(), refused.settled_at.date())
    second = Period(world.now.date(), world.now.date())
    for period, paid in ((first, 100_000), (second, 50_000)):
        report = payout_report(period=period)
        assert (report.totals["earned"], report.off) == (paid, {})
        assert quality_report(period=period).overall.spent == paid * 6 // 5


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_pay_once():
    world = World()
    contested = contest(world, world.rejected())
    deciders = [world.ada, world.person("Ann", is_staff=True)]

    def one(number):
        try:
            arguments = {"appeal_id": contested.pk, "decider": deciders[number % 2], "answer": "x", "now": world.now}
            if number < 3:
                overturning.uphold(adopt=number == 2, **arguments)
            else:
                overturning.reject(**arguments)
        except Conflict as told:
            return told.reason
        return "decided"

    assert sorted(together(4, one)) == ["already_decided"] * 3 + ["decided"]
    assert earned(world.wei) in (0, 50_000)
    assert audit() == []
