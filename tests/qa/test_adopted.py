from dataclasses import replace

import pytest

from qa.adopted import ConsensusObject, as_annotation
from tests.qa.answers import area, box, mask, points, rectangle


def adopted(shape, **more):
    return ConsensusObject(shape, votes_for=2, votes_of=3, confidence=0.75, sources=(("a", 0), ("c", 1)), **more)


@pytest.mark.parametrize(
    "shape", [box(1, 2, 30, 40), rectangle(1, 2, 30, 40), mask(1, 2, 30, 40), area(1, 2, 30, 40)], ids=lambda s: s.type
)
def test_it_is_stored_with_the_shapes_own_keys_and_its_votes(shape):
    told = adopted(shape).as_json()
    votes = {"votes_for": 2, "votes_of": 3, "confidence": 0.75, "sources": [["a", 0], ["c", 1]]}
    assert told == {key: value for key, value in shape.as_json().items() if key != "attributes"} | votes
    assert (adopted(shape).type, adopted(shape).label, adopted(shape).bbox) == (shape.type, "can", (1, 2, 30, 40))


def test_the_box_around_keypoints_is_that_of_the_marked_ones():
    assert adopted(points((10, 20, 2), (30, 25, 1), (0, 0, 0))).bbox == (10, 20, 20, 5)


def test_attributes_and_words_are_told_where_there_are_some():
    thing = adopted(replace(box(1, 2, 30, 40), attributes={"says": "STOP"}), texts={"says": {"a": "STOP", "c": "SHOP"}})
    assert thing.as_json()["attributes"] == {"says": "STOP"}
    assert thing.as_json()["texts"] == {"says": {"a": "STOP", "c": "SHOP"}}


def test_a_consensus_is_read_as_an_answer_without_its_votes():
    body = {"tags": [{"label": "wet", "votes_for": 2}], "objects": [adopted(box(1, 2, 30, 40)).as_json()]}
    told = as_annotation(body=body)
    assert (told["tags"], told["empty"]) == (["wet"], False)
    assert told["shapes"] == [box(1, 2, 30, 40).as_json()]
