"""Attributes: questions about each object of a label, and the answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.shapes.problems import Checklist, is_plain_text, join, number, show

SELECT = "select"
CHECKBOX = "checkbox"
NUMBER = "number"
TEXT = "text"
ATTRIBUTE_TYPES = (SELECT, CHECKBOX, NUMBER, TEXT)

ATTRIBUTES_AT_MOST = 20
OPTIONS_AT_MOST = 100
NAME_LENGTH = 100
TEXT_LENGTH = 500

_KEYS = frozenset({"name", "type", "options", "required", "default", "range"})
Value = str | bool | float


@dataclass(frozen=True)
class Attribute:
    """One question. `options`: what a select offers; `low`, `high`: what a number keeps to, both included.

    An object without an answer gets `default`; without one it is refused if the answer is `required`. A checkbox that
    is not required is off by default.
    """

    name: str
    type: str
    options: tuple[str, ...] = ()
    required: bool = False
    default: Value | None = None
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, Any]:
        """What `parse_attributes` reads."""
        return {
            "name": self.name,
            "type": self.type,
            "options": [*self.options],
            "required": self.required,
            "default": self.default,
            "range": None if self.low is None else [self.low, self.high],
        }

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Attribute:
        """The attribute that `as_json` gave `table` of; nothing is checked again."""
        low, high = table["range"] or (None, None)
        options = tuple(table["options"])
        return cls(table["name"], table["type"], options, table["required"], table["default"], low, high)

    def problem(self, value: object) -> str:
        """What is wrong with `value` as an answer; empty when nothing is."""
        if self.type == SELECT:
            good = isinstance(value, str) and value in self.options
            return "" if good else f"{show(value)} is not one of {', '.join(map(show, self.options))}"
        if self.type == CHECKBOX:
            return "" if isinstance(value, bool) else "must be true or false"
        if self.type == TEXT:
            good = isinstance(value, str) and bool(value.strip()) and len(value) <= TEXT_LENGTH and is_plain_text(value)
            return "" if good else f"must be plain text of 1 to {TEXT_LENGTH} characters in one line"
        found = number(value)
        if found is None:
            return "must be a finite number"
        if self.low is not None and self.high is not None and not self.low <= found <= self.high:
            return f"{found:g} is not from {self.low:g} to {self.high:g}"
        return ""

    def canonical(self, value: Any) -> Value:
        """`value`, which is no problem, as it is stored."""
        if self.type == TEXT:
            return str(value.strip())
        return float(value) if self.type == NUMBER else value


def parse_values(
    value: object, *, attributes: Sequence[Attribute], where: str, checklist: Checklist
) -> dict[str, Value]:
    """The answers in `value` by name, in the order of `attributes`, with defaults; what is wrong goes to the checklist.

    Null counts as not answered.
    """
    table = checklist.table(value, where=where, keys=frozenset(each.name for each in attributes)) or {}
    values: dict[str, Value] = {}
    for each in attributes:
        given = table.get(each.name)
        if given is None:
            given = each.default
        if given is None:
            if each.required:
                checklist.add(join(where, each.name), "required", f"{show(each.name)} must be answered")
        elif problem := each.problem(given):
            checklist.add(join(where, each.name), "attribute", problem)
        else:
            values[each.name] = each.canonical(given)
    return values


def parse_attributes(value: object, *, where: str, checklist: Checklist) -> tuple[Attribute, ...]:
    """Read `[{name, type, options?, required?, default?, range?}]`; what is wrong goes to the checklist."""
    rows = [] if value is None else checklist.sequence(value, where=where)
    if len(rows) > ATTRIBUTES_AT_MOST:
        checklist.add(where, "too_many", f"{len(rows)} attributes; at most {ATTRIBUTES_AT_MOST}")
        return ()
    read = [_parse_attribute(row, where=f"{where}[{index}]", checklist=checklist) for index, row in enumerate(rows)]
    seen: set[str] = set()
    for index, each in enumerate(read):
        if each and each.name in seen:
            checklist.add(f"{where}[{index}].name", "duplicate", f"{show(each.name)} is asked for already")
        seen.add(each.name if each else "")
    return tuple(each for each in read if each)


def _parse_attribute(row: object, *, where: str, checklist: Checklist) -> Attribute | None:
    table = checklist.table(row, where=where, keys=_KEYS)
    if table is None:
        return None
    before = len(checklist.problems)
    name = _parse_name(table.get("name"), where=join(where, "name"), checklist=checklist)
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in ATTRIBUTE_TYPES:
        checklist.add(join(where, "type"), "choice", f"{show(kind)} is not one of {', '.join(ATTRIBUTE_TYPES)}")
        return None
    options = _parse_options(table.get("options"), kind=kind, where=join(where, "options"), checklist=checklist)
    low, high = _parse_range(table.get("range"), kind=kind, where=join(where, "range"), checklist=checklist)
    required = table.get("required", False)
    if not isinstance(required, bool):
        checklist.add(join(where, "required"), "type", "must be true or false")
        return None
    attribute = Attribute(name, kind, options, required, None, low, high)
    default = table.get("default")
    if default is None and kind == CHECKBOX and not required:
        default = False
    problem = attribute.problem(default) if default is not None else ""
    if problem:
        checklist.add(join(where, "default"), "attribute", problem)
    if len(checklist.problems) > before or default is None:
        return attribute
    return Attribute(name, kind, options, required, attribute.canonical(default), low, high)


def _parse_name(value: object, *, where: str, checklist: Checklist) -> str:
    if not isinstance(value, str) or not value.strip():
        checklist.add(where, "required", "an attribute needs a name")
        return ""
    name = value.strip()
    if len(name) > NAME_LENGTH or not is_plain_text(name):
        checklist.add(where, "plain_text", f"must be plain text of at most {NAME_LENGTH} characters in one line")
    return name


def _parse_options(value: object, *, kind: str, where: str, checklist: Checklist) -> tuple[str, ...]:
    rows = [] if value is None else checklist.sequence(value, where=where)
    if kind != SELECT:
        if rows:
            checklist.add(where, "not_here", "only a select has options")
        return ()
    names = [name.strip() for name in rows if isinstance(name, str) and name.strip() and is_plain_text(name.strip())]
    if len(names) != len(rows) or any(len(name) > NAME_LENGTH for name in names):
        checklist.add(where, "plain_text", f"must be plain texts of 1 to {NAME_LENGTH} characters in one line")
    elif not 2 <= len(names) <= OPTIONS_AT_MOST:
        checklist.add(where, "range", f"{len(names)} options; a select needs 2 to {OPTIONS_AT_MOST}")
    elif len(set(names)) < len(names):
        checklist.add(where, "duplicate", "an option is given twice")
    return tuple(names)


def _parse_range(
    value: object, *, kind: str, where: str, checklist: Checklist
) -> tuple[float, float] | tuple[None, None]:
    if value is None:
        return None, None
    if kind != NUMBER:
        checklist.add(where, "not_here", "only a number has a range")
        return None, None
    rows = checklist.sequence(value, where=where)
    ends = [found for row in rows[:3] if (found := number(row)) is not None]
    if len(rows) != 2 or len(ends) != 2 or ends[0] >= ends[1]:
        checklist.add(where, "range", "must be the lowest and the highest number allowed, in this order")
        return None, None
    return ends[0], ends[1]
