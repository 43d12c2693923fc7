"""The house rules, kept by tests: who may import whom, what points where, how large things may grow."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("annotation", "qa", "billing", "marketplace")
ALLOWED_BELOW = {
    "annotation": {"annotation"},
    "billing": {"billing"},
    "qa": {"qa", "annotation"},
    "marketplace": {"marketplace", "qa", "annotation", "billing"},
}

# Same input, same output: no framework, no clock, no dice. Each of these that exists is held to it.
PURE = (
    "annotation.shapes",
    "annotation.geometry",
    "annotation.formats",
    "qa.matching",
    "qa.agreement",
    "qa.choosing",
    "qa.golden",
    "qa.voting",
    "qa.merging",
    "qa.calibration",
    "qa.skill",
    "qa.quality",
    "qa.verdict",
    "qa.consensus",
    "qa.explaining",
    "qa.adopted",
    "qa.drawing_lessons",
    "qa.drawing_skill",
    "qa.drawing_worth",
    "qa.expected_error",
    "qa.paying",
    "qa.peers",
    "qa.semantic",
    "qa.regions",
    "qa.likeness",
    "qa.grouping",
    "qa.centres",
    "qa.attributes",
    "qa.policy",
    "qa.inference",
    "qa.stopping",
    "qa.tagging",
    "qa.votes",
    "qa.alpha",
    "qa.collusion",
    "qa.excess",
    "qa.lessons",
    "qa.spam",
    "qa.suspicion",
    "billing.money",
    "billing.kpis",
    "marketplace.fair_pay",
    "marketplace.pricing",
    "marketplace.rejecting",
    "marketplace.requirements",
    "marketplace.countries",
    "marketplace.languages",
    "qa.known",
)

# The workspace's modules that know no page: tested by node alone. Each of these that exists is held to it.
PURE_JS = ("geometry", "store", "tools", "rle", "payload", "keys", "shapes", "contour", "figures", "layers")

CEILING = {".py": 300, ".js": 300}
TEST_CEILING = 400
FUNCTION_CEILING = 40
# path: one line of reason
LARGER_FILES: dict[str, str] = {}
LARGER_FUNCTIONS: dict[str, str] = {
    "tests/stories/test_a_job_from_posting_to_payout.py:test_a_job_from_posting_to_payout": "one story, told in order",
}

# Pattern of paths: why a module needs no test of its own.
WITHOUT_TEST = {
    r"(^|/)__init__\.py$": "only exports",
    r"^manage\.py$": "tests/marketplace/local starts it",
    r"(^|/)apps\.py$": "a name and nothing else",
    r"(^|/)migrations/": "written by Django; run by every test with a database",
    r"(^|/)models(/|\.py$)": "tables: their constraints are tested with the module that writes them",
    r"(^|/)admin(/|\.py$)": "tests/marketplace/test_admin.py walks all of them",
    r"^marketplace/(settings|wsgi|celery)\.py$": "configuration; every test runs on it",
    r"(^|[/_])urls\.py$": "a list of addresses; the tests of its views call them",
    r"(^|/)__main__\.py$": "starts what its neighbour tests",
    r"^marketplace/api/replies/": "tests/marketplace/api/conftest.py holds every answer against its description",
}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "services", "service", "common", "core", "misc", "manager"}
FRAMEWORK_FOLDERS = ("marketplace/api/", "marketplace/pages/")


@cache
def files(suffix: str, *folders: str) -> tuple[Path, ...]:
    found = [path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}")]
    return tuple(sorted(path for path in found if "__pycache__" not in path.parts))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def inside(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code() -> list[Path]:
    return [path for path in (*files(".py", *ROOMS), ROOT / "manage.py") if "/migrations/" not in inside(path)]


def module_exists(dotted: str) -> bool:
    path = ROOT / dotted.replace(".", "/")
    return path.with_suffix(".py").exists() or path.is_dir()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def pure_files() -> list[Path]:
    names = [name.replace(".", "/") for name in PURE]
    return [
        path for path in code() if any(inside(path) == f"{n}.py" or inside(path).startswith(f"{n}/") for n in names)
    ]


def test_imports_keep_to_the_contracts(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    failed = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert not failed, capsys.readouterr().out


def test_every_pure_module_is_in_the_contract_that_keeps_it_pure():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    kept = next(set(contract["source_modules"]) for contract in contracts if contract["name"].startswith("Pure"))
    assert {name for name in PURE if module_exists(name)} <= kept


def test_pure_modules_look_at_no_clock_and_throw_no_dice():
    clock_or_dice = re.compile(
        r"\b(datetime|date|timezone)\.(now|utcnow|today)\b|\btime\.(time|monotonic|perf_counter)\b|\buuid\d?\.uuid[14]\b"
        r"|\b(np|numpy)\.random\.(?!Generator\b)\w+|^\s*(import|from) (random|secrets|time)\b",
        re.MULTILINE,
    )
    faults = [inside(path) for path in pure_files() if clock_or_dice.search(path.read_text())]
    assert not faults, "\n".join(faults)


def test_foreign_keys_point_down_the_house():
    faults = []
    for model in apps.get_models():
        room = model._meta.app_label
        for field in model._meta.get_fields():
            if room not in ROOMS or not (field.concrete and field.is_relation and field.related_model):
                continue
            target = field.related_model if isinstance(field.related_model, str) else field.related_model._meta.label
            above = target.split(".")[0]
            # The one exception: people, Django's own swappable user.
            if above in ROOMS and above not in ALLOWED_BELOW[room] and target != "marketplace.User":
                faults.append(f"{model._meta.label}.{field.name} → {target}")
    assert not faults, "\n".join(faults)


def test_only_the_api_and_the_pages_speak_http():
    allowed = (*FRAMEWORK_FOLDERS, "marketplace/urls.py", "marketplace/settings.py", "marketplace/wsgi.py")
    faults = [
        f"{inside(path)} imports {name}"
        for path in code()
        if not inside(path).startswith(allowed)
        for name in imported(path)
        if name.startswith(("rest_framework", "drf_spectacular", "marketplace.api", "marketplace.pages"))
    ]
    assert not faults, "\n".join(faults)


def test_there_are_no_signals():
    banned = ("django.dispatch", "django.db.models.signals")
    faults = [inside(path) for path in code() if any(name.startswith(banned) for name in imported(path))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("kind", ["code", "tests"])
def test_files_keep_to_their_ceiling(kind):
    folders, ceilings = (ROOMS, CEILING) if kind == "code" else (("tests",), {".py": TEST_CEILING, ".js": TEST_CEILING})
    faults = []
    for suffix, ceiling in ceilings.items():
        for path in files(suffix, *folders):
            lines = len(path.read_text().splitlines())
            if lines > ceiling and inside(path) not in LARGER_FILES and "/migrations/" not in inside(path):
                faults.append(f"{inside(path)}: {lines} lines, ceiling {ceiling}")
    assert not faults, "\n".join(faults)


def test_functions_keep_to_their_ceiling():
    faults = []
    for path in (*code(), *files(".py", "tests")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                name = f"{inside(path)}:{node.name}"
                if lines > FUNCTION_CEILING and name not in LARGER_FUNCTIONS:
                    faults.append(f"{name}: {lines} lines")
    assert not faults, "\n".join(faults)


def test_exceptions_to_a_ceiling_are_still_needed_and_have_a_reason():
    assert all(LARGER_FILES.values())
    assert all(LARGER_FUNCTIONS.values())
    gone = [name for name in (*LARGER_FILES, *LARGER_FUNCTIONS) if not (ROOT / name.split(":")[0]).exists()]
    assert not gone


def test_every_module_has_its_test():
    faults = []
    for path in code():
        name = inside(path)
        if any(re.search(pattern, name) for pattern in WITHOUT_TEST):
            continue
        expected = ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.stem}.py"
        if not expected.exists():
            faults.append(f"{name} has no {inside(expected)}")
    assert not faults, "\n".join(faults)


def test_pure_javascript_knows_no_page_and_has_its_test():
    page = re.compile(r"\b(document|window|localStorage|fetch)\b[.(]|\b(Date\.now|Math\.random)\b")
    faults = []
    for path in files(".js", "annotation/static"):
        if path.stem in PURE_JS:
            if page.search(path.read_text()):
                faults.append(f"{inside(path)} looks at the page, the clock or the dice")
            if not (ROOT / "tests" / "js" / f"{path.stem}.test.mjs").exists():
                faults.append(f"{inside(path)} has no tests/js/{path.stem}.test.mjs")
    assert not faults, "\n".join(faults)


def test_names_say_what_is_inside():
    faults = [
        inside(path)
        for path in (*code(), *files(".js", *ROOMS))
        if BANNED_NAMES & {*path.relative_to(ROOT).parts[:-1], path.stem}
    ]
    assert not faults, "\n".join(faults)


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
    skipped = re.compile(
        r"mark\.(skip\b|xfail\b|skipif\((?!sys\.platform))|pytest\.(skip|xfail|importorskip)\(|unittest\.skip|\.only\(|test\.skip"
    )
    here = Path(__file__)
    faults = [
        inside(p)
        for s in (".py", ".js", ".html", ".css")
        for p in files(s, *ROOMS, "templates", "tests")
        if p != here and later.search(p.read_text())
    ]
    faults += [
        inside(p)
        for s in (".py", ".js", ".mjs")
        for p in files(s, "tests")
        if p != here and skipped.search(p.read_text())
    ]
    assert not faults, "\n".join(faults)


def test_pages_carry_no_inline_script_or_style():
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|\sstyle=|<style\b|\son[a-z]+=\"", re.I
    )
    faults = [inside(path) for path in files(".html", "templates", *ROOMS) if inline.search(path.read_text())]
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_models_and_migrations_agree(capsys):
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    assert "No changes detected" in capsys.readouterr().out
