"""The checks of `manage.py test`: their order, what they run in, and the summary."""

from marketplace.local import checks
from marketplace.local.checks import Result

QUICK = ["ruff check", "ruff format", "mypy", "migrations", "check --deploy", "node --test"]


def plan(*, node="/usr/bin/node", scripts=("tests/js/test_geometry.js",), lanes=1):
    return checks.plan(python="py", manage="manage.py", node=node, scripts=scripts, lanes=lanes)


def names(planned):
    return [[check.name for check in lane] for lane in planned]


def test_the_checks_come_in_this_order():
    assert names(plan()) == [[*QUICK, "pytest"]]


def test_every_lane_takes_its_share_of_the_tests():
    planned = plan(lanes=3)
    assert names(planned) == [[*QUICK, "pytest 1/3"], ["pytest 2/3"], ["pytest 3/3"]]
    assert all("tests.sharing" in lane[-1].command for lane in planned)
    assert "tests.sharing" not in plan()[0][-1].command


def test_the_deployment_check_is_in_production_mode_and_fails_on_warnings():
    check = next(check for check in plan()[0] if check.name == "check --deploy")
    assert "WARNING" in check.command
    assert check.env["SITE_URL"].startswith("https://")


def test_where_node_is_absent_it_is_said_and_not_passed_over():
    absent, present = plan(node=None)[0][-2], plan()[0][-2]
    assert "NOT RUN" in absent.note
    assert absent.command == ()
    assert present.command[-1] == "tests/js/test_geometry.js"


def test_the_files_of_the_scripts_tests_are_found(tmp_path):
    for name in ("test_a.js", "deep/b.test.mjs", "world.js"):
        path = tmp_path / "tests" / "js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert checks.script_tests(tmp_path) == ["tests/js/deep/b.test.mjs", "tests/js/test_a.js"]


def test_what_would_steer_the_tests_is_kept_out():
    env = checks.environment(environ={"DEBUG": "1", "SITE_URL": "x", "HOME": "/h"}, services={"REDIS_URL": "r"})
    assert env == {"HOME": "/h", "REDIS_URL": "r"}


def test_pytests_closing_line_is_found_under_its_colours():
    closing = "\x1b[32m==== \x1b[1m12 passed\x1b[0m, \x1b[33m1 warning\x1b[0m in 3.21s ====\x1b[0m"
    said = f"=== FAILURES ===\n{closing}\ncoverage says hello\n"
    assert checks.closing_line(said.encode()) == "==== 12 passed, 1 warning in 3.21s ===="
    assert checks.closing_line(b"nothing of the kind") == ""


def test_the_closing_lines_of_runs_that_shared_the_tests_are_taken_together():
    closings = [
        "== 1 failed, 12 passed, 1 warning in 3.21s ==",
        "== 30 passed, 2 warnings, 1 error in 75.50s (0:01:15) ==",
    ]
    assert checks.together(closings) == "==== 1 failed, 42 passed, 3 warnings, 1 error in 75.50s ===="


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
