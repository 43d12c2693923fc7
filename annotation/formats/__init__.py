"""Annotation files other programs read and write. Pure: from values to values."""
