"""Label sets as they are written by requesters."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes import (
    PALETTE,
    SHAPE_TYPES,
    Attribute,
    LabelSpec,
    Skeleton,
    Taxonomy,
    TaxonomyRefused,
    parse_taxonomy,
)

SEEN = {"name": "seen", "type": "checkbox"}


def faults(labels, **settings):
    with pytest.raises(TaxonomyRefused) as caught:
        parse_taxonomy(labels, **settings)
    return [(problem.field, problem.rule) for problem in caught.value.problems]


def test_labels_keep_their_order_and_get_a_colour_by_position():
    taxonomy = parse_taxonomy([{"name": " car ", "shapes": ["box"]}, {"name": "night", "shapes": ["tag", "box"]}])
    assert taxonomy.labels == (
        LabelSpec(name="car", shapes=frozenset({"box"}), color=PALETTE[0]),
        LabelSpec(name="night", shapes=frozenset({"tag", "box"}), color=PALETTE[1]),
    )
    assert (taxonomy.tags, taxonomy.of("box"), taxonomy.draws) == (("night",), ("car", "night"), True)


def test_a_colour_given_is_kept_in_lower_case_and_the_palette_begins_again_after_its_end():
    rows = [{"name": f"label {n}", "shapes": ["box"]} for n in range(13)]
    rows[1]["color"] = "#ABCDEF"
    colors = [label.color for label in parse_taxonomy(rows).labels]
    assert (colors[0], colors[1], colors[12]) == (PALETTE[0], "#abcdef", PALETTE[0])


def test_a_set_of_tags_alone_has_nothing_to_draw():
    taxonomy = parse_taxonomy([{"name": n, "shapes": ["tag"]} for n in ("cat", "dog")], tag_choice="one")
    assert not taxonomy.draws
    assert taxonomy.tag_choice == "one"


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        (None, ("labels", "type")),
        ([], ("labels", "required")),
        (["car"], ("labels[0]", "type")),
        ([{"shapes": ["box"]}], ("labels[0].name", "required")),
        ([{"name": "  ", "shapes": ["box"]}], ("labels[0].name", "required")),
        ([{"name": "x" * 101, "shapes": ["box"]}], ("labels[0].name", "too_long")),
        ([{"name": "a\nb", "shapes": ["box"]}], ("labels[0].name", "plain_text")),
        ([{"name": "car"}], ("labels[0].shapes", "type")),
        ([{"name": "car", "shapes": []}], ("labels[0].shapes", "required")),
        ([{"name": "car", "shapes": ["circle"]}], ("labels[0].shapes", "shape_type")),
        ([{"name": "car", "shapes": [["box"]]}], ("labels[0].shapes", "shape_type")),
        ([{"name": "car", "shapes": ["box"], "color": "red"}], ("labels[0].color", "color")),
        ([{"name": "car", "shapes": ["box"], "colour": "#ff0000"}], ("labels[0].colour", "unknown_key")),
        ([{"name": "car", "shapes": ["box"], "skeleton": {"points": []}}], ("labels[0].skeleton", "not_here")),
        ([{"name": "car", "shapes": ["keypoints"]}], ("labels[0].skeleton", "required")),
        ([{"name": "car", "shapes": ["keypoints"], "skeleton": {}}], ("labels[0].skeleton.points", "type")),
        ([{"name": "car", "shapes": ["tag"], "attributes": [SEEN]}], ("labels[0].attributes", "not_here")),
        (
            [{"name": "car", "shapes": ["box"], "attributes": [SEEN, SEEN]}],
            ("labels[0].attributes[1].name", "duplicate"),
        ),
        ([{"name": "a", "shapes": ["box"]}, {"name": "A", "shapes": ["box"]}], ("labels[1].name", "duplicate")),
        ([{"name": f"{n}", "shapes": ["box"]} for n in range(201)], ("labels", "too_many")),
    ],
)
def test_a_label_set_that_makes_no_sense_is_refused_naming_the_label(labels, fault):
    assert fault in faults(labels)


def test_exactly_one_tag_out_of_one_is_no_choice():
    assert faults([{"name": "cat", "shapes": ["tag"]}], tag_choice="one") == [("tag_choice", "choice")]
    assert faults([{"name": "cat", "shapes": ["tag"]}], tag_choice="some") == [("tag_choice", "choice")]


names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
shapes = st.sets(st.sampled_from(SHAPE_TYPES), min_size=1).map(frozenset)
colors = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
attributes = st.sampled_from(
    [
        Attribute("seen", "checkbox", default=False),
        Attribute("ripe", "checkbox", required=True),
        Attribute("make", "select", ("A", "B"), default="B"),
        Attribute("age", "number", required=True, default=3.0, low=0.0, high=99.5),
        Attribute("plate", "text"),
    ]
)
SKELETON = Skeleton(
    ("nose", "left eye", "right eye"), (("nose", "left eye"),), (("left eye", "right eye"),), (0.1, 0.2, 1.0)
)


def spec(name, shapes, color, attributes, skeleton):
    attributes = () if shapes == {"tag"} else tuple(attributes)
    return LabelSpec(name, shapes, color, attributes, skeleton if "keypoints" in shapes else None)


taxonomies = st.builds(
    Taxonomy,
    labels=st.lists(
        st.builds(
            spec,
            names,
            shapes,
            colors,
            st.lists(attributes, unique=True),
            st.sampled_from([SKELETON, Skeleton(("tip",))]),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda label: label.name.casefold(),
    ).map(tuple),
)


@given(taxonomies)
def test_what_is_written_reads_back_to_the_same(taxonomy):
    assert parse_taxonomy(taxonomy.as_json()) == taxonomy
    assert parse_taxonomy(json.loads(json.dumps(taxonomy.as_json()))) == taxonomy
    for label in taxonomy.labels:
        assert tuple(Attribute.read(each.as_json()) for each in label.attributes) == label.attributes
        assert label.skeleton is None or Skeleton.read(label.skeleton.as_json()) == label.skeleton


def _lab(linear):
    xyz = linear @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.0089))
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


# G. M. Machado et al., "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
SIGHT = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red cones": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green cones": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue cones": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_colours_of_the_palette_are_told_apart_with_every_kind_of_sight(sight):
    assert len(set(PALETTE)) == 12
    srgb = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in PALETTE]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = _lab(np.clip(linear @ np.array(SIGHT[sight]).T, 0, 1))
    nearest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert nearest > 20
