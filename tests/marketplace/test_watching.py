import pytest

from marketplace.flags import confirm, dismiss
from marketplace.models import Flag, Watch
from marketplace.sweeping import sweep
from marketplace.watching import due, watch, watch_if_due
from tests.marketplace.flagging import IMAGES, copied_job


@pytest.fixture
def job(world):
    job, _, _ = world.recalled(copied_job)
    return job


def look(world, job):
    return watch(job_id=job.pk, now=world.now)


def test_who_copies_is_flagged_with_evidence_and_nobody_else(world, job):
    assert look(world, job) == Flag.objects.count() > 0
    found = Flag.objects.order_by("pk")
    assert {flag.worker for flag in found} == {world.wei, world.wanda}
    copies = found.filter(kind=Flag.Kind.COPIES, worker=world.wei).get()
    assert copies.evidence["pairs"][0]["with"] == world.wanda.pk
    assert copies.evidence["pairs"][0]["alike"] > IMAGES - 3
    assert copies.state == Flag.State.OPEN


def test_a_flag_changes_nothing_by_itself(world, job):
    look(world, job)
    assert set(job.enrolments.values_list("state", flat=True)) == {"ready"}
    assert world.settled(job) == IMAGES


def test_the_same_evidence_makes_one_flag_however_often_it_is_seen(world, job):
    first = look(world, job)
    world.later(hours=1)
    assert [look(world, job), look(world, job)] == [0, 0]
    assert Flag.objects.count() == first
    assert set(Flag.objects.values_list("seen_at", flat=True)) == {world.now}


def test_what_was_dismissed_comes_back_only_when_far_more_speaks_for_it(world, job):
    count = look(world, job)
    for flag in Flag.objects.all():
        dismiss(flag_id=flag.pk, by=world.ada, now=world.now)
    assert look(world, job) == 0
    for flag in Flag.objects.all():
        Flag.objects.filter(pk=flag.pk).update(weight=flag.weight // 2)
    assert look(world, job) == count


def test_who_was_turned_out_is_not_flagged_again(world, job):
    look(world, job)
    confirm(flag_id=Flag.objects.filter(worker=world.wei).first().pk, by=world.ada, now=world.now)
    Flag.objects.filter(worker=world.wei, state="open").delete()
    assert look(world, job) == 0


def test_how_far_answers_agree_is_kept_with_what_it_rests_on(world, job):
    look(world, job)
    kept = Watch.objects.get()
    assert (kept.answers, kept.images, kept.looked_at) == (5 * IMAGES, IMAGES, world.now)
    # All images have their can at about the same place, so by chance answers agree nearly as well.
    assert -0.5 < kept.alpha < 0.5


def test_only_the_latest_answers_are_looked_at(world, job, monkeypatch):
    monkeypatch.setattr("marketplace.watching.WINDOW", 20)
    look(world, job)
    assert Watch.objects.get().answers == 20


def test_looking_costs_as_many_statements_for_many_answers_as_for_few(world, job, django_assert_max_num_queries):
    look(world, job)
    with django_assert_max_num_queries(12 + Flag.objects.count()):
        look(world, job)


def test_a_job_is_due_when_answers_came_and_it_was_not_looked_at_lately(world):
    assert due(now=world.now) == []
    job = world.published(images=2)
    assert due(now=world.now) == []
    world.answer(job, world.wei)
    assert due(now=world.now) == [job.pk]
    look(world, job)
    assert due(now=world.later(hours=1)) == []
    world.answer(job, world.wei)
    assert due(now=world.now) == [job.pk]
    look(world, job)
    world.answer(job, world.wanda)
    assert due(now=world.later(minutes=5)) == []
    assert due(now=world.later(minutes=6)) == [job.pk]


def test_the_sweeper_rings_and_of_many_rings_one_is_answered(world, job, monkeypatch):
    rung = []
    monkeypatch.setattr("marketplace.sweeping.bell.ring", lambda *words: rung.append(words))
    sweep(now=world.now)
    assert ("watch", job.pk) in rung

    assert watch_if_due(job_id=job.pk, now=world.now) > 0
    Flag.objects.all().delete()
    assert watch_if_due(job_id=job.pk, now=world.later(minutes=5)) == 0
    assert watch_if_due(job_id=job.pk, now=world.later(minutes=6)) > 0


def test_a_look_that_fails_waits_for_the_next_answers(world, job, monkeypatch):
    monkeypatch.setattr("marketplace.watching.suspicions", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        watch_if_due(job_id=job.pk, now=world.now)
    assert due(now=world.now) == []
    assert due(now=world.later(minutes=11)) == []
    world.answer(world.published(images=1), world.wei)
    assert job.pk not in due(now=world.now)


def test_tags_are_watched_too(world):
    labels = [{"name": "tidy", "shapes": ["tag"]}, {"name": "messy", "shapes": ["tag"]}]
    job = world.published(images=20, overlap=3, labels=labels, tag_choice="one")
    for turn in range(20):
        for worker in (world.wanda, world.worker(f"Walt{turn}")):
            world.answer_tags(job, worker, "tidy" if turn % 2 else "messy")
        world.answer_tags(job, world.wei, "tidy")
    look(world, job)
    assert Flag.objects.get(kind=Flag.Kind.RUN).worker == world.wei
    assert Watch.objects.get().alpha < 0.7
