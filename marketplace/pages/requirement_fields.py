"""The fields of a job's form that say what workers must be and show before they start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from marketplace.pages.judging_fields import whole
from marketplace.requirements import Exam

# Field: its label, its help, its type, and the widget's bounds.
FIELDS: dict[str, tuple[str, str, type[forms.Widget], dict[str, Any]]] = {
    "countries": (
        "Countries",
        "Workers say that they live in one of these. Two-letter codes, such as DE, AT.",
        forms.TextInput,
        {"autocomplete": "off"},
    ),
    "languages": (
        "Languages",
        "Workers say that they speak one of these. Two-letter codes, such as en, de.",
        forms.TextInput,
        {"autocomplete": "off"},
    ),
    "skill_at_least": (
        "Skill with these labels",
        "Surely right in this share of answers, 0 to 1, as shown with this label set before.",
        forms.NumberInput,
        {"min": 0, "max": 1, "step": "0.05"},
    ),
    "skill_answers": ("From this many answers", "10 unless you say.", forms.NumberInput, {"min": 0}),
    "skill_labels": (
        "Skill at single labels",
        "One a line: label, share, answers. For example: can, 0.8, 20.",
        forms.Textarea,
        {"rows": 2},
    ),
    "exam_questions": (
        "Exam: images asked",
        "Drawn from the images with known answers that you give. Empty: no exam.",
        forms.NumberInput,
        {"min": 1, "max": 50},
    ),
    "exam_pass_mark": (
        "Exam: passed from this agreement",
        "The mean over its images, 0 to 1.",
        forms.NumberInput,
        {"min": 0, "max": 1, "step": "0.05"},
    ),
    "exam_attempts": ("Exam: attempts", "How often one may try.", forms.NumberInput, {"min": 1, "max": 10}),
    "exam_wait_hours": ("Exam: hours between attempts", "", forms.NumberInput, {"min": 0, "max": 720}),
    "exam_valid_days": (
        "Exam: counts for this many days",
        "In later jobs of the label set too. 0: for good.",
        forms.NumberInput,
        {"min": 0, "max": 3650},
    ),
}
EXAM = ("pass_mark", "attempts", "wait_hours", "valid_days")
OVERALL_GIVEN = "skill_at_least"


def add_fields(form: forms.Form) -> None:
    """Give a form these fields; nothing is refused here, so that nothing typed is lost."""
    for name, (label, help_text, widget, bounds) in FIELDS.items():
        form.fields[name] = forms.CharField(
            required=False, label=label, help_text=help_text, widget=widget(attrs=bounds)
        )


def requirements_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, in the shape of the API."""
    skill: list[dict[str, Any]] = []
    if typed[OVERALL_GIVEN].strip() or typed["skill_answers"].strip():
        skill.append(_needed("", typed[OVERALL_GIVEN], typed["skill_answers"]))
    for line in filter(str.strip, typed["skill_labels"].splitlines()):
        label, _, rest = line.partition(",")
        share, _, answers = rest.partition(",")
        skill.append(_needed(label.strip(), share, answers))
    exam = None
    if typed["exam_questions"].strip():
        given = {name: typed[f"exam_{name}"].strip() for name in EXAM}
        exam = {
            "questions": whole(typed["exam_questions"]),
            **{name: _number(text) for name, text in given.items() if text},
        }
    codes = {name: re.split(r"[\s,;]+", typed[name].strip()) for name in ("countries", "languages")}
    return {
        "skill": skill,
        "countries": [code.upper() for code in codes["countries"] if code],
        "languages": [code.lower() for code in codes["languages"] if code],
        "exam": exam,
    }


def first_values(requirements: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the fields show first: a job's own values, or defaults that ask for nothing."""
    found = requirements or {"skill": [], "countries": [], "languages": [], "exam": None}
    overall = next((one for one in found["skill"] if not one["label"]), None)
    lines = [f"{one['label']}, {one['at_least']:g}, {one['answers']}" for one in found["skill"] if one["label"]]
    exam = found["exam"] or {"questions": "", **{name: getattr(Exam, name) for name in EXAM}}
    return {
        "countries": ", ".join(found["countries"]),
        "languages": ", ".join(found["languages"]),
        "skill_at_least": overall["at_least"] if overall else "",
        "skill_answers": overall["answers"] if overall else "",
        "skill_labels": "\n".join(lines),
        **{f"exam_{name}": value for name, value in exam.items()},
    }


def field_of(path: str, typed: Mapping[str, str]) -> str:
    """The field that a problem of the requirements belongs to, such as `requirements.exam.attempts`."""
    path = path.removeprefix("requirements.")
    if path.startswith("skill"):
        overall = bool(typed[OVERALL_GIVEN].strip() or typed["skill_answers"].strip())
        if overall and path.startswith("skill[0]"):
            return "skill_answers" if path.endswith("answers") else OVERALL_GIVEN
        return "skill_labels"
    return re.sub(r"\[\d+\]$", "", path).replace("exam.", "exam_")


def _needed(label: str, share: str, answers: str) -> dict[str, Any]:
    return {
        "label": label,
        "at_least": _number(share.strip()),
        **({"answers": whole(answers)} if answers.strip() else {}),
    }


def _number(text: str) -> float | int | str:
    """A number if it is one; else the text, for the rules to refuse."""
    if re.fullmatch(r"-?\d{1,9}", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text
