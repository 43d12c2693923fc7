"""The arithmetic of the measurements."""

from __future__ import annotations

import json
import os
from random import Random

import pytest

from annotation.shapes import parse_answer, parse_taxonomy
from tests.bench import answers, machine, snapshot, telling
from tests.bench.figures import doubles, middle, milliseconds, percentile, ratio


def test_percentiles_are_values_that_were_measured():
    values = list(range(1, 101))
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1.0)) == (51, 96, 100)
    assert percentile([], 0.5) is None
    assert milliseconds([0.001, 0.003])["max"] == 3.0
    assert milliseconds([])["p99"] is None


def test_a_ratio_needs_both_sides():
    assert ratio(50, 100) == 0.5
    assert ratio(None, 100) is ratio(50, 0) is ratio(50, None) is None
    assert middle([3, None, 1, 2]) == 2
    assert middle([]) is None


def test_hand_outs_within_the_overlap_are_no_doubles():
    given = [("a1", "t", 1), ("a2", "t", 2), ("a3", "t", 3), ("b1", "u", 1)]
    assert doubles(given, overlap=3) == 0
    assert doubles([*given, ("a1", "t", 1)], overlap=3) == 0  # heard of again, e.g. reserved first and shown later


def test_one_hand_out_too_many_is_seen_and_one_to_the_same_worker_too():
    given = [("a1", "t", 1), ("a2", "t", 2), ("a3", "t", 3)]
    assert doubles([*given, ("a4", "t", 4)], overlap=3) == 1
    assert doubles([("a1", "t", 1), ("a2", "t", 1)], overlap=3) == 1
    assert doubles([*given, ("a4", "t", 4)], overlap=3, gone={"a2"}) == 0


def test_every_picture_is_known_by_its_size():
    sizes = {answers.size_of(number) for number in range(5000)}
    assert len(sizes) == 5000
    assert all(answers.number_of(*answers.size_of(number)) == number for number in (0, 999, 1000, 123_456))


def test_the_fall_is_that_of_the_end_of_the_holding():
    rates = [100.0] * 4 + [100.0, 90, 80, 70, 60, 50, 40, 30, 20, 20, 20, 20] + [40.0, 95, 100, 100]
    found = snapshot.read(rates, bucket=5, before=20, held=60)
    assert (found["fall"], found["recovery_s"], found["lowest"]) == (0.8, 5, 20)
    assert snapshot.read(rates[:16], bucket=5, before=20, held=60)["recovery_s"] is None


def test_goals_that_were_not_measured_are_not_missed():
    missed, faults = telling.judged({"ratio_to_raw": 0.4, "errors": 1, "publish_1m_s": None, "settle_backlog_s": 1.9})
    assert missed == ["ratio_to_raw", "errors"]
    assert faults == ["errors"]


@pytest.mark.parametrize("number", [0, 7, 999, 12_345])
def test_two_workers_draw_nearly_the_same_and_never_outside(number):
    width, height = answers.size_of(number)
    known = parse_taxonomy([{"name": name, "shapes": ["box"]} for name in answers.LABELS])
    drawn = [answers.annotation(width=width, height=height, dice=Random(seed)) for seed in (1, 2)]
    one, other = (parse_answer(json.loads(text), taxonomy=known, width=width, height=height) for text in drawn)
    for mine, theirs in zip(one.shapes, other.shapes, strict=True):
        assert mine.label == theirs.label
        assert all(abs(a - b) <= 3 for a, b in zip(mine.bbox, theirs.bbox, strict=True))


def test_the_cost_of_a_process_is_read_with_its_children():
    assert machine.cpu_of(os.getpid()) > 0
    assert machine.memory_of(os.getpid()) > 1_000_000
    assert machine.cpu_of(2**22 + 1) == machine.memory_of(2**22 + 1) == 0
    assert machine.with_descendants((1,), {1: [2, 3], 3: [4]}) == {1, 2, 3, 4}
