"""What a job's tags teach of its workers, from settlement to settlement."""

from __future__ import annotations

import pytest

from marketplace import background, settling, tag_learning
from marketplace.auditing import audit
from marketplace.models import Decision, Task
from qa.models import CrowdRecord, Reliability
from qa.reliabilities import learn_worth
from qa.tagging import questions
from tests.qa.answers import asks

LABELS = [{"name": "day", "shapes": ["tag"]}, {"name": "night", "shapes": ["tag"]}]


@pytest.fixture
def job(world):
    def job(images=4, overlap=None, **changes):
        return world.published(
            images=images, labels=LABELS, tag_choice="one", overlap=overlap or {"min": 3, "max": 3}, **changes
        )

    return job


def answers(world, job, **said):
    """Each worker answers as many images, in their order, as they say: wei="day day night"."""
    for name, tags in said.items():
        worker = getattr(world, name, None) or world.__dict__.setdefault(name, world.worker(name.capitalize()))
        for tag in tags.split():
            world.answer_tags(job, worker, tag)


def test_settling_teaches_how_reliable_each_worker_is(world, job):
    posted = job()
    answers(world, posted, wei="day night day night", wanda="day night day night", walt="day day day day")
    assert world.settled(posted) == 4
    counts = {one.worker.name: one.counts[0] for one in Reliability.objects.select_related("worker")}
    assert set(counts) == {"Wei", "Wanda", "Walt"}
    # Rows are what is true: Walt said day in two pictures that are night.
    assert counts["Walt"][1][0] > 1.5
    assert counts["Wei"][0][0] > 1.5
    crowd = CrowdRecord.objects.get(scope=f"job:{posted.pk}")
    assert (crowd.votes, crowd.version) == (12, 0)
    assert sum(map(sum, crowd.counts[0])) == pytest.approx(12, abs=0.01)
    assert audit() == []


def test_a_settlement_that_fails_teaches_nothing(world, job, monkeypatch):
    posted = job(images=1)
    answers(world, posted, wei="day", wanda="day", walt="day")
    with monkeypatch.context() as patch:
        patch.setattr("marketplace.settling.ledger.post", lambda **_: 1 / 0)
        assert world.settled(posted) == 0
    assert not Reliability.objects.exists()
    assert world.settled(posted) == 1


def test_the_consensus_keeps_its_confidence_and_that_it_is_uncalibrated(world, job):
    posted = job(images=1)
    answers(world, posted, wei="night", wanda="night", walt="night")
    world.settled(posted)
    decision = Decision.objects.get()
    body = decision.consensus.body
    assert [tag["label"] for tag in body["tags"]] == ["night"]
    assert 0.85 < body["confidence"] < 1
    assert body["calibrated"] is None
    assert decision.skills_version == 0


def test_one_more_answer_is_bought_while_the_error_is_above_the_target(world, job):
    posted = job(images=1, overlap={"min": 2, "max": 5}, policy={"target_error": 0.1})
    answers(world, posted, wei="night", wanda="night")
    assert world.settled(posted) == 0
    answers(world, posted, walt="day")
    assert world.settled(posted) == 0
    assert list(Task.objects.values_list("state", "wanted")) == [("open", 4)]
    assert audit() == []


def test_three_of_one_mind_suffice(world, job):
    posted = job(images=1, overlap={"min": 2, "max": 5}, policy={"target_error": 0.1})
    answers(world, posted, wei="night", wanda="night")
    world.settled(posted)
    answers(world, posted, walt="night")
    assert world.settled(posted) == 1
    assert list(Task.objects.values_list("state", "wanted")) == [("settled", 3)]


def test_where_gold_shows_that_the_target_is_out_of_reach_nothing_more_is_bought(world, job):
    posted = job(images=1, overlap={"min": 2, "max": 5}, policy={"target_error": 0.1})
    scope = tag_learning.scope_of(job_id=posted.pk)
    CrowdRecord.objects.create(scope=scope, counts=[[[0, 0], [0, 0]]], tasks=[[0, 0]])
    learn_worth(scope=scope, claimed=[0.85, 0.99] * 100, right=[True, False, False, True] * 50)
    answers(world, posted, wei="night", wanda="night")
    assert world.settled(posted) == 1
    assert list(Task.objects.values_list("state", "wanted")) == [("settled", 2)]
    assert Decision.objects.get().consensus.body["calibrated"] == pytest.approx(0.5, abs=0.05)


def test_a_refit_changes_what_is_judged_next_and_nothing_that_is_settled(world, job):
    posted = job(images=3)
    answers(world, posted, wei="day night", wanda="day night", walt="night day")
    world.settled(posted)
    before = list(Decision.objects.order_by("pk").values("pk", "consensus_id", "current", "skills_version"))
    background.refit_tags.run(posted.pk)
    assert list(Decision.objects.order_by("pk").values("pk", "consensus_id", "current", "skills_version")) == before
    answers(world, posted, wei="day", wanda="day", walt="night")
    world.settled(posted)
    assert Decision.objects.order_by("-pk")[0].skills_version == 1
    assert audit() == []


def test_a_refit_finds_what_settling_bit_by_bit_added_up(world, job):
    posted = job()
    answers(world, posted, wei="day night day night", wanda="day night day night", walt="day day day day")
    world.settled(posted)
    added = {one.worker_id: one.counts[0] for one in Reliability.objects.all()}
    assert settling.refit_tags(job_id=posted.pk) == 1
    for one in Reliability.objects.all():
        assert one.counts[0][1] == pytest.approx(added[one.worker_id][1], abs=0.2)
    assert CrowdRecord.objects.get().votes_at_refit == 12


def test_a_job_without_tags_learns_no_tags(world):
    posted = world.published(images=1)
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(posted, worker, ("can", [10, 10, 30, 30]))
    world.settled(posted)
    assert not CrowdRecord.objects.exists()
    assert settling.refit_tags(job_id=posted.pk) == 0


def test_the_sweeper_finds_a_refit_that_no_bell_told_of(world, job):
    posted = job(images=1)
    CrowdRecord.objects.create(scope=f"job:{posted.pk}", counts=[], tasks=[], votes=5000, votes_at_refit=3000)
    CrowdRecord.objects.create(scope="job:0", counts=[], tasks=[], votes=5000, votes_at_refit=3000)
    assert tag_learning.due() == [posted.pk]
    CrowdRecord.objects.update(votes_at_refit=4500)
    assert tag_learning.due() == []


def test_records_are_fitted_question_by_question():
    policy = asks(tags=["rain", "snow"], tag_choice="any")
    given = [(task, worker, ["rain"] if task % 2 else []) for task in range(6) for worker in (4, 9)]
    found = tag_learning.fit_records(given=given, policy=policy)
    assert set(found.workers) == {4, 9}
    assert [one.shape for one in found.workers[4]] == [(2, 2)] * len(questions(policy))
    assert found.tasks[0] == pytest.approx([3, 3], abs=0.2)
    assert found.tasks[1][0] > 5
