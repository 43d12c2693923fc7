"""The machinery of `bench handout`, each part tiny and against the tests' own database."""

from __future__ import annotations

import argparse
import hashlib
import json
import threading
from random import Random
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from annotation.models import Annotation
from marketplace import settling
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.models import Assignment, Job, Place, Task
from tests.bench import __main__ as program
from tests.bench import growth, handout, history, label_studio, load, reference, staging, statements, steady

FROZEN = "4f24ea86137e3077c2ce222bde593e75b979bdfa87c843f1bafdecc23fbc09d0"


@pytest.fixture
def no_vacuum(monkeypatch):
    """VACUUM runs in no transaction, and a tiny job needs none."""
    monkeypatch.setattr(staging, "tidy", lambda: None)
    monkeypatch.setattr(history, "tidy", lambda: None)


@pytest.fixture
def job(db, no_vacuum):
    return staging.open_job(owner=staging.requester(), images=6, overlap=3)


def test_parts_are_measured_in_their_order_and_unknown_ones_refused():
    assert program.arguments(["handout", "--only", "growth,loops"]).only == ("loops", "growth")
    assert program.arguments(["handout"]).only == program.PARTS
    for text in ("speed", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="none of statements"):
            program.parts(text)
    assert set(program.PARTS) == set(handout.PARTS)


def test_figures_go_to_the_names_of_the_promises():
    a = {"loops_per_s": 900.0, "ratio_to_raw": 0.51, "errors": 0, "double_assignments": 0, "audit": []}
    b = {"loops_per_s": 600.0, "ratio_to_raw": 0.31, "settle_backlog_s": 2.5, "errors": 2, "audit": ["off by one"]}
    found = handout.summed_up({"loops": a, "settling": b, "x": {"figures": {"peer_loops_per_s": 10.0}}})
    assert (found["ratio_to_raw"], found["ratio_to_raw_settling"], found["peer_ratio"]) == (0.51, 0.31, 60.0)
    assert (found["missed"], found["faults"]) == (
        ["settle_backlog_s", "errors", "audit_faults"],
        ["errors", "audit_faults"],
    )


def test_a_ready_job_needs_nothing_but_to_be_published(job):
    assert job.state == Job.State.OPEN
    assert Place.objects.filter(job=job, state="open").count() == 18
    assert audit() == []


def test_a_past_is_made_of_answers_that_the_audit_believes(job):
    (old,) = staging.workers(1, name="old")
    history.crowd_with_past(job=job, people=[old], answers=2)
    assert Assignment.objects.filter(worker=old, state="submitted").count() == Annotation.objects.count() == 2
    handed = claim(job=job, worker=old, now=timezone.now())
    assert handed is not None
    assert handed.image_width == 1006  # the one after those they have answered
    assert audit() == []


def test_statements_and_pages_of_a_claim_are_counted(job):
    (fresh,) = staging.workers(1)
    with statements.listening() as sent:
        handout = claim(job=job, worker=fresh, now=timezone.now())
    growth.answer(handout, fresh, Random(1))
    taking = statements.claim_in(sent)
    before = Assignment.objects.count()
    assert 5 < statements.buffers(taking) < 500
    assert Assignment.objects.count() == before  # what was explained did not happen


def test_the_loop_over_http_keeps_to_its_statements(job, monkeypatch):
    # As Django's test client does: a test is one transaction, whose connection must outlive a request.
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda _: None)
    ((_worker, key),) = staging.keys_of(staging.workers(1))
    found = statements.of_the_loop(job=job, key=key)
    assert len(found["claim"]) <= 3, statements.told(found)
    assert len(found["submit"]) <= 5, statements.told(found)


@pytest.mark.django_db(transaction=True)
def test_the_load_labels_a_job_to_its_end(live_server, no_vacuum, capsys):
    job = staging.open_job(owner=staging.requester(), images=6, overlap=3)
    users = staging.keys_of(staging.workers(4))
    plan = {"port": urlsplit(live_server.url).port, "job": job.public_id, "users": users, "seed": 1, "overlap": 3}
    found = load.run(plan | {"threads": 5, "keep": True, "bucket": 0.1})
    assert capsys.readouterr().out == "begun\n"
    assert (found["loops"], found["double_assignments"]) == (18, 0)
    assert {kind.split()[-1] for kind in found["errors"]} <= {"409"}  # one worker has two hands
    assert {str(pk) for pk in Assignment.objects.values_list("pk", flat=True)} == set(found["submitted"])
    assert sum(found["per_s"]) > 0
    settling.settle(job_id=job.pk, now=timezone.now())
    assert Assignment.objects.filter(state="accepted").count() == 18  # the answers agree
    assert audit() == []


