"""A job of all five types of label with attributes, and careful answers to it."""

import numpy as np

from annotation.geometry.rle import encode

SKELETON = {
    "points": ["nose", "left eye", "right eye"],
    "edges": [["nose", "left eye"], ["nose", "right eye"]],
    "flip_pairs": [["left eye", "right eye"]],
}
ASKED = [
    {"name": "dented", "type": "checkbox"},
    {"name": "metal", "type": "select", "options": ["tin", "steel"], "required": True},
    {"name": "rows", "type": "number", "range": [1, 9]},
    {"name": "print", "type": "text"},
]
BODY = {
    "title": "All there is",
    "instructions": "Mark everything.",
    "labels": [
        {"name": "night", "shapes": ["tag"]},
        {"name": "can", "shapes": ["box"], "attributes": ASKED},
        {"name": "roof", "shapes": ["polygon"]},
        {"name": "sky", "shapes": ["mask"]},
        {"name": "sea", "shapes": ["mask"]},
        {"name": "dog", "shapes": ["mask"]},
        {"name": "face", "shapes": ["keypoints"], "skeleton": SKELETON},
    ],
    "overlap": {"min": 3, "max": 3},
    "reward": "0.10",
}


def mask(label, mode, left, right, top=0, bottom=90):
    pixels = np.zeros((90, 120), dtype=bool)
    pixels[top:bottom, left:right] = True
    return {"type": "mask", "label": label, "mode": mode, "segmentation": {"size": [90, 120], "counts": encode(pixels)}}


def shapes(shift, **answers):
    """One careful worker's shapes, a little off from the others'."""
    s = shift
    return [
        {"type": "box", "label": "can", "attributes": {"metal": "tin", **answers}, "bbox": [10 + s, 10, 30, 20]},
        {"type": "polygon", "label": "roof", "segmentation": [[5 + s, 50, 45 + s, 50, 45 + s, 85, 5 + s, 85]]},
        mask("sky", "semantic", 0, 60 + s, 0, 8),
        mask("sea", "semantic", 60 + s, 120, 0, 8),
        mask("dog", "instance", 80 + s, 110, 40, 80),
        {"type": "keypoints", "label": "face", "keypoints": [60 + s, 20, 2, 55 + s, 15, 1, 0, 0, 0]},
    ]
