from datetime import timedelta

from marketplace import bonuses, overturning, reversing, spending, topping_up
from marketplace.enrolling import enrol
from marketplace.gold_outcomes import accuracy
from marketplace.models import Watch
from marketplace.reports.period import Period
from marketplace.reports.quality import quality_report
from marketplace.watching import watch
from qa.models import Gold
from tests.known import job_with_gold, seed, settle_round, work
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN, three_answers


def test_the_lowest_agreement_comes_first(world):
    job = world.published(images=1)
    walt = three_answers(world, job)
    world.settled(job)

    found = quality_report(period=Period(world.now.date(), world.now.date()))

    [row] = found.jobs
    assert (row.name, row.answers, row.accepted, row.workers, row.tasks) == (job.public_id, 3, 2, 3, 1)
    assert (row.spent, row.cost_per_annotation, row.median_ms, row.hourly) == (120_000, 60_000, 30_000, 6_000_000)
    assert (row.acceptance, row.disputed_share, row.throughput, row.cost_per_correct) == (2 / 3, 0, 120, None)
    assert found.workers[0].title == walt.pseudonym
    assert found.workers[0].acceptance == 0


def test_pay_that_was_taken_back_was_not_spent_and_a_bonus_was(world, monkeypatch):
    for module in ("fair_pay", "measuring"):
        monkeypatch.setattr(f"marketplace.{module}.WORKERS", 2)
    job = world.published(images=3, overlap=1, fair_pay_reserve_percent=100)
    kept, copied = (world.answer(job, worker, CAN, seconds=45) for worker in (world.wei, world.wanda))
    world.settled(job)
    assert topping_up.look(job_id=job.pk, now=world.now) == 2
    gift = {"requester": world.rita, "reason": "Thanks.", "now": world.now}
    for answer, amount in ((kept, 10_000), (copied, 20_000)):
        bonuses.give(assignment_id=answer.pk, idempotency_key=str(amount), amount=amount, **gift)
    lost = world.rejected(worker=world.worker("Walt"))
    upheld = contest(world, lost)
    overturning.uphold(appeal_id=upheld.pk, decider=world.ada, answer="Yes.", adopt=False, now=world.now)
    period = Period(world.now.date() - timedelta(days=1), world.now.date())
    spent = {row.name: row.spent for row in quality_report(period=period).jobs}
    assert (spent[job.public_id], spent[lost.job.public_id]) == (4 * 60_000 + 36_000, 3 * 60_000)
    for answer in (copied, lost):
        reversing.reverse(assignment_id=answer.pk, by=world.ada, reason="Copied.", now=world.now)
    spent = {row.name: row.spent for row in quality_report(period=period).jobs}
    assert (spent[job.public_id], spent[lost.job.public_id]) == (2 * 60_000 + 36_000, 2 * 60_000)
    job.refresh_from_db()
    assert spending.beside(job=job) == {"bonuses": 36_000, "top_ups": 60_000}


def test_alpha_comes_from_the_last_look_at_the_job(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    period = Period(world.now.date(), world.now.date())
    assert quality_report(period=period).jobs[0].alpha is None

    watch(job_id=job.pk, now=world.now)

    [row] = quality_report(period=period).jobs
    assert (row.alpha, row.alpha_images) == (Watch.objects.get().alpha, 1)


def test_a_period_without_work_is_empty(world):
    found = quality_report(period=Period(world.now.date(), world.now.date()))

    assert (found.jobs, found.workers) == ((), ())


def test_it_says_how_right_answers_are_where_the_answer_is_known(world):
    job = job_with_gold(world)
    for number, worker in enumerate((world.wei, world.wanda, world.worker("Walt")), 1):
        enrol(job=job, worker=worker, now=world.now)
        seed(job, worker, number)  # else one run in many tells nothing yet of somebody's known images
        work(world, job, worker, answers=12, wrong_on_gold=worker == world.wei)
    settle_round(world, job)
    period = Period(world.now.date(), world.now.date())
    known = accuracy(job=job)
    found = quality_report(period=period)
    [row] = found.jobs
    assert (row.gold_answers, row.gold_accuracy) == (known.answers, known.share)
    assert row.cost_per_correct == round(row.spent / (row.accepted * known.share))
    by_worker = {each.title: each.gold_accuracy for each in found.workers}
    assert (by_worker[world.wei.pseudonym], by_worker[world.wanda.pseudonym]) == (0, 1)
    assert found.overall.gold_accuracy == known.share
    Gold.objects.update(state="review")
    assert quality_report(period=period).jobs[0].gold_accuracy is None
