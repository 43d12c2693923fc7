"""The form a job is written with. It only carries what was typed; the rules are `drafting.parse_job`'s."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from annotation.shapes import PALETTE, Problem
from marketplace import drafting, estimating
from marketplace.errors import Refused
from marketplace.models import Job
from marketplace.pages.access import own_job, person, requester_required
from marketplace.pages.judging_fields import (
    GOLD,
    HOURS_AND_DAYS,
    IN_POLICY,
    LIMITS,
    PAY,
    RULES,
    SHARES,
    SIZES,
    numbers_of,
    pay_of,
    policy_of,
    whole,
)
from marketplace.pages.label_rows import LabelFormSet, TypedChoice, kind_of, more_of
from marketplace.pages.requirement_fields import FIELDS, add_fields, field_of, first_values, requirements_of
from qa.verdict import Policy

_LABEL = re.compile(r"labels\[(\d+)\]\.?(.*)")


class Typed(forms.CharField):
    """Text as it was typed; shown as required, but refused only by the rules of the job."""

    def validate(self, value: Any) -> None:
        """Nothing here: `drafting.parse_job` names what is missing."""


class JobForm(forms.Form):
    """What a requester types, as text; nothing is refused here, so that nothing typed is lost."""

    title = Typed(widget=forms.TextInput(attrs={"maxlength": 120}))
    instructions = Typed(
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text="What to mark, what to leave out, and what to do when in doubt. Workers read this first.",
    )
    tag_choice = TypedChoice(
        label="Tags",
        choices=[("any", "Any number of tags may be chosen"), ("one", "Exactly one tag must be chosen")],
    )
    reward = Typed(
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Paid to the worker for each accepted image.",
    )  # fmt: skip
    overlap_min = Typed(
        label="Answers per image", widget=forms.NumberInput(attrs={"min": 1, "max": 50}),
        help_text="Three lets a majority decide.",
    )  # fmt: skip
    overlap_max = forms.CharField(
        required=False, label="At most", widget=forms.NumberInput(attrs={"min": 1, "max": 50}),
        help_text="More are asked for only where workers disagree.",
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, use_required_attribute=False)
        for name, (label, help_text) in SHARES.items():
            widget = forms.NumberInput(attrs={"min": 0, "max": 1, "step": "0.05"})
            self.fields[name] = forms.CharField(required=False, label=label, help_text=help_text, widget=widget)
        for name, (label, help_text, choices) in RULES.items():
            self.fields[name] = TypedChoice(label=label, help_text=help_text, choices=choices)
        for name, (label, help_text, limits) in GOLD.items():
            widget = forms.NumberInput(attrs=limits)
            self.fields[name] = forms.CharField(required=False, label=label, help_text=help_text, widget=widget)
        for name, (label, help_text, most) in (HOURS_AND_DAYS | LIMITS | SIZES).items():
            widget = forms.NumberInput(attrs={"min": 1, "max": most})
            self.fields[name] = forms.CharField(required=False, label=label, help_text=help_text, widget=widget)
        for name, (label, help_text, greatest) in PAY.items():
            typed: forms.widgets.Input = forms.NumberInput(attrs={"min": 0, "max": greatest})
            if greatest is None:
                typed = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            self.fields[name] = forms.CharField(required=False, label=label, help_text=help_text, widget=typed)
        add_fields(self)
        rows = initial["labels"]
        self.labels = LabelFormSet(data, initial=rows, prefix="labels")
        self.label_problems: list[str] = []
        self._policy = initial.get("policy", {})
        self._bytes = initial.get("bytes")
        self._visibility = initial.get("visibility", Job.Visibility.PUBLIC)
        self.fields["reward"].label = f"Reward ({settings.CURRENCY})"

    @property
    def policy_fields(self) -> list[forms.BoundField]:
        """The fields of the judging policy."""
        return [self[name] for name in ("judge", *SHARES)]

    @property
    def gold_fields(self) -> list[forms.BoundField]:
        """The fields of known answers."""
        return [self[name] for name in GOLD]

    @property
    def pay_fields(self) -> list[forms.BoundField]:
        """The fields of who is paid, and of appeals."""
        return [self[name] for name in (*RULES, *HOURS_AND_DAYS) if name != "judge"]

    @property
    def extra_pay_fields(self) -> list[forms.BoundField]:
        """The fields of pay for shapes and the fair-pay reserve."""
        return [self[name] for name in PAY]

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        """The fields of what one worker may do."""
        return [self[name] for name in LIMITS]

    @property
    def size_fields(self) -> list[forms.BoundField]:
        """The fields of how big an answer may be."""
        return [self[name] for name in SIZES]

    @property
    def requirement_fields(self) -> list[forms.BoundField]:
        """The fields of what workers must be and show before they start."""
        return [self[name] for name in FIELDS]

    @property
    def asks(self) -> bool:
        """Whether anything is asked of workers."""
        return any(self[name].value() for name in ("countries", "languages", "skill_at_least", "skill_labels")) or bool(
            self["exam_questions"].value()
        )

    def typed(self) -> dict[str, str]:
        """What was typed, field by field, as it was typed."""
        return {name: str(self[name].data or "").replace("\r\n", "\n") for name in self.fields}

    def body(self) -> dict[str, Any]:
        """What was typed, in the shape of the API's job body. Rows without a name are left out."""
        self.is_valid()
        self.labels.is_valid()
        typed = self.typed()
        self.rows = [form for form in self.labels if form["name"].data and not form["DELETE"].data]
        return {
            "title": typed["title"],
            "instructions": typed["instructions"],
            "tag_choice": typed["tag_choice"] or "any",
            "labels": [row.body() for row in self.rows],
            "overlap": {
                "min": whole(typed["overlap_min"]),
                "max": whole(typed["overlap_max"] or typed["overlap_min"]),
            },
            "reward": typed["reward"].strip(),
            **pay_of(typed),
            "policy": {**self._policy, **policy_of(typed)},
            "appeal_days": whole(typed["appeal_days"]) if typed["appeal_days"].strip() else None,
            "visibility": self._visibility,
            "requirements": requirements_of(typed),
            "limits": numbers_of(typed, LIMITS),
            "answer_limits": {**numbers_of(typed, SIZES), "bytes": self._bytes},
        }

    def rearranged(self, *, up: str = "", more: bool = False) -> dict[str, Any]:
        """What was typed as first values of a new form, with one row moved up or one more row, removed rows gone."""
        rows = [
            {name: form[name].data or "" for name in ("name", "shape", "color", "more", "DELETE")}
            for form in self.labels
        ]
        if up.isascii() and up.isdigit() and len(up) < 4 and 0 < int(up) < len(rows):
            at = int(up)
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        rows = [row for row in rows if not row.pop("DELETE")]
        if more:
            rows.append({"name": "", "shape": "box", "color": PALETTE[len(rows) % len(PALETTE)]})
        kept = {"policy": self._policy, "visibility": self._visibility, "bytes": self._bytes}
        return {**self.typed(), "labels": rows, **kept}

    def show(self, problems: tuple[Problem, ...]) -> None:
        """Put each problem at the field it names; what belongs to no field goes on top."""
        for problem in problems:
            found = _LABEL.match(problem.field)
            field = re.sub(r"^(policy|limits|answer_limits)\.", "", problem.field.replace("overlap.", "overlap_"))
            if problem.field.startswith("requirements"):
                field = field_of(problem.field, self.typed())
            if found and int(found[1]) < len(self.rows):
                row = self.rows[int(found[1])]
                name, told = row.told(found[2], problem.message)
                row.add_error(name if name in row.fields else None, told)
            elif found or problem.field == "labels":
                self.label_problems.append(problem.message)
            else:
                self.add_error(field if field in self.fields else None, problem.message)


