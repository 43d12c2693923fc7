"""What answers show of how well their workers draw, from settlement to settlement."""

from __future__ import annotations

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import flags
from marketplace.adopting import Answered, Decided, Given
from marketplace.auditing import audit
from marketplace.drawing_lessons import shown_by, taught_by
from marketplace.models import Assignment, Decision, Task
from marketplace.policies import skill_scope
from qa.drawing_skill import DrawingSkill
from qa.models import Consensus, Skill
from qa.peers import compare_peers
from qa.reputation import known_of
from tests.marketplace.flagging import flagged
from tests.qa.answers import asks, box, boxes, given

CAN = (10, 10, 30, 30)


def skills(world, job):
    rows = Skill.objects.filter(label="").exclude(drawing=None).select_related("worker")
    return {row.worker.name: DrawingSkill(*row.drawing) for row in rows}


def drawn(world, job, images=4, **off):
    """Each worker draws the can of every image, so many pixels to the right."""
    for name, pixels in off.items():
        worker = getattr(world, name, None) or world.__dict__.setdefault(name, world.worker(name.capitalize()))
        for number in range(images):
            world.answer(job, worker, ("can", [CAN[0] + pixels * (-1) ** number, *CAN[1:]]))


def test_settling_teaches_how_well_each_worker_draws(world):
    job = world.published(images=4)
    drawn(world, job, wei=0, wanda=0, walt=5)
    world.settled(job)
    found = skills(world, job)
    assert {name: skill.drawn for name, skill in found.items()} == dict.fromkeys(("Wei", "Wanda", "Walt"), 4)
    assert found["Walt"].spread > 1.5 * found["Wei"].spread
    assert found["Walt"].care < found["Wei"].care
    assert found["Wei"].recall > DrawingSkill().recall
    assert audit() == []


def test_it_costs_no_statement_more(world):
    """Beside what is learnt of agreement: of the record over all labels both are in one row."""
    seen = []
    for size in (1, 1, 4):  # the first opens the accounts that pay goes to
        job = world.published(images=size)
        drawn(world, job, images=size, wei=0, wanda=1, walt=2)
        with CaptureQueriesContext(connection) as caught:
            world.settled(job)
        statements = [query["sql"] for query in caught if "qa_skill" in query["sql"]]
        assert [sql.split()[0] for sql in statements] == ["SELECT", "INSERT"]
        seen.append(len(caught))
    assert seen[1] == seen[2]


def test_edges_are_drawn_by_who_is_known_to_draw_them_well(world):
    """Wei and Walt agree with the others alike, as far as votes go: only Walt's edges are known to be loose."""
    job = world.published(images=1)
    scope = skill_scope(label_set=job.label_set)
    careful, loose = DrawingSkill(strayed=1, drawn=100), DrawingSkill(strayed=25, drawn=100)
    drawn(world, job, images=1, wei=0, wanda=2, walt=6)
    for worker, known in ((world.wei, careful), (world.wanda, loose), (world.walt, loose)):
        Skill.objects.create(
            worker=worker, scope=scope, right=50, wrong=10, answers=60, seen_at=world.now, drawing=known.counts
        )
    world.settled(job)
    [adopted] = Consensus.objects.get().body["objects"]
    # The middle of the three would be 2 to the right.
    assert adopted["bbox"][0] < CAN[0] + 1


def test_a_settlement_that_fails_teaches_nothing(world, monkeypatch):
    job = world.published(images=1)
    drawn(world, job, images=1, wei=0, wanda=1, walt=2)
    with monkeypatch.context() as patch:
        patch.setattr("marketplace.settling.ledger.post", lambda **_: 1 / 0)
        assert world.settled(job) == 0
    assert not Skill.objects.exists()


def test_an_image_that_waits_for_one_more_answer_teaches_only_when_it_is_decided(world):
    job = world.published(images=1, overlap={"min": 2, "max": 3}, policy={"target_confidence": 0.9})
    world.answer(job, world.wei, ("can", CAN))
    world.answer(job, world.wanda, ("can", [60, 40, 20, 20]))
    assert world.settled(job) == 0
    assert not Skill.objects.exists()
    world.answer(job, world.worker("Walt"), ("can", CAN))
    assert world.settled(job) == 1
    assert {name: skill.drawn for name, skill in skills(world, job).items()} == {"Wei": 1, "Wanda": 0, "Walt": 1}


