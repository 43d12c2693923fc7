import math
from dataclasses import replace

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.consensus import UNCONFIRMED, count, objects_asked
from tests.qa.answers import FAR, asks, box, boxes, crowds, given


def labelled(counted):
    return [(thing.label, thing.bbox) for thing in counted.objects]


def test_an_object_exists_when_more_than_half_of_the_answers_drew_it():
    crowd = [given("a", *boxes(*FAR[:2])), given("b", *boxes(FAR[0])), given("c", *boxes(FAR[0], FAR[3]))]
    (thing,) = count(answers=crowd, policy=asks()).objects
    assert (thing.bbox, thing.votes_for, thing.votes_of, thing.confidence) == (FAR[0], 3, 3, 1)
    assert thing.sources == (("a", 0), ("b", 0), ("c", 0))


def test_weight_outvotes_heads():
    crowd = [given("a", *boxes(FAR[0]), weight=3), given("b", weight=1), given("c", weight=1)]
    (thing,) = count(answers=crowd, policy=asks()).objects
    assert (thing.votes_for, thing.votes_of, thing.confidence) == (1, 3, 0.6)


def test_a_tied_object_is_adopted_where_the_answers_agree_otherwise():
    crowd = [given("a", *boxes(*FAR[:3])), given("b", *boxes(*FAR[:2]))]
    counted = count(answers=crowd, policy=asks())
    assert [(thing.bbox, thing.confidence) for thing in counted.objects] == [(FAR[0], 1), (FAR[1], 1), (FAR[2], 0.5)]


def test_tied_objects_are_dropped_where_they_prevail():
    crowd = [given("a", *boxes(*FAR[:3])), given("b", *boxes(FAR[0], *FAR[3:]))]
    assert labelled(count(answers=crowd, policy=asks())) == [("can", FAR[0])]


def test_the_label_is_voted_on_and_its_votes_are_told_apart_from_those_for_the_object():
    crowd = [given("a", box(*FAR[0])), given("b", box(*FAR[0], "bag")), given("c", box(*FAR[0], "bag"))]
    (thing,) = count(answers=crowd, policy=asks()).objects
    assert (thing.label, thing.votes_for, thing.confidence) == ("bag", 2, pytest.approx(2 / 3, abs=1e-6))
    assert len(thing.sources) == 3


def test_the_geometry_is_the_median_box():
    crowd = [given("a", box(0, 0, 50, 50)), given("b", box(2, 1, 50, 50)), given("c", box(10, 3, 50, 50))]
    assert labelled(count(answers=crowd, policy=asks())) == [("can", (2, 1, 50, 50))]


def test_a_tag_of_its_own_needs_more_than_half():
    crowd = [given("a", tags=["night"]), given("b", tags=["night", "rain"]), given("c"), given("d", tags=["night"])]
    (tag,) = count(answers=crowd, policy=asks(tags=["rain", "night"])).tags
    assert (tag.label, tag.votes_for, tag.votes_of, tag.confidence) == ("night", 3, 4, 0.75)
    tied = count(answers=crowd[1:3], policy=asks(tags=["rain", "night"]))
    assert (tied.tags, tied.tied, tied.confidence) == ((), False, 0.5)


def test_a_tie_for_the_one_tag_goes_to_the_label_sets_first_and_is_said():
    crowd = [given("a", tags=["day"]), given("b", tags=["night"])]
    counted = count(answers=crowd, policy=asks(tag_choice="one", tags=["night", "day"]))
    assert [tag.label for tag in counted.tags] == ["night"]
    assert counted.tied


def test_empty_is_adopted_only_when_most_say_so():
    assert count(answers=[given("a"), given("b"), given("c", *boxes(FAR[0]))], policy=asks()).empty
    scattered = [given("a", *boxes(FAR[0])), given("b", *boxes(FAR[1])), given("c")]
    counted = count(answers=scattered, policy=asks())
    assert (counted.objects, counted.empty) == ((), False)


def test_confidence_counts_what_was_dropped_as_well_as_what_was_adopted():
    crowd = [given("a", *boxes(FAR[0], FAR[1])), given("b", *boxes(FAR[0])), given("c", *boxes(FAR[0]))]
    # Adopted with all of the weight, dropped with two thirds of it.
    assert count(answers=crowd, policy=asks()).confidence == pytest.approx((1 + 2 / 3) / 2, abs=1e-6)


