"""Measures of shapes, in pixels: of one (area, bounds, its mask), and of two (how much they share). Pure."""

from annotation.geometry.overlap import as_boxes, box_area, box_iou

__all__ = ["as_boxes", "box_area", "box_iou"]
