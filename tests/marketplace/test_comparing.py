"""An answer beside the adopted one."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.comparing import STATUSES, Row, compare, without_others

OWN = [{"type": "box", "label": label, "bbox": [n, n, 5, 5]} for n, label in enumerate(("can", "bag", "can"))]
ADOPTED = [
    {"type": "box", "label": label, "bbox": [n, n, 5, 5], "votes_for": 2, "votes_of": 3}
    for n, label in enumerate(("can", "can", "bag"))
]


def test_matched_missed_extra_and_wrong_labels_are_told_apart():
    found = compare(
        shapes=OWN, objects=ADOPTED, evidence={"matches": [[0, 0, 0.9]], "wrong_label": [[1, 1, 0.7]], "missed": [2]}
    )
    assert [shape["status"] for shape in found.own] == ["matched", "wrong_label", "extra"]
    assert [shape["status"] for shape in found.adopted] == ["matched", "wrong_label", "missed"]
    assert found.rows == (
        Row("matched", "can", "can", 0.9),
        Row("wrong_label", "bag", "can", 0.7),
        Row("missed", "", "bag", None),
        Row("extra", "can", "", None),
    )
    assert [row.words for row in found.rows] == ["Matched", "Wrong label", "Missed", "Extra"]


def test_adopted_objects_carry_their_votes_in_words():
    assert compare(shapes=[], objects=ADOPTED[:1], evidence={}).adopted[0]["note"] == "2 of 3 votes"


def test_a_worker_sees_nothing_that_names_the_assignments_of_others():
    found = {**ADOPTED[0], "sources": [["a-1", 0]], "texts": {"print": {"a-1": "Cola"}}}
    assert without_others(found) == ADOPTED[0]
    assert "a-1" not in str(compare(shapes=[], objects=[found], evidence={}))


def test_what_was_drawn_is_not_changed():
    before = [dict(shape) for shape in OWN]
    compare(shapes=OWN, objects=ADOPTED, evidence={"matches": [[0, 0, 0.9]]})
    assert before == OWN


@given(st.integers(0, 5), st.integers(0, 5), st.data())
def test_every_shape_and_every_object_is_listed_exactly_once(own, adopted, data):
    shapes, objects = [OWN[0]] * own, [ADOPTED[0]] * adopted
    pairs = min(own, adopted) and data.draw(st.integers(0, min(own, adopted)))
    mine, theirs = data.draw(st.permutations(range(own))), data.draw(st.permutations(range(adopted)))
    matches = [[mine[n], theirs[n], 0.8] for n in range(pairs)]

    found = compare(shapes=shapes, objects=objects, evidence={"matches": matches})

    count = {status: sum(row.status == status for row in found.rows) for status in STATUSES}
    assert count == {"matched": pairs, "missed": adopted - pairs, "extra": own - pairs, "wrong_label": 0}
    assert (len(found.own), len(found.adopted)) == (own, adopted)