def test_what_rests_on_one_answer_is_unconfirmed():
    counted = count(answers=[given("a", *boxes(FAR[0]), tags=["night"])], policy=asks(tags=["night"]))
    assert counted.confidence == counted.objects[0].confidence == counted.tags[0].confidence == UNCONFIRMED


def test_drawing_was_asked_for_when_somebody_drew_or_nothing_else_was_asked():
    only_tags = [given("a", tags=["night"]), given("b", tags=["night"])]
    assert not objects_asked(answers=only_tags, policy=asks(tags=["night"]))
    assert objects_asked(answers=[*only_tags, given("c", *boxes(FAR[0]))], policy=asks(tags=["night"]))
    assert objects_asked(answers=[given("a"), given("b")], policy=asks())


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match="finite number"):
        given("a", weight=weight)


def test_when_all_weights_are_0_everybody_counts_the_same():
    crowd = [given(key, *boxes(*FAR[: 1 + (key == "c")]), weight=0) for key in "abc"]
    assert labelled(count(answers=crowd, policy=asks())) == [("can", FAR[0])]


@when(
    st.lists(st.tuples(st.sampled_from(FAR), st.sampled_from(["can", "bag"])), unique_by=lambda each: each[0]),
    st.integers(1, 5),
    st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=5, max_size=5),
)
def test_the_consensus_of_identical_answers_is_that_answer(objects, workers, weights):
    shapes = [box(*where, label) for where, label in objects]
    crowd = [given(f"w{number}", *shapes, weight=weights[number]) for number in range(workers)]
    counted = count(answers=crowd, policy=asks())
    assert labelled(counted) == sorted(((s.label, s.bbox) for s in shapes), key=lambda each: each[1])
    assert counted.empty == (not shapes)


@when(crowds(), st.randoms(use_true_random=False), st.sampled_from([0.125, 2.0, 64.0]))
def test_neither_the_order_of_answers_nor_the_scale_of_weights_changes_anything(crowd, chance, scale):
    policy = asks(tags=["night", "rain"])
    turned = [given(each.key, *each.answer.shapes, tags=each.answer.tags, weight=each.weight * scale) for each in crowd]
    chance.shuffle(turned)
    assert count(answers=turned, policy=policy) == count(answers=crowd, policy=policy)


@when(crowds(), st.sampled_from([1.0, 3.0]))
def test_two_more_answers_like_one_of_three_equals_make_its_objects_exist(crowd, weight):
    model = crowd[0].answer
    repeated = [given(f"twin{n}", *model.shapes, weight=weight) for n in range(2)]
    others = [given(each.key, *each.answer.shapes, weight=weight) for each in crowd[1:2]]
    counted = count(answers=[*repeated, *others], policy=asks())
    supported = {source for thing in counted.objects for source in thing.sources}
    assert {("twin0", index) for index in range(len(model.shapes))} <= supported


@when(crowds(smallest=2))
def test_no_box_is_in_two_objects_and_each_adopted_object_has_the_votes_it_claims(crowd):
    counted = count(answers=crowd, policy=asks())
    sources = [source for thing in counted.objects for source in thing.sources]
    shapes = {(each.key, index): shape for each in crowd for index, shape in enumerate(each.answer.shapes)}
    assert len(set(sources)) == len(sources)
    for thing in counted.objects:
        assert sum(shapes[source].label == thing.label for source in thing.sources) == thing.votes_for
        assert 0 < thing.confidence <= 1


def test_care_counts_for_where_shapes_lie_and_weight_for_what_is_said():
    crowd = [
        replace(given("a", box(0, 0, 50, 50), weight=1), care=4.0),
        replace(given("b", box(10, 0, 50, 50, "bag"), weight=1), care=1.0),
        replace(given("c", box(12, 0, 50, 50, "bag"), weight=1), care=1.0),
    ]
    ((label, bbox),) = labelled(count(answers=crowd, policy=asks()))
    assert label == "bag"
    assert bbox[0] < 5
    of_some = [replace(crowd[0], care=None), *crowd[1:]]
    assert labelled(count(answers=of_some, policy=asks())) == [("bag", (10, 0, 50, 50))]
