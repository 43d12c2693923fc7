"""Nested form bodies."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.sandbox.forms import FormRefused, parse


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("", {}),
        ("a=1&b=x+y", {"a": "1", "b": "x y"}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("items[0][q]=1&items[1][q]=2", {"items": [{"q": "1"}, {"q": "2"}]}),
        ("items[10]=k&items[2]=b", {"items": ["b", "k"]}),
        ("expand[]=a.b&expand[]=c", {"expand": ["a.b", "c"]}),
        ("a%5Bb%5D=%C3%A9", {"a": {"b": "é"}}),
        ("empty=", {"empty": ""}),
        ("0=x", {"0": "x"}),
    ],
)
def test_names_with_brackets_are_groups_and_lists(body, read):
    assert parse(body) == read


@pytest.mark.parametrize(
    "body", ["a=1&a[b]=2", "a[b]=1&a=2", "a=1&a=2", "[b]=1", "a[b=1", "a[b]c=1", "a]b[=1", "&".join(["a=1"] * 1001)]
)
def test_a_malformed_body_is_refused(body):
    with pytest.raises(FormRefused):
        parse(body)


@given(st.text(alphabet="ab01[]=&%", max_size=40))
def test_any_text_is_read_or_refused(body):
    with contextlib.suppress(FormRefused):
        assert isinstance(parse(body), dict)
