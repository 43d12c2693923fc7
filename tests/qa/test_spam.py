import random

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.spam import Given, constant, fastest_ms, too_fast

EVEN = (21_000, 25_000, 30_000, 36_000, 28_000)
WORKERS = 8


def answer(worker, turn, *, task=None, ms=25_000, shapes=1, says="can"):
    key = f"{worker}-{turn:03}"
    return Given(key, turn if task is None else task, worker, float(turn), ms, shapes, says)


def honest_crowd(*, chance, workers=WORKERS, tasks=40):
    """People of different pace and care, who say what the image shows and sometimes err."""
    found = []
    shown = [chance.choice("abc") for _ in range(tasks)]
    for worker in range(workers):
        pace = chance.lognormvariate(0, 0.35)
        for turn in range(tasks):
            says = shown[turn] if chance.random() < 0.85 else chance.choice("abc")
            ms = round(25_000 * pace * chance.lognormvariate(0, 0.5))
            found.append(answer(worker, turn, ms=ms, shapes=chance.randrange(4), says=says))
    return found


def test_who_answers_faster_than_one_can_look_is_told_with_the_answers():
    crowd = [answer(worker, turn, ms=EVEN[turn % 5]) for worker in range(4) for turn in range(20)]
    fast = [answer(9, turn, ms=400 if turn < 6 else 20_000) for turn in range(20)]
    (found,) = too_fast(answers=[*crowd, *fast])
    assert (found.worker, found.answers, found.impossible) == (9, 20, 6)
    assert found.keys == tuple(f"9-{turn:03}" for turn in range(6))


def test_what_is_possible_depends_on_what_was_drawn():
    assert fastest_ms(shapes=0) == 300
    assert fastest_ms(shapes=10) == 3_300
    quick = [answer(1, turn, ms=2_000, shapes=2) for turn in range(20)]
    assert too_fast(answers=quick) == []
    assert too_fast(answers=[answer(1, turn, ms=2_000, shapes=9) for turn in range(20)])[0].impossible == 20


def test_three_deviations_below_the_others_and_a_third_of_the_time_are_haste():
    paces = (0.8, 0.9, 1.0, 1.1, 1.25, 1.0)
    crowd = [answer(n, turn, ms=round(EVEN[turn % 5] * pace)) for n, pace in enumerate(paces) for turn in range(20)]
    (found,) = too_fast(answers=[*crowd, *[answer(9, turn, ms=6_000) for turn in range(20)]])
    assert (found.worker, found.impossible) == (9, 0)
    assert found.deviations > 3
    assert found.pace < 0.25
    assert too_fast(answers=[*crowd, *[answer(9, turn, ms=20_000) for turn in range(20)]]) == []


def test_few_answers_and_few_workers_accuse_nobody():
    assert too_fast(answers=[answer(1, turn, ms=1) for turn in range(4)]) == []
    lone = [answer(1, turn) for turn in range(20)] + [answer(2, turn, ms=2_000) for turn in range(20)]
    assert too_fast(answers=lone) == []


def test_a_long_run_of_one_answer_that_others_do_not_give_is_told():
    shown = "abcab" * 8
    crowd = [answer(worker, turn, says=shown[turn]) for worker in range(4) for turn in range(40)]
    lazy = [answer(9, turn, says=shown[turn] if turn < 20 else "a") for turn in range(40)]
    (found,) = constant(answers=[*crowd, *lazy])
    # The image at turn 20 shows an a, so the run begins there.
    assert (found.worker, found.answer, found.length, found.keys[0]) == (9, "a", 20, "9-020")
    assert found.chance < 0.001


def test_a_series_of_images_that_are_alike_accuses_nobody():
    shown = "a" * 30 + "bcbcbcbcbc"
    assert constant(answers=[answer(worker, turn, says=shown[turn]) for worker in range(4) for turn in range(40)]) == []


def test_a_job_where_one_answer_is_nearly_always_right_accuses_nobody():
    chance = random.Random(4)
    shown = ["yes" if chance.random() < 0.03 else "no" for _ in range(200)]
    crowd = [answer(worker, turn, says=shown[turn]) for worker in range(3) for turn in range(200)]
    rare = [answer(8, turn, says="no") for turn in range(15)]
    assert constant(answers=[*crowd, *rare]) == []


def test_who_leans_to_an_answer_all_along_is_held_to_that():
    shown = "abab" * 30
    crowd = [answer(worker, turn, says=shown[turn]) for worker in range(4) for turn in range(120)]
    leaning = [answer(9, turn, says="a" if turn % 5 else "b") for turn in range(120)]
    assert constant(answers=[*crowd, *leaning]) == []
    stubborn = [answer(9, turn, says="a" if turn < 60 else shown[turn]) for turn in range(120)]
    assert [run.length for run in constant(answers=[*crowd, *stubborn])] == [61]


def test_the_same_box_on_every_image_is_a_run_too():
    crowd = [answer(worker, turn, says=f"box {worker} {turn}") for worker in range(4) for turn in range(30)]
    (found,) = constant(answers=[*crowd, *[answer(9, turn, says="0 0 100 100") for turn in range(30)]])
    assert (found.worker, found.length) == (9, 30)


def test_of_many_honest_workers_hardly_one_is_flagged():
    crowds = [honest_crowd(chance=random.Random(seed)) for seed in range(25)]
    assert [constant(answers=crowd) for crowd in crowds] == [[]] * 25
    # 200 people, whose paces differ by a factor of four: one of them is really very fast.
    assert sum(len(too_fast(answers=crowd)) for crowd in crowds) <= 1


@when(st.integers(0, 30))
def test_neither_the_order_of_the_answers_nor_the_names_of_the_tasks_matter(seed):
    chance = random.Random(seed)
    crowd = honest_crowd(chance=chance, workers=5, tasks=20)
    crowd += [answer(9, turn, ms=200, says="a") for turn in range(20)]
    mixed = [Given(e.key, 99 - e.task, e.worker, e.turn, e.ms, e.shapes, e.answer) for e in crowd]
    chance.shuffle(mixed)
    assert too_fast(answers=mixed) == too_fast(answers=crowd)
    again = {(run.worker, run.keys): run.chance for run in constant(answers=mixed)}
    assert again == pytest.approx({(run.worker, run.keys): run.chance for run in constant(answers=crowd)})
    assert {9} <= {found.worker for found in too_fast(answers=crowd)}


def test_nothing_is_said_of_nothing():
    assert too_fast(answers=[]) == []
    assert constant(answers=[]) == []
