"""Refusals: complete, short, and fit to be shown."""

import math

import pytest

from annotation.shapes.problems import PROBLEMS_TOLD, Checklist, Problem, Refused, is_plain_text, join, number, show


def test_a_refusal_reads_as_one_line():
    refused = Refused([Problem("title", "required", "must not be empty"), Problem("", "type", "must be an object")])
    assert str(refused) == "title: must not be empty; : must be an object"
    assert len(refused.problems) == 2


def test_a_refusal_never_grows_with_the_input():
    checklist = Checklist()
    for index in range(10_000):
        checklist.add(f"shapes[{index}]", "type", "must be a JSON object")
    assert len(checklist.problems) == PROBLEMS_TOLD


def test_unknown_keys_are_named_with_their_path():
    checklist = Checklist()
    checklist.table({"bbox": [], "aera": 4}, where="shapes[1]", keys=frozenset({"bbox"}))
    assert [(problem.field, problem.rule) for problem in checklist.problems] == [("shapes[1].aera", "unknown_key")]


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_what_is_no_object_is_refused(value):
    checklist = Checklist()
    assert checklist.table(value, where="image", keys=frozenset()) is None
    assert checklist.problems == [Problem("image", "type", "must be a JSON object")]


def test_what_is_no_list_is_refused():
    checklist = Checklist()
    assert checklist.sequence({"0": 1}, where="shapes") == []
    assert checklist.sequence([1, 2], where="shapes") == [1, 2]
    assert [problem.field for problem in checklist.problems] == ["shapes"]


def test_paths_are_joined_by_dots():
    assert (join("", "tags"), join("shapes[0]", "bbox")) == ("tags", "shapes[0].bbox")


def test_what_is_quoted_is_short_and_harmless():
    assert show("x" * 1000) == "x" * 60 + "…"
    assert show("a\x00\u202eb") == "a��b"
    assert show({"a": 1}) == "{'a': 1}"


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, 10**400, [1]])
def test_some_things_are_no_numbers(value):
    assert number(value) is None


def test_numbers_become_floats():
    assert (number(3), number(-0.5)) == (3.0, -0.5)


def test_plain_text_has_no_control_characters_or_halves_of_characters():
    assert is_plain_text("Żółw 🐢 na drodze")
    assert not any(is_plain_text(text) for text in ("a\nb", "a\x00", "\ud800", "a\u2028b"))
