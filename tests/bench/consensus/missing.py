"""What a measurement says that cannot be made here."""

from __future__ import annotations


class Missing(Exception):
    """Data or a peer's package is not here. Its words are told beside the figures, and the rest goes on."""
