"""Measures of shapes, in pixels: of one (area, bounds, its mask), and of two (how much they share). Pure."""

from annotation.geometry.overlap import as_boxes, box_area, box_iou, dice_of, mask_iou, oks
from annotation.geometry.squares import polygon_iou

__all__ = ["as_boxes", "box_area", "box_iou", "dice_of", "mask_iou", "oks", "polygon_iou"]
