"""What every type of shape brings, so that a new one is an addition."""

from annotation.shapes import REGISTRY, SHAPE_TYPES, Box, Keypoints, Mask, Polygon


def test_tags_are_chosen_and_four_types_are_drawn():
    assert SHAPE_TYPES == ("tag", "box", "polygon", "mask", "keypoints")
    assert dict(REGISTRY) == {"box": Box, "polygon": Polygon, "mask": Mask, "keypoints": Keypoints}


def test_each_type_is_filed_under_its_own_name_and_reads_keys_of_its_own():
    for name, shape_type in REGISTRY.items():
        assert shape_type.type == name
        assert shape_type.keys
        assert not shape_type.keys & {"type", "label", "attributes"}
        assert callable(shape_type.parse)
        assert callable(shape_type.as_json)
