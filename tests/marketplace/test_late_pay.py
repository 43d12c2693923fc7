"""Late answers: scored once against what was adopted, and paid from goodwill where they agree."""

import pytest

from billing import ledger
from billing.models import AccountKind, Transfer
from billing.wallets import earnings_of
from marketplace import flags, late_pay
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.errors import Conflict
from marketplace.leases import expire
from marketplace.models import Assignment, AuditEntry, LateAnswer, Task
from marketplace.submitting import submit
from tests.known import FALSE, TRUE, job_with_gold
from tests.marketplace.flagging import flagged
from tests.marketplace.test_auditing import plant
from tests.marketplace.test_settling import CAN, ELSEWHERE

pytestmark = pytest.mark.django_db


def sent_late(world, job, worker, *boxes, others=()):
    """The worker's lease runs out, others take all there is, and then they submit."""
    held = claim(job=job, worker=worker, now=world.now)
    expire(now=world.later(hours=1))
    for other in others:
        world.answer(job, other, CAN)
    shapes = [{"type": "box", "label": label, "bbox": list(bbox)} for label, bbox in boxes]
    with pytest.raises(Conflict) as late:
        submit(
            assignment_id=held.assignment_id, worker=worker, payload={"shapes": shapes}, want_next=False, now=world.now
        )
    return held.assignment_id, late.value.message


def one_image(world, *boxes, **changes):
    """One image for two, both given on before Wei submits."""
    job = world.published(images=1, overlap=2, **changes)
    others = (world.wanda, world.worker("Walt"))
    return job, *sent_late(world, job, world.wei, *boxes, others=others)


def next_day(world):
    world.later(hours=25)
    return late_pay.pay_late(now=world.now)


def balance(worker):
    return ledger.balance(account_id=earnings_of(worker=worker).pk)


def test_a_late_answer_that_agrees_is_paid_once_by_the_platform(world):
    job, key, message = one_image(world, CAN)
    assert "paid all the same" in message
    assert next_day(world) == 0, "nothing is adopted yet"
    world.settled(job)
    assert next_day(world) == 1
    assert next_day(world) == 0
    late = LateAnswer.objects.get()
    assert (late.why, late.agreement, late.paid, balance(world.wei)) == ("place_given_on", 1, 50_000, 50_000)
    given = Transfer.objects.get(kind="goodwill")
    assert (given.key, given.source.kind) == (str(key), AccountKind.GOODWILL)
    assert AuditEntry.objects.get(action="late_answer.paid").after == {"paid": 50_000, "agreement": 1}
    assert (Assignment.objects.get(pk=key).state, Task.objects.get().answers) == ("expired", 2)
    page = world.browser(world.wei).get("/work/history/").content.decode()
    assert "Came too late" in page
    assert "+$0.05" in page
    assert f'href="/work/history/{key}/"' in page
    of_it = world.browser(world.wei).get(f"/work/history/{key}/").content.decode()
    assert "Came too late" in of_it
    assert "the platform paid it all the same" in of_it
    told = world.api(world.wei).get(f"/api/v1/assignments/{key}/").json()
    assert (told["state"], told["late"]["paid"], told["submitted_at"][:4]) == ("expired", "0.05", "2026")
    [row] = world.api(world.wei).get("/api/v1/earnings/").json()["by_job"]
    assert (row["job"], row["late"], row["answers"]) == (job.public_id, "0.05", 0)
    assert audit() == []


def test_shapes_that_match_are_paid_for_as_in_time(world):
    job, *_ = one_image(world, CAN, reward_per_shape="0.02", shapes_paid_at_most=3)
    world.settled(job)
    next_day(world)
    assert (LateAnswer.objects.get().paid, balance(world.wei)) == (70_000, 70_000)
    assert audit() == []


def test_nothing_is_looked_at_on_the_same_day(world):
    job, *_ = one_image(world, CAN)
    world.settled(job)
    assert late_pay.pay_late(now=world.later(hours=23)) == 0


def test_one_that_does_not_agree_is_scored_and_not_paid(world):
    job, *_ = one_image(world, ELSEWHERE)
    world.settled(job)
    assert next_day(world) == 1
    late = LateAnswer.objects.get()
    assert (late.agreement, late.paid, balance(world.wei)) == (0, 0, 0)
    assert "not paid" in world.browser(world.wei).get("/work/history/").content.decode()


def test_goodwill_has_an_end_each_day(world, monkeypatch):
    monkeypatch.setattr(late_pay, "A_DAY_AT_MOST", 60_000)
    for number in range(2):
        job = world.published(images=1, overlap=1, title=f"Job {number}")
        sent_late(world, job, world.wei, CAN, others=(world.wanda,))
        world.settled(job)
    assert next_day(world) == 2
    assert sorted(LateAnswer.objects.values_list("paid", flat=True)) == [0, 50_000]
    job = world.published(images=1, overlap=1)
    sent_late(world, job, world.wei, CAN, others=(world.wanda,))
    world.settled(job)
    next_day(world)
    assert balance(world.wei) == 100_000, "another day, another cap"
    assert audit() == []


def test_who_was_turned_out_as_a_spammer_gets_none(world):
    job, *_ = one_image(world, CAN)
    flags.confirm(flag_id=flagged(world, job, world.wei).pk, by=world.ada, now=world.now)
    world.settled(job)
    next_day(world)
    assert (LateAnswer.objects.get().agreement, balance(world.wei)) == (None, 0)


def test_an_image_that_its_worker_answered_in_time_is_not_paid_twice(world):
    job = world.published(images=1, overlap=2)
    held = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    world.answer(job, world.wei, CAN)
    with pytest.raises(Conflict, match="given it again"):
        submit(
            assignment_id=held.assignment_id,
            worker=world.wei,
            payload={"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 30, 30]}]},
            want_next=False,
            now=world.now,
        )
    world.answer(job, world.wanda, CAN)
    world.settled(job)
    next_day(world)
    assert (LateAnswer.objects.get().paid, balance(world.wei)) == (0, 50_000)


@pytest.mark.parametrize(("said", "paid"), [(TRUE, 50_000), (FALSE, 0)])
def test_gold_is_held_against_the_known_answer_and_told_no_sooner(world, said, paid):
    job = job_with_gold(world, images=2, known=1, policy={"gold_share": 0.3})
    held = claim(job=job, worker=world.wei, now=world.now)
    Assignment.objects.filter(pk=held.assignment_id).update(task=Task.objects.get(state="gold"))
    LateAnswer.objects.create(assignment=kept(world, held, said), why=LateAnswer.Why.GIVEN_ON, kept_at=world.now)
    assert late_pay.pay_late(now=world.later(hours=23)) == 0
    assert next_day(world) == 1
    assert LateAnswer.objects.get().paid == paid


def kept(world, held, said):
    """The assignment as it stands with an answer that came too late."""
    submit(assignment_id=held.assignment_id, worker=world.wei, payload=said, want_next=False, now=world.now)
    Assignment.objects.filter(pk=held.assignment_id).update(state="expired", submitted_at=None)
    return Assignment.objects.get(pk=held.assignment_id)


def test_the_audit_finds_goodwill_that_nothing_speaks_for(world):
    job, *_ = one_image(world, CAN)
    world.settled(job)
    next_day(world)
    plant("UPDATE marketplace_lateanswer SET paid = paid + 1")
    assert any(fault.startswith("goodwill for a late answer") for fault in audit())
    plant("DELETE FROM marketplace_lateanswer")
    assert any("speaks of late answer" in fault for fault in audit())
