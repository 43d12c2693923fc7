"""How figures, icons and ways about the site are written."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from marketplace.models import User
from marketplace.templatetags import tally

ICONS = Path(tally.__file__).resolve().parents[1] / "static" / "marketplace" / "img" / "icons.svg"
TEMPLATES = Path(tally.__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (50_000, "$0.05"),
        (3_000, "$0.003"),
        (1_234_567_890_000, "$1,234,567.89"),
        (-1_500_000, "−$1.50"),
        (0, "$0.00"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_money_is_written_exactly(micro, text):
    assert tally.money(micro) == text


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [(0.925, 0, "92%"), (0.925, 1, "92.5%"), (1, 0, "100%"), (0, 0, "0%"), (0.9999, 0, "99%"), (0.0001, 0, "1%")],
)
def test_a_share_is_written_in_percent(share, decimals, text):
    assert tally.percent(share, decimals) == text


@given(st.floats(min_value=1e-12, max_value=1 - 1e-12), st.integers(0, 2))
def test_only_all_is_a_hundred_percent_and_only_none_is_zero(share, decimals):
    assert 0 < float(tally.percent(share, decimals).rstrip("%")) < 100


@pytest.mark.parametrize(
    ("span", "unit", "text"),
    [
        (200, "s", "3 min 20 s"),
        (41_873, "ms", "42 s"),
        (850, "ms", "0.8 s"),
        (timedelta(days=3, hours=4, minutes=59), "s", "3 d 4 h"),
        (3600, "s", "1 h"),
        (1800, "s", "30 min"),
        (5, "s", "5 s"),
        (None, "s", "–"),
    ],
)
def test_a_length_of_time_is_written_in_its_two_largest_parts(span, unit, text):
    assert tally.duration(span, unit) == text


@pytest.fixture(autouse=True)
def _addresses(monkeypatch):
    """Pages as they will be found, whatever this installation serves."""
    found = {"jobs": "/jobs/", "wallet": "/wallet/", "work": "/work/", "history": "/work/history/"}
    known = tally.page_url
    monkeypatch.setattr(tally, "page_url", lambda name: found.get(name) or known(name))


def menu(person, path="/"):
    request = RequestFactory().get(path)
    return tally.nav(Context({"user": person, "request": request}))


def test_the_menu_follows_the_roles():
    assert [section["title"] for section in menu(User(is_requester=True, is_staff=True))] == ["Requester", "Admin"]
    assert menu(User()) == []
    assert menu(None) == []


def test_the_current_page_is_the_longest_address_that_fits():
    links = [link for section in menu(User(is_worker=True), "/work/history/?page=2") for link in section["links"]]
    assert [link["text"] for link in links if link["current"]] == ["History"]
    assert not any(link["current"] for section in menu(User(is_worker=True), "/wallet/") for link in section["links"])


def test_a_page_that_does_not_exist_has_no_address():
    assert tally.page_url("no-such-page") == ""
    assert tally.page_url("account_login") == "/accounts/login/"


def test_a_share_bar_fills_up_and_says_its_parts_aloud():
    drawn = Template("{% load tally %}{% bar parts %}").render(
        Context({"parts": [("accepted", 3, "ok"), ("disputed", 1, "warn")]})
    )
    assert 'aria-label="accepted: 3, disputed: 1"' in drawn
    assert re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', drawn) == [("0.000", "75.000"), ("75.000", "25.000")]


def test_a_share_bar_of_nothing_and_one_with_room_left():
    assert tally.bar([("accepted", 0, "ok")])["shares"][0]["width"] == "0.000"
    assert tally.bar([("accepted", 1, "ok")], total=4)["shares"][0]["width"] == "25.000"


@pytest.mark.parametrize(("count", "strokes", "crossed"), [(1, 1, False), (4, 4, False), (5, 4, True)])
def test_tally_marks_are_counted(count, strokes, crossed):
    drawing = tally.tally_marks(count)
    assert drawing.split('d="')[1].split('"')[0].count("M") == strokes
    assert ("cross" in drawing) is crossed


def test_every_icon_a_template_asks_for_is_drawn():
    drawn = set(re.findall(r'symbol id="([\w-]+)"', ICONS.read_text()))
    asked = {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r"{% icon ['\"]([\w-]+)['\"]", page.read_text())
    } | {icon for _, _, pages in tally.SECTIONS for _, _, icon in pages}
    assert asked <= drawn
