"""Label sets in the database."""

from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from annotation.label_sets import create_label_set, label_set_for, taxonomy_of
from annotation.models import Label, LabelSet
from annotation.shapes import parse_taxonomy

pytestmark = pytest.mark.django_db

STREET = parse_taxonomy(
    [{"name": "car", "shapes": ["box"]}, {"name": "bus", "shapes": ["tag", "box"]}, {"name": "fog", "shapes": ["tag"]}],
    tag_choice="one",
)


@pytest.fixture
def owner():
    return get_user_model().objects.create_user(email="rita@example.org")


def test_a_label_set_reads_back_to_the_taxonomy_it_was_made_of(owner):
    label_set = create_label_set(owner=owner, name="Street", taxonomy=STREET)
    assert taxonomy_of(label_set=LabelSet.objects.get(pk=label_set.pk)) == STREET
    assert list(label_set.labels.values_list("position", "name")) == [(0, "car"), (1, "bus"), (2, "fog")]


def test_attributes_and_skeletons_are_kept(owner):
    face = {
        "name": "face",
        "shapes": ["box", "keypoints"],
        "attributes": [{"name": "age", "type": "number", "range": [0, 120], "default": 30}],
        "skeleton": {"points": ["nose", "chin"], "edges": [["nose", "chin"]], "sigmas": [0.1, 0.2]},
    }
    taxonomy = parse_taxonomy([face, {"name": "roof", "shapes": ["polygon", "mask"]}])
    label_set = create_label_set(owner=owner, name="All", taxonomy=taxonomy)
    assert taxonomy_of(label_set=LabelSet.objects.get(pk=label_set.pk)) == taxonomy


def test_it_is_made_in_two_statements_and_read_in_one(owner, django_assert_num_queries):
    with django_assert_num_queries(4):  # with the savepoint around them
        label_set = create_label_set(owner=owner, name="Street", taxonomy=STREET)
    with django_assert_num_queries(1):
        taxonomy_of(label_set=label_set)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"name": "car"}, "label_name_once_a_set"),
        ({"position": 0}, "label_position_once_a_set"),
        ({"name": ""}, "label_has_a_name"),
        ({"color": "red"}, "label_color_is_rrggbb"),
        ({"shapes": ["circle"]}, "label_shapes_known"),
        ({"shapes": []}, "label_shapes_known"),
        ({"shapes": {"box": True}}, "label_shapes_known"),
        ({"shapes": ["box", "keypoints"]}, "label_skeleton_with_keypoints"),
        ({"skeleton": {"points": ["tip"]}}, "label_skeleton_with_keypoints"),
    ],
)
def test_the_database_itself_refuses_labels_that_make_no_sense(owner, change, constraint):
    label_set = create_label_set(owner=owner, name="Street", taxonomy=STREET)
    good = {"label_set": label_set, "position": 3, "name": "van", "shapes": ["box"], "color": "#00ff00"}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Label.objects.create(**(good | change))
    Label.objects.create(**good)


def test_the_database_itself_refuses_an_unknown_choice_of_tags(owner):
    with pytest.raises(IntegrityError, match="label_set_tag_choice"), transaction.atomic():
        LabelSet.objects.create(owner=owner, name="Street", tag_choice="some")


def test_the_same_labels_written_again_are_the_same_set_of_the_same_owner(owner):
    first = label_set_for(owner=owner, name="Street", taxonomy=STREET)
    assert label_set_for(owner=owner, name="Another street", taxonomy=STREET) == first
    other = replace(STREET, labels=STREET.labels[:1])
    assert label_set_for(owner=owner, name="Street", taxonomy=other) != first
    somebody = get_user_model().objects.create_user(email="rosa@example.org")
    assert label_set_for(owner=somebody, name="Street", taxonomy=STREET) != first
