"""The design's promises: both dark lists agree, and every text can be read on every ground (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "marketplace" / "static" / "marketplace"
TOKENS = (STATIC / "css" / "tokens.css").read_text()


def block(start):
    """The declarations after `start`, up to the closing brace."""
    body = TOKENS[TOKENS.index(start) + len(start) :]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body[: body.index("}")]))


LIGHT = block("\n:root {")
DARK = block(':root[data-theme="dark"] {')
DARK_BY_SYSTEM = block(':root:not([data-theme="light"]) {')
THEMES = {"light": LIGHT, "dark": LIGHT | DARK}


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first, second):
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_chosen_dark_theme_is_the_systems_dark_theme():
    assert DARK == DARK_BY_SYSTEM
    assert set(DARK) <= set(LIGHT)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_on_every_ground(theme):
    colors = THEMES[theme]
    pairs = [
        (text, ground)
        for text in ("--text", "--muted", "--accent", "--accent-2", "--danger", "--warn", "--ok")
        for ground in ("--bg", "--surface", "--surface-2")
    ]
    pairs += [
        (text, f"--{tone}-soft") for tone in ("accent", "danger", "warn", "ok") for text in ("--text", f"--{tone}")
    ]
    pairs += [
        ("--accent-text", "--accent"),
        ("--accent-text", "--accent-2"),
        ("--surface", "--danger"),
        ("--bg", "--text"),
    ]
    faults = [
        f"{text} on {ground}: {contrast(colors[text], colors[ground]):.2f}"
        for text, ground in pairs
        if contrast(colors[text], colors[ground]) < 4.5
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", THEMES)
def test_edges_one_must_see_stand_out_three_to_one(theme):
    colors = THEMES[theme]
    for ground in ("--bg", "--surface", "--surface-2"):
        assert contrast(colors["--edge"], colors[ground]) >= 3
        assert contrast(colors["--accent"], colors[ground]) >= 3


def test_no_stylesheet_names_a_token_that_does_not_exist():
    used = {
        name
        for sheet in ("base.css", "components.css", "account.css", "landing.css")
        for name in re.findall(r"var\((--[\w-]+)\)", (STATIC / "css" / sheet).read_text())
    }
    assert used - set(LIGHT) <= {"--fill"}  # a progress bar's own


def test_the_list_of_classes_names_what_exists():
    head, rules = (STATIC / "css" / "components.css").read_text().split("*/", 1)
    rules += (STATIC / "css" / "base.css").read_text()
    named = set(re.findall(r"(?<![\w/])\.([a-z][\w-]*)", head)) - {"css", "js", "svg"}
    assert named
    missing = {name for name in named if not re.search(rf"\.{name}\b", rules)}
    assert not missing
