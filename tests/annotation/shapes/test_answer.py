"""Answers as browsers and programs send them."""

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.geometry.rle import encode
from annotation.shapes import Answer, AnswerRefused, Box, Limits, parse_answer, parse_taxonomy, read_answer

STREET = parse_taxonomy(
    [
        {"name": "car", "shapes": ["box"]},
        {"name": "bus", "shapes": ["box", "tag"]},
        {"name": "night", "shapes": ["tag"]},
    ]
)
SPECIES = parse_taxonomy([{"name": n, "shapes": ["tag"]} for n in ("cat", "dog", "owl")], tag_choice="one")
CAR = {"type": "box", "label": "car", "bbox": [10, 10, 20, 20]}


def read(payload, taxonomy=STREET, **settings):
    return parse_answer(payload, taxonomy=taxonomy, width=100, height=50, **settings)


def faults(payload, taxonomy=STREET, **settings):
    with pytest.raises(AnswerRefused) as caught:
        read(payload, taxonomy, **settings)
    return [(problem.field, problem.rule) for problem in caught.value.problems]


def test_a_whole_answer_is_read():
    payload = {
        "schema": 1,
        "image": {"width": 100, "height": 50},
        "tags": ["night", "bus"],
        "empty": False,
        "timing": {"elapsed_ms": 41873, "active_ms": 38110},
        "shapes": [CAR, {**CAR, "label": "bus", "attributes": {}}],
    }
    assert read(payload) == Answer(
        width=100,
        height=50,
        tags=("bus", "night"),
        shapes=(Box("car", (10, 10, 20, 20)), Box("bus", (10, 10, 20, 20))),
        empty=False,
        elapsed_ms=41873,
        active_ms=38110,
    )


def test_image_timing_and_schema_may_be_left_out():
    assert read({"shapes": [CAR]}) == Answer(100, 50, (), (Box("car", (10, 10, 20, 20)),), empty=False)


def test_an_image_without_objects_is_answered_by_saying_so():
    assert read({"empty": True}).empty
    assert read({"empty": True, "tags": ["night"]}).tags == ("night",)


def test_a_box_outside_the_image_is_refused_naming_the_shape():
    assert faults({"shapes": [CAR, {**CAR, "bbox": [90, 10, 20, 20]}]}) == [("shapes[1].bbox", "inside_image")]


def test_a_label_that_is_not_in_the_set_is_refused_naming_the_shape():
    assert faults({"shapes": [{**CAR, "label": "cat"}]}) == [("shapes[0].label", "known_label")]
    assert faults({"shapes": [{**CAR, "label": "night"}]}) == [("shapes[0].label", "known_label")]
    assert faults({"shapes": [CAR], "tags": ["car"]}) == [("tags[0]", "known_label")]


def test_all_problems_are_told_at_once():
    payload = {"shapes": [{**CAR, "label": "cat"}, {**CAR, "bbox": [0, 0, 0, 0]}], "tags": ["fog"], "mood": "good"}
    assert faults(payload) == [
        ("mood", "unknown_key"),
        ("tags[0]", "known_label"),
        ("shapes[0].label", "known_label"),
        ("shapes[1].bbox", "smallest"),
    ]


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (None, ("", "type")),
        ([], ("", "type")),
        ({}, ("shapes", "nothing_answered")),
        ({"empty": False, "shapes": []}, ("shapes", "nothing_answered")),
        ({"empty": True, "shapes": [CAR]}, ("empty", "empty_with_shapes")),
        ({"empty": 1}, ("empty", "type")),
        ({"empty": True, "schema": 2}, ("schema", "schema")),
        ({"empty": True, "schema": True}, ("schema", "schema")),
        ({"empty": True, "image": {"width": 101, "height": 50}}, ("image.width", "same_image")),
        ({"empty": True, "image": 5}, ("image", "type")),
        ({"empty": True, "timing": {"elapsed_ms": -1}}, ("timing.elapsed_ms", "range")),
        ({"empty": True, "timing": {"active_ms": 1.5}}, ("timing.active_ms", "range")),
        ({"empty": True, "timing": {"active_ms": True}}, ("timing.active_ms", "range")),
        ({"empty": True, "timing": []}, ("timing", "type")),
        ({"tags": "night"}, ("tags", "type")),
        ({"tags": [["night"]]}, ("tags[0]", "known_label")),
        ({"tags": ["night", "night"]}, ("tags[1]", "duplicate")),
        ({"tags": ["night"] * 99}, ("tags", "too_many")),
        ({"shapes": {"0": CAR}}, ("shapes", "type")),
        ({"shapes": [5]}, ("shapes[0]", "type")),
        ({"shapes": [{}]}, ("shapes[0].type", "shape_type")),
        ({"shapes": [{**CAR, "type": "circle"}]}, ("shapes[0].type", "shape_type")),
        ({"shapes": [{**CAR, "type": []}]}, ("shapes[0].type", "shape_type")),
        ({"shapes": [{**CAR, "label": {"name": "car"}}]}, ("shapes[0].label", "known_label")),
        ({"shapes": [{**CAR, "area": 400}]}, ("shapes[0].area", "unknown_key")),
        ({"shapes": [{**CAR, "attributes": {"occluded": True}}]}, ("shapes[0].attributes.occluded", "unknown_key")),
        ({"shapes": [{**CAR, "attributes": []}]}, ("shapes[0].attributes", "type")),
        ({"shapes": [{"type": "box", "label": "car"}]}, ("shapes[0].bbox", "finite")),
    ],
)
def test_a_bad_answer_is_refused_naming_field_and_rule(payload, fault):
    assert fault in faults(payload)


