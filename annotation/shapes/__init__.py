"""What a worker may say about an image: labels, shapes, answers. Parsed and refused here; pure."""

from annotation.shapes.answer import SCHEMA, Answer, AnswerRefused, Limits, parse_answer, read_answer
from annotation.shapes.box import BOX, BBox, Box
from annotation.shapes.problems import Problem, Refused
from annotation.shapes.registry import REGISTRY, SHAPE_TYPES, TAG, Shape
from annotation.shapes.taxonomy import PALETTE, LabelSpec, Taxonomy, TaxonomyRefused, parse_taxonomy

__all__ = [
    "BOX",
    "PALETTE",
    "REGISTRY",
    "SCHEMA",
    "SHAPE_TYPES",
    "TAG",
    "Answer",
    "AnswerRefused",
    "BBox",
    "Box",
    "LabelSpec",
    "Limits",
    "Problem",
    "Refused",
    "Shape",
    "Taxonomy",
    "TaxonomyRefused",
    "parse_answer",
    "parse_taxonomy",
    "read_answer",
]
