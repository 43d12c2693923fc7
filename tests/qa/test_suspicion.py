import numpy as np
import pytest

from annotation.shapes import Answer
from qa.suspicion import Seen, alpha_of, signature, suspicions, told
from tests.qa.answers import HEIGHT, WIDTH, asks, box

TAGS = {"tags": ["day", "night"], "tag_choice": "one"}


def tags(task, worker, tag, *, ms=20_000):
    return Seen(f"{worker}-{task:03}", task, worker, float(task), ms, Answer(WIDTH, HEIGHT, (tag,), (), empty=False))


def drawing(task, worker, *shapes, ms=20_000):
    return Seen(f"{worker}-{task:03}", task, worker, float(task), ms, Answer(WIDTH, HEIGHT, (), shapes, not shapes))


def honest(tasks, workers=6):
    chance = np.random.default_rng(2)
    shown = chance.integers(0, 2, tasks)
    wrong = chance.random((workers, tasks)) < 0.15
    names = ("day", "night")
    return [
        tags(task, worker, names[shown[task] ^ int(wrong[worker, task])], ms=int(chance.integers(15_000, 30_000)))
        for task in range(tasks)
        for worker in range(workers)
    ]


def test_an_honest_crowd_raises_no_suspicion():
    assert suspicions(answers=honest(80), policy=asks(**TAGS)) == []


def test_every_kind_is_found_and_its_evidence_is_plain_data():
    crowd = honest(80)
    lazy = [tags(task, 10, "day", ms=100) for task in range(80)]
    found = {(sign.kind, sign.worker): sign for sign in suspicions(answers=[*crowd, *lazy], policy=asks(**TAGS))}
    assert set(found) == {("haste", 10), ("run", 10)}
    assert found["run", 10].evidence["answer"] == "day"
    assert found["run", 10].weight == 80
    assert found["haste", 10].evidence["impossible"] == 80
    assert len(found["haste", 10].evidence["examples"]) == 12


def test_copied_tags_make_a_group():
    crowd = honest(80)
    flipped = {each.task: each.answer.tags[0] for each in crowd if each.worker == 0}
    chance = np.random.default_rng(9)
    other = {"day": "night", "night": "day"}
    said = {task: other[tag] if chance.random() < 0.3 else tag for task, tag in flipped.items()}
    copies = [tags(task, worker, tag) for worker in (11, 12) for task, tag in said.items()]
    found = suspicions(answers=[*crowd, *copies], policy=asks(**TAGS))
    assert {(sign.kind, sign.worker) for sign in found} == {("group", 11), ("group", 12)}
    (pair,) = found[0].evidence["pairs"]
    assert pair["with"] == 12
    assert pair["alike"] > pair["expected"]


def test_copied_drawings_are_found_and_lone_ones_are_not():
    chance = np.random.default_rng(4)

    def drawn(task, worker, off):
        return drawing(task, worker, box(*(np.array([50, 60, 200, 150]) + off).tolist()))

    crowd = [drawn(task, worker, chance.normal(0, 6, 4)) for task in range(30) for worker in range(5)]
    copies = []
    for task in range(30):
        off = chance.normal(0, 6, 4)
        copies += [drawn(task, 11, off), drawn(task, 12, off + 0.5)]
    found = suspicions(answers=[*crowd, *copies], policy=asks())
    assert {(sign.kind, sign.worker) for sign in found} == {("copies", 11), ("copies", 12)}
    assert suspicions(answers=crowd, policy=asks()) == []


def test_pictures_on_which_nobody_draws_are_no_sign():
    assert suspicions(answers=[drawing(task, worker) for task in range(40) for worker in range(5)], policy=asks()) == []


def test_what_an_answer_says_in_few_words():
    can = box(1, 2, 3, 4)
    assert told(Answer(WIDTH, HEIGHT, ("day",), (), empty=False)) == "day"
    assert told(Answer(WIDTH, HEIGHT, ("day",), (can, can), empty=False)) == "day and 2 drawings"
    assert told(Answer(WIDTH, HEIGHT, (), (), empty=True)) == "nothing"


def test_a_signature_knows_decimals_and_no_time():
    one = Answer(WIDTH, HEIGHT, (), (box(1, 2, 3, 4),), empty=False, active_ms=5)
    other = Answer(WIDTH, HEIGHT, (), (box(1, 2, 3, 4),), empty=False, active_ms=900)
    assert signature(one) == signature(other)
    assert signature(one) != signature(Answer(WIDTH, HEIGHT, (), (box(1, 2, 3, 4.01),), empty=False))


def test_alpha_of_chosen_tags_is_that_of_the_votes():
    generator = np.random.default_rng(0)
    votes = [(0, "day"), (0, "day"), (1, "day"), (1, "night"), (2, "night"), (2, "night")]
    answers = [tags(task, number, tag) for number, (task, tag) in enumerate(votes)]
    assert alpha_of(answers=answers, policy=asks(**TAGS), generator=generator).value == pytest.approx(4 / 9)


def test_alpha_of_yes_or_no_tags_takes_each_question_for_itself():
    policy = asks(tags=["rain", "snow"], tag_choice="any")
    said = [(0, ("rain",)), (0, ("rain",)), (1, ()), (1, ("snow",))]
    answers = [
        Seen(str(n), task, n, 0.0, 1, Answer(WIDTH, HEIGHT, chosen, (), empty=False))
        for n, (task, chosen) in enumerate(said)
    ]
    # Rain never differs, where chance makes 4 of 6 pairs differ; snow does in one of two, where chance makes 3 of 6.
    alpha = alpha_of(answers=answers, policy=policy, generator=np.random.default_rng(0))
    assert alpha.value == pytest.approx(1 - (0 + 1 / 2) / (4 / 6 + 3 / 6))


def test_alpha_of_drawings_is_high_where_they_overlap_and_low_where_they_do_not():
    near = [drawing(task, worker, box(40 * task, 30, 60, 60 + worker)) for task in range(8) for worker in range(3)]
    apart = [drawing(task, worker, box(200 * worker, 30, 60, 60)) for task in range(8) for worker in range(3)]

    def alpha(answers):
        return alpha_of(answers=answers, policy=asks(), generator=np.random.default_rng(0))

    assert alpha(near).value > 0.9
    assert alpha(apart).value < 0
    assert alpha([]).value is None


def test_no_more_drawings_are_compared_than_a_look_may_take(monkeypatch):
    monkeypatch.setattr("qa.suspicion.PAIRS", 9)
    answers = [drawing(task, worker, box(40 * task, 30, 60, 60 + worker)) for task in range(8) for worker in range(3)]
    alpha = alpha_of(answers=answers, policy=asks(), generator=np.random.default_rng(0))
    assert (alpha.units, alpha.values) == (3, 9)
