import contextlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from marketplace.demo import server
from marketplace.demo.client import ApiFault
from marketplace.management.commands import demo
from tests.marketplace.demo.test_report import FIGURES, ROWS, report

FOUND = report.summary(rows=ROWS, consensus=None, figures=FIGURES)


@pytest.fixture
def plans(monkeypatch):
    """The plans that were run; nothing is really run, and a server always answers."""
    seen = []
    monkeypatch.setattr(demo, "run", lambda *, plan, shows: seen.append(plan) or FOUND)
    monkeypatch.setattr(server, "answers", lambda *, url: True)
    return seen


def call(*arguments):
    out = StringIO()
    call_command("demo", "--url", "http://tally/", "--limit", "2", *arguments, stdout=out)
    return out.getvalue()


def test_json_prints_one_object_and_nothing_else(plans):
    assert json.loads(call("--json")) == FOUND


def test_without_it_a_table_is_printed(plans, capsys):
    call()
    assert "Cost per annotation" in capsys.readouterr().out


def test_faults_of_the_audit_make_it_fail(plans, monkeypatch):
    monkeypatch.setattr(demo, "run", lambda *, plan, shows: FOUND | {"audit": ["job x: off"]})
    with pytest.raises(SystemExit) as ended:
        call("--json")
    assert ended.value.code == 1


def test_scenes_are_drawn_by_default_and_photographs_read_when_named(plans, tmp_path):
    call("--seed", "5")
    for picture in plans[0].pictures.pictures:
        (tmp_path / picture.name).write_bytes(picture.data)
    call("--images", str(tmp_path))
    assert [picture.name for picture in plans[0].pictures.pictures] == ["shelf-5-0000.jpg", "shelf-5-0001.jpg"]
    assert plans[0].url == "http://tally"
    assert plans[0].seed == 5
    assert plans[1].pictures.labels.boxes == ("object",)
    assert tmp_path.name in plans[1].title


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", "2"], "--workers: at least 3"),
        (["--limit", "0"], "--limit: at least 1"),
        (["--seed", "-1"], "--seed: 0 or above"),
        (["--truth", "."], "--truth goes with --images"),
        (["--images", "/nowhere"], "/nowhere is not a folder"),
        (["--reward", "0.1234567"], "--reward: An amount has at most 6 decimals"),
        (["--images", "docs"], "holds no photographs"),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_happens(plans, arguments, words):
    with pytest.raises(CommandError, match=words):
        call(*arguments)
    assert not plans


def test_an_address_where_no_tally_answers_is_refused(plans, monkeypatch):
    monkeypatch.setattr(server, "answers", lambda *, url: False)
    with pytest.raises(CommandError, match="No Tally answers at http://tally"):
        call()


def test_a_refusal_on_the_way_is_told_in_words(plans, monkeypatch):
    def refuse(*, plan, shows):
        raise ApiFault(call="POST jobs/", status=400, problem={"detail": "Not so."})

    monkeypatch.setattr(demo, "run", refuse)
    with pytest.raises(CommandError, match="Not so"):
        call()


def test_where_no_server_runs_one_is_started_for_the_run(plans, monkeypatch):
    events = []

    @contextlib.contextmanager
    def started(*, say):
        events.append("up")
        yield {"SITE_URL": "http://127.0.0.1:8123"}
        events.append("stopped")

    monkeypatch.setattr(server, "running_url", lambda **arguments: None)
    monkeypatch.setattr(server, "started", started)
    monkeypatch.setattr(server, "run_again", lambda *, argv, url, env: events.append(url) or 3)
    with pytest.raises(SystemExit) as ended:
        call_command("demo", "--limit", "2")
    assert events == ["up", "http://127.0.0.1:8123", "stopped"]
    assert ended.value.code == 3
    assert not plans


def test_ctrl_c_ends_it_in_one_line(plans, monkeypatch):
    def interrupted(*, plan, shows):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)
    with pytest.raises(SystemExit, match="Stopped"):
        call()
