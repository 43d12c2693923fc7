import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace import bell

ROOT = Path(__file__).resolve().parents[2]
SETTLE_7 = ("settle", (7,))


@pytest.fixture
def rung(monkeypatch):
    """What was sent to the broker, in order, by a bell of the test's own."""
    calls = []
    bell._ringer.flush(timeout=10)  # what other tests rang for
    monkeypatch.setattr(bell.app, "send_task", lambda name, args, **_: calls.append((name, args)))
    monkeypatch.setattr(bell, "_ringer", bell.Ringer(quiet=0.2))
    return calls


def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


@pytest.mark.django_db(transaction=True)
def test_it_rings_when_the_transaction_has_committed(rung):
    with transaction.atomic():
        bell.ring("settle", 7)
        time.sleep(0.05)
        assert rung == []

    until(lambda: rung == [("marketplace.background.settle", (7,))])


@pytest.mark.django_db(transaction=True)
def test_it_does_not_ring_for_what_was_rolled_back(rung):
    with transaction.atomic():
        bell.ring("settle", 7)
        transaction.set_rollback(True)
    bell.ring("settle", 8)

    until(lambda: rung)
    assert rung == [("marketplace.background.settle", (8,))]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_costs_the_caller_nothing(rung, monkeypatch, caplog):
    def down(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(bell.app, "send_task", down)

    bell.ring("settle", 7)

    until(lambda: "sweeper" in caplog.text)


def test_a_broker_that_does_not_answer_holds_nobody_up_and_the_bell_rings_on_afterwards(rung, monkeypatch):
    answers, ringer = threading.Event(), bell.Ringer(quiet=0.01)

    def slow(name, args, **_):
        answers.wait(10)
        rung.append(args)

    monkeypatch.setattr(bell.app, "send_task", slow)
    start = time.monotonic()
    for number in range(100):
        ringer.ring(("settle", (number,)))
    assert time.monotonic() - start < 1
    assert rung == []

    answers.set()
    until(lambda: len(rung) == 100)


def test_a_fault_nobody_thought_of_does_not_end_the_bell(rung, monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("what?")

    ringer = bell.Ringer(quiet=0.01)
    with monkeypatch.context() as patch:
        patch.setattr(bell.app, "send_task", broken)
        ringer.ring(SETTLE_7)
        until(lambda: "could not ring" in caplog.text)

    ringer.ring(SETTLE_7)
    until(lambda: rung)


def test_the_first_ring_goes_out_at_once_and_equal_ones_soon_after_are_one(rung):
    ringer = bell.Ringer(quiet=0.3)
    start = time.monotonic()
    ringer.ring(SETTLE_7)
    until(lambda: rung)
    assert time.monotonic() - start < 0.3

    for _ in range(1000):
        ringer.ring(SETTLE_7)
    until(lambda: len(rung) == 2)
    assert time.monotonic() - start >= 0.3
    time.sleep(0.4)
    assert len(rung) == 2


def test_other_rings_do_not_wait_for_each_other(rung):
    ringer = bell.Ringer(quiet=60)
    for number in range(20):
        ringer.ring(("settle", (number,)))

    until(lambda: len(rung) == 20)


def test_after_the_last_ring_there_is_always_a_message(rung, monkeypatch):
    """Whoever rings from many threads: a message is sent after the last of them, never only before."""
    ringer, sent = bell.Ringer(quiet=0.01), []
    monkeypatch.setattr(bell.app, "send_task", lambda *_, **__: sent.append(time.monotonic()))
    for _ in range(20):
        threads = [threading.Thread(target=lambda: [ringer.ring(SETTLE_7) for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ringer.ring(SETTLE_7)
        last = time.monotonic()
        until(lambda: sent[-1:] and sent[-1] > last - 0.0005)  # noqa: B023

    assert len(sent) < 20 * 201 / 4


def test_what_waits_at_the_end_of_the_process_is_sent_before_it(rung):
    ringer = bell.Ringer(quiet=60)
    ringer.ring(SETTLE_7)
    until(lambda: rung)
    ringer.ring(SETTLE_7)

    ringer.flush(timeout=10)

    assert len(rung) == 2


IN_A_CHILD = """
import os, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
django.setup()
from marketplace import bell
bell.app.send_task = lambda name, args, **_: print(os.getpid() == parent, args[0], flush=True)
parent = os.getpid()
bell._ringer.ring(("settle", (1,)))
time.sleep(0.1)
child = os.fork()
if not child:
    bell._ringer.ring(("settle", (2,)))
    bell._ringer.flush(timeout=5)
    os._exit(0)
os.waitpid(child, 0)
bell._ringer.ring(("settle", (1,)))
"""


def test_a_forked_process_rings_by_itself_and_the_end_of_a_process_loses_no_ring():
    done = subprocess.run(
        [sys.executable, "-c", IN_A_CHILD], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60
    )

    assert done.stdout.split("\n")[:3] == ["True 1", "False 2", "True 1"], done.stderr
