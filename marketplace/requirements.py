"""What a job asks of its workers before they may start: a frozen value, stored with the job. Pure.

Who is asked is told of each requirement they miss by a line: what it is, and what they can do about it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotation.shapes.problems import Checklist
from annotation.shapes.problems import Refused as ShapesRefused
from marketplace.countries import COUNTRIES
from marketplace.languages import LANGUAGES
from qa.skill import Estimate, reaches

ALL = ""
"""The label of the skill over all labels together."""
MAX_ANSWERS = 10_000
MAX_QUESTIONS = 50
MAX_ATTEMPTS = 10
MAX_WAIT_HOURS = 24 * 30
MAX_VALID_DAYS = 3_650


class RequirementsRefused(ShapesRefused):
    """Requirements break rules."""


@dataclass(frozen=True)
class SkillNeeded:
    """Answers right by `at_least` (0 to 1), surely, with `answers` to show it; over all labels when none is named."""

    at_least: float
    answers: int = 10
    label: str = ALL


@dataclass(frozen=True)
class Exam:
    """An exam of `questions` images, passed from a mean agreement of `pass_mark` on; how often and when again.

    `valid_days`: how long it counts in this job and later ones of its label set; 0: for good.
    """

    questions: int
    pass_mark: float = 0.7
    attempts: int = 2
    wait_hours: int = 24
    valid_days: int = 180


@dataclass(frozen=True)
class Requirements:
    """All of them; countries and languages are codes, of which one must be the worker's."""

    skill: tuple[SkillNeeded, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    exam: Exam | None = None

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads back to an equal value."""
        return {
            "skill": [asdict(one) for one in self.skill],
            "countries": list(self.countries),
            "languages": list(self.languages),
            "exam": asdict(self.exam) if self.exam else None,
        }

    @classmethod
    def from_json(cls, data: object, *, labels: Collection[str] | None = None) -> Requirements:
        """Read requirements; what is not given asks nothing. `labels`: those there are, if they are to be checked.

        Raises RequirementsRefused naming all that is wrong.
        """
        checklist = Checklist()
        keys = frozenset({"skill", "countries", "languages", "exam"})
        table = checklist.table(data, where="requirements", keys=keys) or {}
        found = cls(
            skill=_skill(table.get("skill") or [], labels, checklist),
            countries=_codes(table.get("countries") or [], "countries", COUNTRIES, "country", checklist),
            languages=_codes(table.get("languages") or [], "languages", LANGUAGES, "language", checklist),
            exam=_exam(table.get("exam"), checklist),
        )
        if checklist.problems:
            raise RequirementsRefused(checklist.problems)
        return found


NONE = Requirements()


@dataclass(frozen=True)
class Applicant:
    """What is known of somebody who wants to work: what they say of themself, and their skill by label."""

    country: str = ""
    languages: tuple[str, ...] = ()
    skills: Mapping[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class Missing:
    """A requirement that somebody does not meet, in words for them."""

    code: str
    message: str


def missing(*, requirements: Requirements, applicant: Applicant) -> tuple[Missing, ...]:
    """What keeps an applicant from a job, one line each; empty when nothing does. An exam comes after these."""
    found = [*_places(requirements, applicant)]
    for one in requirements.skill:
        estimate = applicant.skills.get(one.label)
        if estimate is None or not reaches(found=estimate, at_least=one.at_least, answers=one.answers):
            found.append(Missing("skill", _skill_words(one, estimate)))
    return tuple(found)


def _places(requirements: Requirements, applicant: Applicant) -> list[Missing]:
    found = []
    if requirements.countries and applicant.country not in requirements.countries:
        names = _either([COUNTRIES[code] for code in requirements.countries])
        if applicant.country:
            said = f"Your profile says {COUNTRIES.get(applicant.country, applicant.country)}."
        else:
            said = "Say in your profile where you live."
        found.append(Missing("country", f"For people who live in {names}. {said}"))
    if requirements.languages and not set(requirements.languages) & set(applicant.languages):
        names = _either([LANGUAGES[code] for code in requirements.languages])
        said = "If you do, add it to your profile."
        found.append(Missing("language", f"For people who speak {names}. {said}"))
    return found


def _skill_words(needed: SkillNeeded, estimate: Estimate | None) -> str:
    what = f"at “{needed.label}”" if needed.label else "with these labels"
    asked = f"For people who are surely right {percent(needed.at_least)} of 100 times {what}"
    asked += f", shown by {_answers(needed.answers)} or more." if needed.answers else "."
    if estimate is None or not estimate.answers:
        return f"{asked} You have no answers {what} yet; other jobs with the same labels give you some."
    if estimate.answers < needed.answers:
        return f"{asked} You have {_answers(estimate.answers)} so far."
    return f"{asked} Your {_answers(estimate.answers)} show {percent(estimate.low)} of 100 for sure; more can raise it."


def percent(share: float) -> int:
    """A share in whole percent, never more than it is: 0.799 is not 80."""
    return math.floor(100 * share + 1e-9)


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count:,} answers"


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _skill(value: object, labels: Collection[str] | None, checklist: Checklist) -> tuple[SkillNeeded, ...]:
    found: list[SkillNeeded] = []
    for index, each in enumerate(checklist.sequence(value, where="requirements.skill")):
        where = f"requirements.skill[{index}]"
        table = checklist.table(each, where=where, keys=frozenset({"label", "at_least", "answers"}))
        if table is None:
            continue
        label = table.get("label") or ALL
        if not isinstance(label, str) or (label and labels is not None and label not in labels):
            checklist.add(f"{where}.label", "known", "must be one of the job's labels, or empty for all of them")
            label = ALL
        if any(label == one.label for one in found):
            checklist.add(f"{where}.label", "unique", "is asked for twice")
        at_least = _share(table.get("at_least"), f"{where}.at_least", checklist)
        answers = _whole(table.get("answers", 10), f"{where}.answers", 0, MAX_ANSWERS, checklist)
        found.append(SkillNeeded(at_least, answers, label))
    return tuple(found)


def _codes(value: object, name: str, known: Mapping[str, str], noun: str, checklist: Checklist) -> tuple[str, ...]:
    where = f"requirements.{name}"
    found: list[str] = []
    for index, each in enumerate(checklist.sequence(value, where=where)):
        if not isinstance(each, str) or each not in known:
            example = "DE" if noun == "country" else "de"
            checklist.add(f"{where}[{index}]", "known", f"must be the two-letter code of a {noun}, such as {example}")
        elif each not in found:
            found.append(each)
    return tuple(found)


def _exam(value: object, checklist: Checklist) -> Exam | None:
    if value is None:
        return None
    where = "requirements.exam"
    keys = frozenset({"questions", "pass_mark", "attempts", "wait_hours", "valid_days"})
    table = checklist.table(value, where=where, keys=keys)
    if table is None:
        return None
    return Exam(
        questions=_whole(table.get("questions"), f"{where}.questions", 1, MAX_QUESTIONS, checklist),
        pass_mark=_share(table.get("pass_mark", Exam.pass_mark), f"{where}.pass_mark", checklist),
        attempts=_whole(table.get("attempts", Exam.attempts), f"{where}.attempts", 1, MAX_ATTEMPTS, checklist),
        wait_hours=_whole(
            table.get("wait_hours", Exam.wait_hours), f"{where}.wait_hours", 0, MAX_WAIT_HOURS, checklist
        ),
        valid_days=_whole(
            table.get("valid_days", Exam.valid_days), f"{where}.valid_days", 0, MAX_VALID_DAYS, checklist
        ),
    )


def _share(value: object, where: str, checklist: Checklist) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value <= 1.0:
        return float(value)
    checklist.add(where, "range", "must be a number more than 0 and at most 1")
    return 1.0


def _whole(value: object, where: str, low: int, high: int, checklist: Checklist) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    checklist.add(where, "range", f"must be a whole number from {low} to {high:,}")
    return low
