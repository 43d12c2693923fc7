"""From bare Python to a complete .venv: what is decided, and what an interruption leaves."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.local import bootstrap
from marketplace.local.bootstrap import BEGUN, RUN_LOCK, STAMP, TEST_LOCK

ROOT = Path(__file__).resolve().parents[3]
DIGESTS = {RUN_LOCK: "run-1", TEST_LOCK: "test-1"}


@pytest.mark.parametrize(
    ("wanted", "stamp", "installed"),
    [
        (RUN_LOCK, {}, RUN_LOCK),
        (TEST_LOCK, {}, TEST_LOCK),
        (RUN_LOCK, {RUN_LOCK: "run-1"}, None),
        (RUN_LOCK, {RUN_LOCK: "run-0"}, RUN_LOCK),
        (TEST_LOCK, {RUN_LOCK: "run-1"}, TEST_LOCK),
        (TEST_LOCK, {TEST_LOCK: "test-1"}, None),
        (RUN_LOCK, {TEST_LOCK: "test-1"}, None),
        (RUN_LOCK, {TEST_LOCK: "test-0"}, TEST_LOCK),
    ],
)
def test_a_lock_is_installed_when_it_is_missing_or_changed(wanted, stamp, installed):
    assert bootstrap.lock_to_install(wanted=wanted, stamp=stamp, digests=DIGESTS) == installed


@pytest.fixture
def clone(tmp_path, monkeypatch):
    for name in (RUN_LOCK, TEST_LOCK):
        (tmp_path / name).write_text("django==5.2 \\\n    --hash=sha256:00\nrich==15\n")
    (tmp_path / "manage.py").touch()
    monkeypatch.setattr(bootstrap, "make_venv", make_empty)
    monkeypatch.setattr(bootstrap, "run_pip", lambda **_: None)
    return tmp_path


def make_empty(venv):
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()


def test_a_complete_installation_is_stamped_with_its_lock(clone):
    venv = clone / ".venv"
    bootstrap.install(venv=venv, lock=clone / RUN_LOCK)
    assert bootstrap.read_stamp(venv) == {RUN_LOCK: bootstrap.digests(clone)[RUN_LOCK]}
    assert not bootstrap.must_start_afresh(venv)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupted_installation_never_looks_complete(clone, monkeypatch, interruption):
    venv = clone / ".venv"
    bootstrap.install(venv=venv, lock=clone / RUN_LOCK)

    def interrupted(**_):
        raise interruption

    monkeypatch.setattr(bootstrap, "run_pip", interrupted)
    with pytest.raises((SystemExit, MemoryError)):
        bootstrap.install(venv=venv, lock=clone / TEST_LOCK)
    assert bootstrap.read_stamp(venv) == {}
    assert bootstrap.must_start_afresh(venv)


def test_a_half_made_environment_is_made_anew(clone):
    venv = clone / ".venv"
    make_empty(venv)
    (venv / BEGUN).touch()
    (venv / "half-unpacked").touch()
    bootstrap.install(venv=venv, lock=clone / RUN_LOCK)
    assert not (venv / "half-unpacked").exists()
    assert bootstrap.read_stamp(venv)


def test_a_stamp_without_an_interpreter_counts_for_nothing(tmp_path):
    (tmp_path / STAMP).write_text(json.dumps({RUN_LOCK: "x"}))
    assert bootstrap.read_stamp(tmp_path) == {}


def test_an_environment_that_has_django_already_is_left_alone(clone, monkeypatch):
    monkeypatch.setattr(bootstrap, "install", lambda **_: pytest.fail("installed into a foreign environment"))
    bootstrap.ensure(root=str(clone), argv=["manage.py", "test"])
    assert not (clone / ".venv").exists()


def test_a_foreign_environment_without_the_test_tools_is_told_the_exact_command(clone):
    with pytest.raises(SystemExit) as told:
        bootstrap.refuse_missing(lock=clone / TEST_LOCK, modules=("json", "no_such_tool"))
    assert "no_such_tool" in str(told.value)
    assert f"{sys.executable} -m pip install -r {clone / TEST_LOCK}" in str(told.value)


def test_a_python_without_venv_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        bootstrap.make_venv(tmp_path / ".venv")


def test_progress_counts_the_packages_of_the_lock():
    shown = []
    said = [
        "Collecting django==5.2",
        None,
        "  Downloading django",
        "Collecting rich",
        "Installing collected packages: x",
    ]
    bootstrap.watch(iter(said), total=2, show=lambda *now: shown.append(now))
    assert shown[0] == (1, 2, "django")
    assert shown[-1] == (2, 2, "unpacking")
    assert bootstrap.count_packages("a-b==1 \\\n    --hash=x\n# c==2\nc.d==2 ; python_version > '3'\n") == 2


def test_lines_arrive_as_they_are_printed():
    code = "import time; print('one', flush=True); time.sleep(0.7); print('two')"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    lines = list(bootstrap.lines_of(process))
    assert process.wait() == 0
    assert lines[:2] == ["one", None]
    assert [line for line in lines if line] == ["one", "two"]


def test_an_older_python_is_refused_by_name(monkeypatch):
    spec = importlib.util.spec_from_file_location("manage_alone", ROOT / "manage.py")
    manage = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(manage)
    monkeypatch.setattr(manage.sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.9"):
        manage.main()