def test_when_tags_exclude_each_other_exactly_one_is_chosen():
    assert read({"tags": ["dog"]}, SPECIES).tags == ("dog",)
    assert faults({"tags": []}, SPECIES) == [("tags", "tag_choice")]
    assert faults({}, SPECIES) == [("tags", "tag_choice")]
    assert faults({"tags": ["cat", "dog"]}, SPECIES) == [("tags", "tag_choice")]


def test_when_each_tag_is_its_own_question_none_is_an_answer_too():
    yes_or_no = parse_taxonomy([{"name": "blurred", "shapes": ["tag"]}])
    assert read({"tags": []}, yes_or_no).tags == ()


def test_limits_are_held():
    assert len(read({"shapes": [CAR] * 5}, limits=Limits(shapes=5)).shapes) == 5
    assert faults({"shapes": [CAR] * 6}, limits=Limits(shapes=5)) == [("shapes", "too_many_shapes")]
    assert faults({"shapes": [CAR]}, limits=Limits(vertices_per_shape=3)) == [("shapes[0]", "too_many_vertices")]
    assert faults({"shapes": [CAR] * 5}, limits=Limits(vertices=19)) == [("shapes", "too_many_vertices")]
    assert faults({"shapes": [CAR]}, limits=Limits(bytes=100)) == [("", "too_large")]


# --- all types of shape -----------------------------------------------------------------------------------------------

PARK = parse_taxonomy(
    [
        {"name": "car", "shapes": ["box"], "attributes": [{"name": "parked", "type": "checkbox"}]},
        {"name": "roof", "shapes": ["polygon"]},
        {"name": "sky", "shapes": ["mask"]},
        {"name": "sea", "shapes": ["mask"]},
        {"name": "face", "shapes": ["keypoints"], "skeleton": {"points": ["left eye", "right eye"]}},
    ]
)
ROOF = {"type": "polygon", "label": "roof", "segmentation": [[10, 10, 30, 10, 30, 30, 10, 30]]}
FACE = {"type": "keypoints", "label": "face", "keypoints": [10, 10, 2, 0, 0, 0]}


def stripe(label, first, columns, mode="semantic"):
    """A mask of whole columns of the 100 × 50 image."""
    pixels = np.zeros((50, 100), dtype=bool)
    pixels[:, first : first + columns] = True
    return {"type": "mask", "label": label, "mode": mode, "segmentation": {"size": [50, 100], "counts": encode(pixels)}}


def test_an_answer_may_hold_all_types_of_shape_with_attributes():
    shapes = [{**CAR, "attributes": {"parked": True}}, ROOF, stripe("sky", 0, 10), stripe("sea", 10, 10), FACE, CAR]
    answer = read({"shapes": shapes}, PARK)
    assert [shape.type for shape in answer.shapes] == ["box", "polygon", "mask", "mask", "keypoints", "box"]
    assert [shape.attributes for shape in answer.shapes] == [{"parked": True}, {}, {}, {}, {}, {"parked": False}]
    stored = json.loads(answer.text)
    assert read(stored, PARK) == read_answer(stored) == answer


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ({**CAR, "label": "roof"}, ("shapes[0].label", "label_shape")),
        ({**CAR, "attributes": {"parked": "yes"}}, ("shapes[0].attributes.parked", "attribute")),
        ({**CAR, "attributes": {"ripe": True}}, ("shapes[0].attributes.ripe", "unknown_key")),
        ({**ROOF, "attributes": {"parked": True}}, ("shapes[0].attributes.parked", "unknown_key")),
        ({**ROOF, "bbox": [1, 2, 3, 4]}, ("shapes[0].bbox", "unknown_key")),
        ({**ROOF, "segmentation": [[10, 10, 30, 30, 30, 10, 10, 31]]}, ("shapes[0].segmentation", "self_crossing")),
        ({**FACE, "keypoints": [10, 10, 2]}, ("shapes[0].keypoints", "skeleton")),
        ({**stripe("sky", 0, 1), "mode": None}, ("shapes[0].mode", "choice")),
    ],
)
def test_a_bad_shape_of_any_type_is_refused_naming_shape_and_rule(shape, fault):
    assert fault in faults({"shapes": [shape]}, PARK)


