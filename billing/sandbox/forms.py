"""Request bodies as the provider's client writes them: `a[b][0][c]=1` is `{"a": {"b": [{"c": "1"}]}}`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\[\]]*)\]")
_LARGEST_INDEX = 999


class FormRefused(ValueError):
    """A body that is not a well-formed nested form."""


def parse(body: str) -> dict[str, Any]:
    """Read a form-encoded body into nested dicts and lists; all leaves are strings. Raises FormRefused."""
    root: dict[str, Any] = {}
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=1000)
    except ValueError as refused:
        raise FormRefused(str(refused)) from None
    for name, value in pairs:
        head, *rest = name.split("[", 1)
        path = [head, *_PART.findall("[" + rest[0])] if rest else [head]
        if not head or (rest and "".join(f"[{part}]" for part in path[1:]) != "[" + rest[0]):
            raise FormRefused(f"Invalid parameter name: {name}")
        _put(root, path, value, name)
    result = _listed(root)
    assert isinstance(result, dict), "the root holds names, never bare indexes alone"
    return result


def _put(root: dict[str, Any], path: list[str], value: str, name: str) -> None:
    here = root
    for part in path[:-1]:
        # `expand[]=x` appends: an empty part is the next free index.
        inner = here.setdefault(part or str(len(here)), {})
        if not isinstance(inner, dict):
            raise FormRefused(f"{name} is both a value and a group")
        here = inner
    last = path[-1] or str(len(here))
    if last in here:
        raise FormRefused(f"{name} is given twice")
    here[last] = value


def _listed(node: Any, *, root: bool = True) -> Any:
    """Groups whose names are 0, 1, 2 … become lists."""
    if not isinstance(node, dict):
        return node
    inner = {name: _listed(child, root=False) for name, child in node.items()}
    if not root and inner and all(name.isascii() and name.isdigit() and int(name) <= _LARGEST_INDEX for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
