"""The machinery of `bench money`, each part tiny and against the tests' own database."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading

import pytest
from django.db import connection

from billing import balances, reconcile
from tests.bench import __main__ as program
from tests.bench import reference, staging
from tests.bench.bench import Bench
from tests.bench.money import entries, operations, run, settlement, statement, walk
from tests.bench.money.payers import Person, agree, be_paid
from tests.bench.money.raw import Raw

FROZEN = "f49a980a02056e1f63e6ad6060aa9bf4a7abb5e85eeb93ef38c87024f03da116"


class Silent:
    """Shows nothing."""

    def say(self, line):
        pass


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setattr(staging, "tidy", lambda: None)
    return Bench(None, Silent(), seed=1, quick=True)


def test_parts_are_measured_in_their_order_and_unknown_ones_refused():
    assert program.arguments(["money", "--only", "entries,settlement"]).only == ("settlement", "entries")
    assert program.arguments(["money"]).only == run.PARTS
    for name in run.PARTS:
        assert callable(run._part(name))


def test_figures_go_to_the_names_of_the_promises():
    found = run.summed_up({
        "settlement": {"figures": {"settle_ratio_to_raw": 0.4, "settle_ratio_to_single": 20.0}, "audit": []},
        "faults": {"figures": {"faults_injected": 5, "faults_lost": 1}, "audit": ["off by one"]},
    })  # fmt: skip
    assert (found["settle_ratio_to_raw"], found["audit_faults"]) == (0.4, 1)
    assert found["missed"] == ["settle_ratio_to_raw", "faults_lost", "audit_faults"]
    assert found["faults"] == ["faults_lost", "audit_faults"]


def test_the_reference_of_money_is_frozen():
    text = " ".join(reference.part("money").split())
    assert hashlib.sha256(text.encode()).hexdigest() == FROZEN, "figures told before would mean something else"


@pytest.mark.django_db(transaction=True)
def test_both_sides_pay_the_same_answers(bench):
    connection.ensure_connection()
    raw = Raw(address=connection.connection.info.dsn, workers=2)
    people = staging.workers(2)
    job = bench.job(images=4)
    try:
        assert settlement._paid(job, people, 6) > 0
        assert settlement._raw(job, raw, 6) > 0
        accounts = "SELECT sum(balance), sum(sequence) FROM reference_money.account WHERE id > 2"
        assert raw.connection.execute(accounts).fetchone() == (6 * job.reward, 6)
        assert raw.connection.execute("SELECT count(*) FROM reference_money.transfer").fetchone() == (12,)
    finally:
        raw.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_transfer WHERE kind IN ('accepted', 'accepted_fee')")
        assert cursor.fetchone() == (12,)


def test_what_is_hidden_among_the_lines_is_found(bench, db, monkeypatch):
    monkeypatch.setattr(statement, "LINES", 200)
    found = statement.measure(bench)
    assert (found["figures"]["reconcile_unnamed"], found["figures"]["reconcile_false"]) == (0, 0)
    assert (found["lines"], found["audit"]) == (20, [])


@pytest.mark.django_db(transaction=True)
def test_a_history_made_by_sql_is_one_that_the_audit_believes(bench, monkeypatch):
    for name, value in (("ENTRIES", 2000), ("WORKERS", 3), ("ASKED", 2)):
        monkeypatch.setattr(entries, name, value)
    monkeypatch.setattr(statement, "LINES", 200)
    monkeypatch.setattr(balances, "STRETCH", 50)
    found = entries.measure(bench)
    assert (found["entries"], found["audit"]) == (200, [])
    assert (found["figures"]["reconcile_behind_off"], found["lines"]["lines"]) == (0, 20)


def test_operations_are_counted_and_the_first_fault_ends_them(bench, monkeypatch):
    monkeypatch.setattr(operations, "walked", lambda _bench, seed, steps, _walking: {"done": steps, "fault": ""})
    assert operations.measure(bench)["figures"] == {"operations": 1000, "operations_faults": 0}
    monkeypatch.setattr(operations.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(
        operations, "walked", lambda _bench, seed, steps, _walking: {"done": 0, "fault": f"seed {seed} is off"}
    )
    found = operations.measure(bench)
    assert (found["figures"]["operations_faults"], found["faults"]) == (1, ["seed 1 is off"])


@pytest.mark.django_db
def test_a_walk_names_seed_and_step_of_what_is_off(monkeypatch):
    plan = {"seed": 3, "steps": 40, "anew_every": 10}
    assert walk.walk(plan) == {"done": 40, "fault": ""}
    monkeypatch.setitem(reconcile.CHECKS, "made up", "SELECT 'off by one' FROM billing_transfer LIMIT 1")
    fault = walk.walk(plan)["fault"]
    assert re.search(r"the audit finds: \['off by one'\].* seed 3, step \d+: \w+\(\d+, \d+\)", fault)


def test_a_call_is_sent_again_under_its_key_until_it_is_answered():
    heard = []

    class Shaky(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((self.path, self.headers["Idempotency-Key"]))
            body = json.dumps({"id": "p1", "state": "awaiting_approval"}).encode()
            self.send_response(503 if len(heard) < 3 else 302 if "approve" in self.path else 201)
            self.send_header("Content-Length", str(len(body)))
            if "approve" in self.path:
                self.send_header("Location", "/payouts/p1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Shaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ada = Person(name="ada", key="s", port=server.server_port, act=agree, seed=1)
    person = Person(name="wei", key="k", port=server.server_port, act=be_paid, seed=1, admins=[ada])
    person.number = 7
    be_paid(person)
    agree(ada)
    server.shutdown()
    server.server_close()
    assert heard == [("/api/v1/payouts/", "wei-7")] * 3 + [("/payouts/p1/approve/", None)]
    assert (ada.agreed, ada.inbox.empty()) == (["p1"], True)
    assert (person.made, person.again, person.refused) == (["p1"], 2, [])