def test_semantic_masks_share_no_pixel_instances_may():
    assert faults({"shapes": [stripe("sky", 0, 10), ROOF, stripe("sea", 9, 5)]}, PARK) == [
        ("shapes[2].segmentation", "overlap")
    ]
    assert faults({"shapes": [stripe("sky", 0, 5), stripe("sky", 20, 5)]}, PARK) == [
        ("shapes[1].label", "one_semantic_mask")
    ]
    assert read({"shapes": [stripe("sky", 0, 10), stripe("sea", 9, 5, "instance")]}, PARK)


def ring(vertices):
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    return np.column_stack([50 + 20 * np.cos(turn), 25 + 20 * np.sin(turn)]).round(2).ravel().tolist()


def test_vertices_are_counted_over_all_types_before_anything_slow_is_done_with_them():
    many = {**ROOF, "segmentation": [ring(1500)]}
    crossing = {**ROOF, "segmentation": [[10, 10, 30, 30, 30, 10, 10, 31]]}
    assert faults({"shapes": [{**ROOF, "segmentation": [ring(1200), ring(1200)]}, crossing]}, PARK) == [
        ("shapes[0]", "too_many_vertices")
    ]
    assert faults({"shapes": [many, many, crossing, FACE]}, PARK, limits=Limits(vertices=3000)) == [
        ("shapes", "too_many_vertices")
    ]
    assert read({"shapes": [{**ROOF, "segmentation": [ring(1000)]}, FACE]}, PARK, limits=Limits(vertices=1002))


rests = st.floats(0, 1)
boxes = st.builds(
    lambda label, x, y, w, h: {
        "type": "box", "label": label, "bbox": [x * 98, y * 48, 1 + w * (99 - x * 98), 1 + h * (49 - y * 48)]
    },
    st.sampled_from(["car", "bus"]), rests, rests, rests, rests,
)  # fmt: skip
times = st.none() | st.integers(0, 10**9)
payloads = st.fixed_dictionaries(
    {"shapes": st.lists(boxes, min_size=1, max_size=5)},
    optional={
        "tags": st.lists(st.sampled_from(["night", "bus"]), unique=True),
        "empty": st.just(False),
        "timing": st.fixed_dictionaries({}, optional={"elapsed_ms": times, "active_ms": times}),
    },
)


@given(payloads)
def test_the_canonical_form_reads_back_to_the_same_answer_also_through_json(payload):
    answer = read(payload)
    assert read(answer.as_json()) == answer
    stored = json.loads(json.dumps(answer.as_json(), allow_nan=False))
    assert stored == answer.as_json()
    assert read(stored) == answer
    trusted = read_answer(stored)
    assert trusted == answer
    assert [type(value) for shape in trusted.shapes for value in shape.bbox] == [float] * 4 * len(trusted.shapes)


def test_what_is_no_stored_answer_is_not_read_as_one():
    with pytest.raises(KeyError):
        read_answer({})


atoms = st.sampled_from([None, True, 0, 1, -1, 10**400, 2.5, float("nan"), "", "car", "box", "night", [], {}, [[]]])
keys = st.sampled_from(["schema", "image", "tags", "empty", "timing", "shapes", "type", "label", "bbox", "attributes"])
tables = st.dictionaries(keys, atoms | st.lists(atoms, max_size=4), max_size=4)


@given(st.dictionaries(keys, atoms | tables | st.lists(atoms | tables, max_size=3), max_size=5))
def test_no_json_whatever_makes_reading_fail_otherwise_than_by_refusing(payload):
    answer = None
    with suppress(AnswerRefused):
        answer = read(payload)
    assert answer is None or read(answer.as_json()) == answer


def test_an_answer_is_written_out_as_short_as_it_goes_and_measured_in_bytes():
    taxonomy = parse_taxonomy([{"name": "Ampel grün", "shapes": ["box"]}])
    box = {"type": "box", "label": "Ampel grün", "bbox": [1, 2, 30, 40]}
    answer = parse_answer({"shapes": [box]}, taxonomy=taxonomy, width=100, height=100)

    assert json.loads(answer.text) == answer.as_json()
    assert " " not in answer.text.replace("Ampel grün", "")
    size = len(answer.text.encode())
    assert parse_answer({"shapes": [box]}, taxonomy=taxonomy, width=100, height=100, limits=Limits(bytes=size))
    with pytest.raises(AnswerRefused):
        parse_answer({"shapes": [box]}, taxonomy=taxonomy, width=100, height=100, limits=Limits(bytes=size - 1))