def test_a_user_who_vanishes_keeps_what_they_hold():
    shared = load.Shared({"vanish": {"users": 1, "after": 0}, "seed": 1, "threads": 2})
    user = load.User(7, "key")
    first, second = (
        load.Thread(shared=shared, users=[user], number=number, gate=threading.Barrier(1)) for number in (0, 1)
    )
    assert not first.vanishes(user)
    user.held = {"assignment": "a1"}
    assert not second.vanishes(user)
    assert first.vanishes(user)
    assert shared.vanished == ["a1"]


@pytest.mark.django_db(transaction=True)
def test_the_reference_hands_out_and_takes_in(capsys):
    connection.ensure_connection()
    address = connection.connection.info.dsn
    found = reference.measure({"address": address, "threads": 2, "loops": 6, "tasks": 40, "overlap": 3, "seed": 1})
    assert (found["loops"], capsys.readouterr().out) == (6, "begun\n")
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM reference.place GROUP BY state ORDER BY state")
        told = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM reference.annotation")
        stored = cursor.fetchone()[0]
        cursor.execute("DROP SCHEMA reference CASCADE")
    assert told == {0: 120 - stored - 2, 1: 2, 2: stored}
    assert stored == 6 + 2 * reference.WARM_UP


def test_the_reference_is_frozen():
    text = " ".join(reference.part().split())
    assert hashlib.sha256(text.encode()).hexdigest() == FROZEN, "figures told before would mean something else"


@pytest.mark.django_db(transaction=True)
def test_packed_tables_are_no_larger_than_the_real_ones(no_vacuum):
    staging.open_job(owner=staging.requester(), images=300, overlap=3)
    Task.objects.update(wanted=4)
    Task.objects.update(wanted=3)
    real, packed = steady.sizes(), steady.packed_sizes()
    assert 0 < packed["marketplace_task"] < real["marketplace_task"]
    assert set(real) == set(packed)


def test_growth_is_the_worse_of_one_client_and_eight():
    one = {"p95_growth_1m": 1.0, "p95_growth_history": 0.9, "p50_growth_1m": 1.0, "p50_growth_history": 1.0}
    eight = one | {"p95_growth_1m": 1.2}
    found = growth.figures_of([{"small": (40, 0), "large": (44, 0), "history": (33, 0)}], [one], [eight, eight, one])
    assert (found["p95_growth_1m"], found["buffers_growth_1m"], found["buffers_growth_history"]) == (1.2, 1.1, 0.75)


def test_pages_are_counted_from_one_writing_of_the_cursor_to_another():
    teeth = [(90, 5), (10, 9), (20, 9), (30, 9), (10, 14), (20, 14), (30, 14), (10, 21), (20, 21)]
    assert growth.pages_of(teeth) == 20.0
    assert growth.pages_of(teeth[:3]) == 40.0, "fewer than two writings: all that was looked at"


def test_the_client_of_a_label_studio_bench_drives_tally(tmp_path, monkeypatch):
    calls = []

    def post(session, path, body):
        calls.append((session["headers"]["Authorization"], path, body))
        given = {"assignment": f"a{len(calls)}", "image": {"width": 1000, "height": 500}}
        return {"next": given} if "submit" in path else given

    monkeypatch.setattr(label_studio, "post", post)
    tally = label_studio.adapter(SimpleNamespace, ["k0", "k1"])(host="127.0.0.1", port=1)
    session = tally.login(1)
    assert tally.next_task(session, "j") == "1000x500"
    tally.submit(session, "j", "1000x500", [(10, 20, 30, 40, "car")])
    assert tally.next_task(session, "j") == "1000x500"
    assert [path for _key, path, _body in calls] == ["/api/v1/jobs/j/claim/", "/api/v1/assignments/a1/submit/"]
    assert calls[1][2]["annotation"]["shapes"] == [{"type": "box", "label": "car", "bbox": [100, 100, 300, 200]}]


def test_that_client_is_run_from_its_folder(tmp_path):
    (tmp_path / "adapters.py").write_text(
        "class Adapter:\n    def __init__(self, base):\n        self.host, self.port = 'h', 1\nADAPTERS = {}\n"
    )
    (tmp_path / "loadclient.py").write_text(
        "import json, sys\nfrom adapters import ADAPTERS\n"
        "print(json.dumps({'service': ADAPTERS['tally']('b').login(0)['headers'], 'argv': sys.argv[1:3]}))\n"
    )
    found = label_studio.run(tmp_path, base="http://h", job="j", keys=["key-one"], loops=1, overlap=3)
    assert found["service"]["Authorization"] == "Token key-one"
    assert found["argv"] == ["--service", "tally"]
    assert json.dumps(found)
