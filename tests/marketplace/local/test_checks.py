"""The checks of `manage.py test`: their order, what they run in, and the summary."""

import sys

from marketplace.local import checks
from marketplace.local.checks import Check, Result


def plan(*, node="/usr/bin/node", scripts=("tests/js/test_geometry.js",)):
    return checks.plan(python="py", manage="manage.py", node=node, scripts=scripts)


def test_the_checks_come_in_this_order():
    names = ["ruff check", "ruff format", "mypy", "migrations", "check --deploy", "pytest", "node --test"]
    assert [check.name for check in plan()] == names


def test_the_deployment_check_is_in_production_mode_and_fails_on_warnings():
    check = next(check for check in plan() if check.name == "check --deploy")
    assert "WARNING" in check.command
    assert check.env["SITE_URL"].startswith("https://")


def test_where_node_is_absent_it_is_said_and_not_passed_over():
    assert "NOT RUN" in plan(node=None)[-1].note
    assert plan(node=None)[-1].command == ()
    assert plan()[-1].command[-1] == "tests/js/test_geometry.js"


def test_the_files_of_the_scripts_tests_are_found(tmp_path):
    for name in ("test_a.js", "deep/b.test.mjs", "world.js"):
        path = tmp_path / "tests" / "js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert checks.script_tests(tmp_path) == ["tests/js/deep/b.test.mjs", "tests/js/test_a.js"]


def test_what_would_steer_the_tests_is_kept_out():
    env = checks.environment(environ={"DEBUG": "1", "SITE_URL": "x", "HOME": "/h"}, services={"REDIS_URL": "r"})
    assert env == {"HOME": "/h", "REDIS_URL": "r"}


def run(code, name="pytest"):
    words = []
    check = Check(name, (sys.executable, "-c", code), env={"MARK": "seen"})
    result = checks.run(check=check, env={"PATH": "/bin"}, folder=".", out=words.append)
    return result, b"".join(words)


def test_a_programs_words_are_passed_on_and_its_exit_code_kept():
    result, words = run("import os, sys; print(os.environ['MARK'], sys.stdin.read()); sys.exit(3)", name="mypy")
    assert (result.code, words) == (3, b"seen \n")
    assert checks.failed([result])


def test_pytests_closing_line_is_found_under_its_colours():
    closing = "\\x1b[32m==== \\x1b[1m12 passed\\x1b[0m, \\x1b[33m1 warning\\x1b[0m in 3.21s ====\\x1b[0m"
    result, _words = run(f"print('=== FAILURES ==='); print('{closing}'); print('coverage says hello')")
    assert result.closing == "==== 12 passed, 1 warning in 3.21s ===="


def test_the_summary_names_each_check_and_ends_with_pytests_own_line():
    results = [
        Result("mypy", 0, 12.34),
        Result("pytest", 1, 60.0, closing="==== 1 failed in 60.00s ===="),
        Result("node --test", None, 0.0, note="Node is not on this machine"),
    ]
    lines = checks.summary(results)
    assert lines[0].split() == ["mypy", "12.3", "s", "ok"]
    assert "FAILED (1)" in lines[1]
    assert "Node is not on this machine" in lines[2]
    assert lines[-1] == "==== 1 failed in 60.00s ===="


def test_a_check_that_did_not_run_fails_nothing():
    assert not checks.failed([Result("node --test", None, 0.0), Result("mypy", 0, 1.0)])
