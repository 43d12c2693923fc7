"""The rows of the label editor: one label each, attributes and skeleton as JSON. They only carry what was typed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms

KINDS = [
    ("box", "Box around objects"),
    ("tag", "Tag on the image"),
    ("both", "Tag and boxes"),
    ("polygon", "Polygon around objects"),
    ("mask", "Mask of pixels"),
    ("keypoints", "Keypoints of a skeleton"),
]
SHAPES = {"both": ["box", "tag"]}
EXAMPLE = '{"attributes": [{"name": "torn", "type": "checkbox"}], "skeleton": {"points": ["top", "tip"]}}'
MORE = ("attributes", "skeleton")
UNREADABLE = "Must be a JSON object with attributes, skeleton or both."


class TypedChoice(forms.ChoiceField):
    """A choice as it was sent; refused only by the rules of the job."""

    def validate(self, value: Any) -> None:
        """Nothing here: `drafting.parse_job` names what is wrong."""


class LabelForm(forms.Form):
    """One row of the label editor."""

    name = forms.CharField(required=False, widget=forms.TextInput(attrs={"maxlength": 100, "autocomplete": "off"}))
    shape = TypedChoice(choices=KINDS, label="Kind")
    color = forms.CharField(required=False, label="Colour", widget=forms.TextInput(attrs={"type": "color"}))
    more = forms.CharField(
        required=False,
        label="Attributes and skeleton, as JSON",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": EXAMPLE}),
    )

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        kind = str(self["shape"].value() or "")
        if "+" in kind:  # of a job posted over the API: kept as it is
            self.fields["shape"].choices = [*KINDS, (kind, kind.replace("+", ", "))]  # type: ignore[attr-defined]

    def body(self) -> dict[str, Any]:
        """The row in the shape of the API's labels; what cannot be read is left to the rules of the job to refuse."""
        kind = str(self["shape"].data or "box")
        more = table_in(str(self["more"].data or ""))
        return {
            **({"attributes": UNREADABLE} if more is None else more),
            "name": self["name"].data,
            "shapes": SHAPES.get(kind, kind.split("+")),
            "color": self["color"].data or "",
        }

    def told(self, field: str, message: str) -> tuple[str, str]:
        """At which field of the row a problem with `field` of the label (`attributes[0].name`) is told, and how."""
        part = re.split(r"[.\[]", field)[0]
        if part not in MORE:
            return {"shapes": "shape"}.get(part, part), message
        return "more", UNREADABLE if table_in(str(self["more"].data or "")) is None else f"{field}: {message}"


LabelFormSet = forms.formset_factory(LabelForm, extra=0, can_delete=True, max_num=200, absolute_max=250)


def kind_of(shapes: list[str]) -> str:
    """The kind that a row shows for a label's types of shape."""
    return next((kind for kind, its_shapes in SHAPES.items() if its_shapes == shapes), "+".join(shapes))


def more_of(label: Mapping[str, Any]) -> str:
    """Attributes and skeleton as the form shows them: only what is there."""
    told = {name: label[name] for name in MORE if label[name]}
    return json.dumps(told, indent=1, ensure_ascii=False) if told else ""


def table_in(text: str) -> dict[str, Any] | None:
    """What was typed as attributes and skeleton; None when it is no JSON object of these."""
    if not text.strip():
        return {}
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return table if isinstance(table, dict) and table.keys() <= set(MORE) else None
