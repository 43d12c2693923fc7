"""What a worker may say about an image: labels, shapes, answers. Parsed and refused here; pure."""

from annotation.shapes.answer import SCHEMA, Answer, AnswerRefused, Limits, parse_answer, read_answer
from annotation.shapes.attributes import ATTRIBUTE_TYPES, Attribute
from annotation.shapes.box import BOX, BBox, Box
from annotation.shapes.keypoints import KEYPOINTS, Keypoints
from annotation.shapes.mask import INSTANCE, MASK, SEMANTIC, Mask
from annotation.shapes.polygon import POLYGON, Polygon
from annotation.shapes.problems import Problem, Refused
from annotation.shapes.registry import REGISTRY, SHAPE_TYPES, TAG, Shape
from annotation.shapes.skeleton import Skeleton
from annotation.shapes.taxonomy import PALETTE, LabelSpec, Taxonomy, TaxonomyRefused, parse_taxonomy

__all__ = [
    "ATTRIBUTE_TYPES",
    "BOX",
    "INSTANCE",
    "KEYPOINTS",
    "MASK",
    "PALETTE",
    "POLYGON",
    "REGISTRY",
    "SCHEMA",
    "SEMANTIC",
    "SHAPE_TYPES",
    "TAG",
    "Answer",
    "AnswerRefused",
    "Attribute",
    "BBox",
    "Box",
    "Keypoints",
    "LabelSpec",
    "Limits",
    "Mask",
    "Polygon",
    "Problem",
    "Refused",
    "Shape",
    "Skeleton",
    "Taxonomy",
    "TaxonomyRefused",
    "parse_answer",
    "parse_taxonomy",
    "read_answer",
]
