"""What every type of shape brings, so that a new one is an addition."""

from annotation.shapes import REGISTRY, SHAPE_TYPES, Box


def test_tags_are_chosen_and_boxes_are_drawn():
    assert SHAPE_TYPES == ("tag", "box")
    assert dict(REGISTRY) == {"box": Box}


def test_each_type_is_filed_under_its_own_name_and_reads_keys_of_its_own():
    for name, shape_type in REGISTRY.items():
        assert shape_type.type == name
        assert shape_type.keys
        assert not shape_type.keys & {"type", "label", "attributes"}
        assert callable(shape_type.parse)
        assert callable(shape_type.as_json)
