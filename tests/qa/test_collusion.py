import time

import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import settings
from hypothesis import strategies as st

from qa.collusion import groups_by_answers, groups_by_closeness
from qa.excess import Pair
from tests.bench.consensus.collusion import BOXES, TAGS, Crowd, of_boxes, of_tags


def chance(seed=1):
    return np.random.default_rng([seed, 7])


def flagged(groups):
    return {worker for group in groups for worker in group.workers}


def votes(table):
    """Codes of a table of workers × tasks, a letter a vote, a dot for none."""
    rows = [(task, worker, ord(said)) for worker, row in enumerate(table) for task, said in enumerate(row)]
    told = [row for row in rows if row[2] != ord(".")]
    return {name: [row[k] for row in told] for k, name in enumerate(("tasks", "workers", "answers"))}


def test_two_who_share_rare_mistakes_are_told_with_the_figures():
    honest = ["a" * 40 for _ in range(6)]
    (group,) = groups_by_answers(**votes([*honest, "a" * 20 + "b" * 20, "a" * 20 + "b" * 19 + "a"]))
    assert group.workers == (6, 7)
    (pair,) = group.pairs
    assert (pair.first, pair.second, pair.tasks, pair.alike) == (6, 7, 20, 19)
    assert pair.expected < 7
    assert pair.copied > 0.9
    assert pair.chance < 0.001


def test_sharing_what_everybody_says_is_no_sign():
    assert groups_by_answers(**votes(["abab" * 20] * 5)) == []


def test_a_few_coincidences_are_no_sign():
    assert groups_by_answers(**votes(["a" * 40] * 6 + ["a" * 37 + "bbb"] * 2)) == []


def test_whoever_stood_against_a_group_that_won_is_not_a_group():
    """Three copiers of five decide half of the tasks wrongly; the two honest ones agree against them."""
    random = chance()
    truth = random.integers(0, 2, 120)
    honest = [np.where(random.random(120) < 0.85, truth, 1 - truth) for _ in range(12)]
    rows = []
    for task in range(120):
        there = [12, 13, 14] if task % 2 else []
        there += random.choice(12, 2 if task % 2 else 5, replace=False).tolist()
        rows += [(task, who, honest[who][task] if who < 12 else 1 - truth[task]) for who in there]
    tasks, workers, answers = zip(*rows, strict=True)
    assert flagged(groups_by_answers(tasks=tasks, workers=workers, answers=answers)) == {12, 13, 14}


@pytest.mark.parametrize("name", ["copies", "four tags", "a tenth changed", "good crowd", "hard tasks"])
@pytest.mark.parametrize("seed", range(3))
def test_five_who_copy_tags_among_thirty_are_found(name, seed):
    found = flagged(of_tags(TAGS[name], chance(seed)))
    assert len(found & set(range(30, 35))) >= 4
    assert len(found - set(range(30, 35))) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_five_who_copy_boxes_among_thirty_are_found_though_they_move_them_a_little(seed):
    found = flagged(of_boxes(BOXES["copies shaken by a pixel"], chance(seed)))
    assert len(found & set(range(30, 35))) >= 4
    assert len(found - set(range(30, 35))) <= 1


@pytest.mark.parametrize("name", [name for name in TAGS if name.startswith("nobody")])
def test_honest_crowds_are_hardly_ever_flagged_for_their_tags(name):
    assert sum(bool(of_tags(TAGS[name], chance(seed))) for seed in range(4)) <= 1


@pytest.mark.parametrize("name", [name for name in BOXES if name.startswith("nobody")])
def test_honest_crowds_are_hardly_ever_flagged_for_their_boxes(name):
    assert sum(bool(of_boxes(BOXES[name], chance(seed))) for seed in range(2)) <= 1


@settings(max_examples=15)
@when(st.integers(0, 1000), st.permutations(range(12)))
def test_neither_order_nor_names_matter(seed, names):
    random = np.random.default_rng(seed)
    said = random.integers(0, 3, (9, 60))
    said = np.r_[said, said[-1:], said[-1:], said[-1:]]
    workers, tasks = np.nonzero(random.random(said.shape) < 0.8)
    answers = said[workers, tasks]
    first = groups_by_answers(tasks=tasks, workers=workers, answers=answers)
    mixed = random.permutation(len(tasks))
    named = np.array(names)
    again = groups_by_answers(tasks=-tasks[mixed], workers=named[workers][mixed], answers=7 - answers[mixed])
    assert flagged(again) == {names[worker] for worker in flagged(first)}
    drawn = {"tasks": tasks % 20, "left": workers, "right": (workers + 1 + tasks % 10) % 12, "agreements": answers / 3}
    shown = groups_by_closeness(**drawn)
    turned = groups_by_closeness(
        tasks=drawn["tasks"][mixed] + 5,
        left=named[drawn["right"]][mixed],
        right=named[drawn["left"]][mixed],
        agreements=drawn["agreements"][mixed],
    )
    assert flagged(turned) == {names[worker] for worker in flagged(shown)}


def test_drawings_that_are_the_same_on_every_picture_are_near_without_being_equal():
    random = chance()
    rows = []
    for task in range(40):
        for left in range(6):
            for right in range(left + 1, 6):
                near = (left, right) == (4, 5)
                rows.append((task, left, right, 0.99 if near else random.uniform(0.75, 0.85)))
    tasks, left, right, agreements = zip(*rows, strict=True)
    (group,) = groups_by_closeness(tasks=tasks, left=left, right=right, agreements=agreements)
    assert group.workers == (4, 5)
    assert group.pairs == (
        Pair(first=4, second=5, tasks=40, alike=40, expected=group.pairs[0].expected, copied=1.0,
             chance=group.pairs[0].chance),
    )  # fmt: skip


def test_pictures_with_nothing_on_them_are_no_sign():
    pairs = [(task, a, b) for task in range(50) for a in range(5) for b in range(a + 1, 5)]
    tasks, left, right = zip(*pairs, strict=True)
    assert groups_by_closeness(tasks=tasks, left=left, right=right, agreements=[1.0] * len(pairs)) == []


def test_nothing_is_said_of_nothing_and_two_are_no_crowd():
    assert groups_by_answers(tasks=[], workers=[], answers=[]) == []
    assert groups_by_closeness(tasks=[], left=[], right=[], agreements=[]) == []
    assert groups_by_closeness(tasks=range(50), left=[1] * 50, right=[2] * 50, agreements=[1.0] * 50) == []
    with pytest.raises(ValueError, match="a task, a worker"):
        groups_by_answers(tasks=[1], workers=[1], answers=[])


def test_a_large_job_takes_seconds():
    begin = time.perf_counter()
    of_tags(Crowd(honest=300, tasks=5_000, overlap=5), chance())
    assert time.perf_counter() - begin < 20
