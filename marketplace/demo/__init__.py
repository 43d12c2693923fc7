"""A simulated crowd that works through the public API, and the small world it lives in."""