def test_an_answer_teaches_once_however_often_its_image_is_decided(world):
    job = world.published(images=1)
    drawn(world, job, images=1, wei=0, wanda=0, walt=1)
    world.settled(job)
    before = skills(world, job)
    Task.objects.update(state=Task.State.ANSWERED, settled_at=None)
    assert world.settled(job) == 1
    assert Decision.objects.count() == 2
    assert skills(world, job) == before


def test_only_answers_that_were_not_judged_before_teach():
    answers = [Given("a", 1, 7, "accepted", {}), Given("b", 1, 8, "submitted", {}), Given("c", 1, 9, "submitted", {})]
    counts = {"a": [1.0] * 6, "b": [2.0] * 6}
    one = Decided(Answered(1, 1, 3), answers, outcome=None, drawn=counts)
    assert taught_by(decided=[one, one]) == {8: DrawingSkill(*[4.0] * 6)}


def test_who_was_turned_out_as_a_spammer_teaches_nothing_and_draws_no_edge(world):
    job = world.published(images=1)
    drawn(world, job, images=1, wei=0, wanda=0, walt=10)
    flags.confirm(flag_id=flagged(world, job, world.walt).pk, by=world.ada, now=world.now)
    world.settled(job)
    assert set(skills(world, job)) == {"Wei", "Wanda"}
    # Nor does anybody learn from having drawn otherwise than they did.
    assert skills(world, job)["Wei"].strayed == 0
    [adopted] = Consensus.objects.get().body["objects"]
    assert adopted["bbox"] == list(CAN)


def test_a_lone_answer_shows_nothing(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wei, ("can", CAN))
    world.settled(job)
    assert skills(world, job) == {}


def test_a_job_of_tags_learns_nothing_of_drawing(world):
    labels = [{"name": "day", "shapes": ["tag"]}, {"name": "night", "shapes": ["tag"]}]
    job = world.published(images=1, labels=labels, tag_choice="one")
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        world.answer_tags(job, worker, "day")
    world.settled(job)
    assert Skill.objects.filter(label="").count() == 3
    assert skills(world, job) == {}


def test_a_later_job_with_the_same_labels_begins_with_what_was_learnt(world):
    job = world.published(images=4)
    drawn(world, job, wei=0, wanda=0, walt=5)
    world.settled(job)
    _, known = known_of(worker_ids=[world.walt.pk], scope=skill_scope(label_set=job.label_set), now=world.now)
    assert known[world.walt.pk].counts == pytest.approx(skills(world, job)["Walt"].counts)
    assert Assignment.objects.filter(state="accepted").count() == 12


def test_neither_the_order_of_tasks_nor_that_of_answers_changes_what_is_shown():
    policy = asks()
    tasks = {
        1: [given("a", *boxes((0, 0, 50, 50))), given("b", *boxes((4, 0, 50, 50))), given("c", box(0, 9, 50, 50))],
        2: [given("d", *boxes((0, 0, 50, 50), (99, 0, 9, 9))), given("e", *boxes((9, 0, 50, 50)))],
        3: [given("f"), given("g", *boxes((200, 0, 50, 50))), given("h", *boxes((203, 0, 50, 50)))],
    }
    workers = {"a": 1, "b": 2, "c": 3, "d": 1, "e": 3, "f": 1, "g": 2, "h": 4}
    first = None
    for order in itertools.permutations(tasks):
        answers = {task: tasks[task][:: (-1) ** turn] for turn, task in enumerate(order)}
        peers = {task: compare_peers(answers=group, policy=policy) for task, group in answers.items()}
        shown = shown_by(answers=answers, workers=workers, peers=peers, known={2: DrawingSkill(drawn=5)}, policy=policy)
        counts = {key: row for rows in shown.counts.values() for key, row in rows.items()}
        first = first or (shown.skills, counts)
        assert all(shown.skills[one].counts == pytest.approx(first[0][one].counts) for one in (1, 2, 3, 4))
        assert all(counts[key] == pytest.approx(first[1][key]) for key in workers)
