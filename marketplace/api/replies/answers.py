"""An answer as JSON: the five types of label. Only described here; read by `annotation.shapes`, which refuses."""

from __future__ import annotations

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers as s

from annotation.shapes import INSTANCE, SEMANTIC


class ImageSize(s.Serializer):
    """The image's pixels, after EXIF orientation."""

    width = s.IntegerField()
    height = s.IntegerField()


class TimingReply(s.Serializer):
    """How long the answer took, and how much of it somebody was active."""

    elapsed_ms = s.IntegerField(required=False, allow_null=True)
    active_ms = s.IntegerField(required=False, allow_null=True)


class BoxShape(s.Serializer):
    """A rectangle: x, y, width, height in pixels from the top left corner."""

    type = s.RegexField("^box$")
    label = s.CharField()  # type: ignore[assignment]  # a field, not the words beside one
    attributes = s.DictField(required=False)
    bbox = s.ListField(child=s.FloatField(), min_length=4, max_length=4)


class PolygonShape(s.Serializer):
    """One outline or several, each x1, y1, x2, y2, … and closed by itself; together one object."""

    type = s.RegexField("^polygon$")
    label = s.CharField()  # type: ignore[assignment]  # a field, not the words beside one
    attributes = s.DictField(required=False)
    segmentation = s.ListField(child=s.ListField(child=s.FloatField(), min_length=6), min_length=1)


class RunLengths(s.Serializer):
    """COCO's compressed run lengths of a mask of the whole image."""

    size = s.ListField(child=s.IntegerField(), min_length=2, max_length=2, help_text="Height and width of the image.")
    counts = s.CharField(help_text="As pycocotools writes it.")


class MaskShape(s.Serializer):
    """Pixels. An instance is one object; a semantic mask is all of its label, and shares no pixel with another."""

    type = s.RegexField("^mask$")
    label = s.CharField()  # type: ignore[assignment]  # a field, not the words beside one
    attributes = s.DictField(required=False)
    mode = s.ChoiceField(choices=[SEMANTIC, INSTANCE])
    segmentation = RunLengths()


class KeypointsShape(s.Serializer):
    """x, y, v for each point of the label's skeleton: v 2 is seen, 1 is hidden, 0 is not marked (x and y are 0)."""

    type = s.RegexField("^keypoints$")
    label = s.CharField()  # type: ignore[assignment]  # a field, not the words beside one
    attributes = s.DictField(required=False)
    keypoints = s.ListField(child=s.FloatField(), min_length=3)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Shape",
        serializers=[BoxShape, PolygonShape, MaskShape, KeypointsShape],
        resource_type_field_name=None,
        many=True,
    )
)
class Shapes(s.ListField):
    """Shapes of all types, in any order."""


class AnswerReply(s.Serializer):
    """What one person says about one image. `empty` says that there is nothing to mark."""

    schema = s.IntegerField(required=False)
    image = ImageSize(required=False)
    tags = s.ListField(child=s.CharField(), required=False)
    empty = s.BooleanField(required=False)
    timing = TimingReply(required=False)
    shapes = Shapes(required=False)