def initial_of(job: Job | None) -> dict[str, Any]:
    """What the form shows first: a job's own values, or good defaults."""
    policy = Policy()
    if job is None:
        rows = [{"name": "", "shape": "box", "color": color} for color in PALETTE[:2]]
        shares = {name: getattr(policy, name) for name in IN_POLICY}
        first = {
            "tag_choice": "any",
            "overlap_min": 3,
            "overlap_max": 3,
            "reward": "0.05",
            "policy": {},
            "appeal_days": settings.APPEAL_DAYS,
        }
        return {**first, "labels": rows, **shares, **first_values()}
    data = drafting.as_data(job=job)
    return {
        **{name: data[name] for name in ("title", "instructions", "tag_choice", "reward")},
        "overlap_min": data["overlap"]["min"],
        "overlap_max": data["overlap"]["max"],
        "labels": [
            {"name": label["name"], "shape": kind_of(label["shapes"]), "color": label["color"], "more": more_of(label)}
            for label in data["labels"]
        ],
        "policy": {name: value for name, value in data["policy"].items() if name not in IN_POLICY},
        **{name: data["policy"][name] for name in IN_POLICY},
        "appeal_days": data["appeal_days"],
        "visibility": data["visibility"],
        "reward_per_shape": data["reward_per_shape"] if job.reward_per_shape else "",
        "shapes_paid_at_most": data["shapes_paid_at_most"] or "",
        "fair_pay_reserve_percent": data["fair_pay_reserve_percent"] or "",
        **data["limits"],
        **data["answer_limits"],
        **first_values(data["requirements"]),
    }


@requester_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a new job."""
    return _write(request, None)


@requester_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pid: str) -> HttpResponse:
    """Change a draft."""
    job = own_job(request, pid)
    if job.state != Job.State.DRAFT:
        return redirect("job", pid)
    return _write(request, job)


def _write(request: HttpRequest, job: Job | None) -> HttpResponse:
    posted = request.method == "POST"
    form = JobForm(request.POST if posted else None, initial=initial_of(job))
    if posted and ("more" in request.POST or "up" in request.POST):
        changed = form.rearranged(up=request.POST.get("up", ""), more="more" in request.POST)
        form, posted = JobForm(initial=changed), False
    if posted:
        try:
            draft = drafting.parse_job(form.body())
            if job is None:
                saved = drafting.create_job(owner=person(request), draft=draft, now=timezone.now())
                return redirect("job_images", saved.public_id)
            drafting.edit_job(job=job, draft=draft, now=timezone.now())
            return redirect("job", job.public_id)
        except Refused as refused:
            form.show(refused.problems)
    images = request.POST.get("images") or (str(job.tasks.count() or 100) if job else "100")
    context = {"form": form, "job": job, "images": images[:10], "estimate": _estimate(form, images)}
    return render(request, "marketplace/job_form.html", context, status=422 if posted else 200)


@requester_required
@require_safe
def live_quote(request: HttpRequest) -> HttpResponse:
    """What the job would cost as it is typed (htmx)."""
    estimate = estimating.estimate(typed=request.GET.dict())
    return render(request, "marketplace/_estimate.html", {"estimate": estimate})


def _estimate(form: JobForm, images: str) -> estimating.Estimate:
    names = ("reward", "overlap_min", "overlap_max", *PAY, *GOLD)
    typed = {name: form[name].value() or "" for name in names}
    return estimating.estimate(typed={**typed, "images": images})
