"""Questions about objects, and the answers to them."""

import math

import pytest

from annotation.shapes.attributes import Attribute, parse_attributes, parse_values
from annotation.shapes.problems import Checklist

MAKE = Attribute("make", "select", ("A", "B"))
RIPE = Attribute("ripe", "checkbox", required=True)
SEEN = Attribute("seen", "checkbox", default=False)
AGE = Attribute("age", "number", required=True, low=0.0, high=120.0)
PLATE = Attribute("plate", "text", default="none")


def read(rows):
    checklist = Checklist()
    found = parse_attributes(rows, where="attributes", checklist=checklist)
    return found, [(problem.field, problem.rule) for problem in checklist.problems]


def answers(value, *attributes):
    checklist = Checklist()
    found = parse_values(value, attributes=attributes, where="attributes", checklist=checklist)
    return found, [(problem.field, problem.rule) for problem in checklist.problems]


def test_all_four_types_are_read_and_read_back():
    rows = [
        {"name": " make ", "type": "select", "options": ["A", " B "]},
        {"name": "ripe", "type": "checkbox", "required": True},
        {"name": "seen", "type": "checkbox"},
        {"name": "age", "type": "number", "required": True, "range": [0, 120]},
        {"name": "plate", "type": "text", "default": "none"},
    ]
    assert read(rows) == ((MAKE, RIPE, SEEN, AGE, PLATE), [])
    assert read([each.as_json() for each in read(rows)[0]]) == read(rows)
    assert tuple(Attribute.read(each.as_json()) for each in read(rows)[0]) == read(rows)[0]
    assert read(None) == ((), [])


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ("make", "", "type"),
        ({}, ".name", "required"),
        ({"name": "", "type": "text"}, ".name", "required"),
        ({"name": "a\tb", "type": "text"}, ".name", "plain_text"),
        ({"name": "x" * 101, "type": "text"}, ".name", "plain_text"),
        ({"name": "a"}, ".type", "choice"),
        ({"name": "a", "type": "radio"}, ".type", "choice"),
        ({"name": "a", "type": ["text"]}, ".type", "choice"),
        ({"name": "a", "type": "text", "hint": ""}, ".hint", "unknown_key"),
        ({"name": "a", "type": "select"}, ".options", "range"),
        ({"name": "a", "type": "select", "options": ["A"]}, ".options", "range"),
        ({"name": "a", "type": "select", "options": ["A", "A"]}, ".options", "duplicate"),
        ({"name": "a", "type": "select", "options": ["A", 2]}, ".options", "plain_text"),
        ({"name": "a", "type": "select", "options": ["A", "x" * 101]}, ".options", "plain_text"),
        ({"name": "a", "type": "select", "options": [f"{n}" for n in range(101)]}, ".options", "range"),
        ({"name": "a", "type": "text", "options": ["A", "B"]}, ".options", "not_here"),
        ({"name": "a", "type": "select", "options": ["A", "B"], "default": "C"}, ".default", "attribute"),
        ({"name": "a", "type": "checkbox", "default": "yes"}, ".default", "attribute"),
        ({"name": "a", "type": "number", "range": [0, 1], "default": 2}, ".default", "attribute"),
        ({"name": "a", "type": "number", "range": [1, 0]}, ".range", "range"),
        ({"name": "a", "type": "number", "range": [0]}, ".range", "range"),
        ({"name": "a", "type": "number", "range": [0, math.inf]}, ".range", "range"),
        ({"name": "a", "type": "number", "range": 5}, ".range", "type"),
        ({"name": "a", "type": "text", "range": [0, 1]}, ".range", "not_here"),
        ({"name": "a", "type": "text", "required": "yes"}, ".required", "type"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_naming_the_part(row, field, rule):
    assert (f"attributes[0]{field}", rule) in read([row])[1]


def test_names_differ_and_there_are_not_too_many():
    assert read([{"name": "a", "type": "text"}] * 2)[1] == [("attributes[1].name", "duplicate")]
    assert read([{"name": f"{n}", "type": "text"} for n in range(21)]) == ((), [("attributes", "too_many")])
    assert read({}) == ((), [("attributes", "type")])


def test_answers_are_kept_in_the_order_of_the_questions_and_defaults_filled_in():
    given = {"plate": " AB 1 ", "age": 5, "make": "B", "ripe": False}
    assert answers(given, MAKE, RIPE, SEEN, AGE, PLATE) == (
        {"make": "B", "ripe": False, "seen": False, "age": 5.0, "plate": "AB 1"}, [],
    )  # fmt: skip
    found, _ = answers({"age": 5, "ripe": True, "make": None, "plate": None}, MAKE, RIPE, SEEN, AGE, PLATE)
    assert found == {"ripe": True, "seen": False, "age": 5.0, "plate": "none"}
    assert list(answers(found, MAKE, RIPE, SEEN, AGE, PLATE)[0].items()) == list(found.items())


@pytest.mark.parametrize(
    ("value", "field", "rule"),
    [
        ({}, ".ripe", "required"),
        ({"ripe": None}, ".ripe", "required"),
        ({"ripe": 1}, ".ripe", "attribute"),
        ({"make": "C"}, ".make", "attribute"),
        ({"make": ["A"]}, ".make", "attribute"),
        ({"age": 121}, ".age", "attribute"),
        ({"age": -0.1}, ".age", "attribute"),
        ({"age": "5"}, ".age", "attribute"),
        ({"age": True}, ".age", "attribute"),
        ({"age": math.nan}, ".age", "attribute"),
        ({"plate": "a\nb"}, ".plate", "attribute"),
        ({"plate": " "}, ".plate", "attribute"),
        ({"plate": "x" * 501}, ".plate", "attribute"),
        ({"plate": 5}, ".plate", "attribute"),
        ({"mood": "good"}, ".mood", "unknown_key"),
        ([], "", "type"),
    ],
)
def test_a_wrong_answer_is_refused_naming_the_question(value, field, rule):
    assert (f"attributes{field}", rule) in answers(value, MAKE, RIPE, SEEN, AGE, PLATE)[1]
