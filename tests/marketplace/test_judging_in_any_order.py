"""People judge, workers better, votes settle, money moves: in any order, the books and the queue agree."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace import lookahead
from marketplace.adjudicating import Choice, adjudicate, waiting
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict, Forbidden
from marketplace.leases import expire
from marketplace.models import Assignment, Job, Review, Task
from marketplace.reviewing import Said, decide
from marketplace.submitting import submit
from marketplace.sweeping import sweep
from tests.world import World

BOXES = ([10, 10, 30, 30], [12, 11, 30, 30], [70, 50, 20, 20])
NAMES = ("Wei", "Wanda", "Walt", "Wim")
STEPS = ("answer", "answer", "answer", "settle", "say", "say", "say", "adjudicate", "wait", "days", "close")
SAYINGS = (
    Said("accept"),
    Said("reject", reason="extra", note="No."),
    Said("return", note="Closer."),
    Said("fix", annotation={"shapes": [], "empty": True}),
)


class Market:
    """One job of Rita's, in which anything may come next."""

    def __init__(self, judge: str, low: int, high: int, share: float) -> None:
        lookahead.forget()
        self.world = World()
        self.workers = [self.world.worker(name) for name in NAMES]
        policy = {"judge": judge, "review_share": share}
        pay = {"reward_per_shape": "0.000007", "shapes_paid_at_most": 2}
        self.job = self.world.published(images=2, overlap={"min": low, "max": high}, policy=policy, **pay)

    def do(self, step: str, pick: int) -> None:
        with suppress(Conflict, Forbidden):  # not now, and nothing happened
            getattr(self, step)(pick)

    def answer(self, pick: int) -> None:
        worker = self.workers[pick % len(NAMES)]
        handout = claim(job=Job.objects.get(), worker=worker, now=self.world.now)
        if handout and pick % 7:  # now and then somebody walks away
            shape = {"type": "box", "label": "can", "bbox": BOXES[pick % len(BOXES)]}
            given = {"schema": 1, "shapes": [shape]}
            submit(
                assignment_id=handout.assignment_id, worker=worker, payload=given, want_next=False, now=self.world.now
            )

    def settle(self, _pick: int) -> None:
        self.world.settled(self.job)

    def say(self, pick: int) -> None:
        queue = list(Review.objects.filter(said="").order_by("pk").values_list("assignment_id", flat=True))
        if queue:
            said = SAYINGS[pick // 5 % len(SAYINGS)]
            decide(assignment_id=queue[pick % len(queue)], reviewer=self.world.rita, said=said, now=self.world.now)

    def adjudicate(self, pick: int) -> None:
        task = waiting(job=self.job).first() or Task.objects.order_by("pk")[pick % 2]
        answers = list(Assignment.objects.filter(task=task, state__in=Assignment.ANSWERED).order_by("pk"))
        chosen = Choice(pick=answers[pick % len(answers)].pk) if answers else Choice(annotation={"empty": True})
        adjudicate(task_id=task.pk, person=self.world.rita, choice=chosen, now=self.world.now)

    def wait(self, pick: int) -> None:
        self.world.later(minutes=pick)
        expire(now=self.world.now)

    def days(self, pick: int) -> None:
        self.world.later(days=pick % 9, hours=1)
        assert sweep(now=self.world.now) == []

    def close(self, pick: int) -> None:
        if pick % 3 == 0:
            close(job=Job.objects.get(), now=self.world.now)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    judge=st.sampled_from(["requester", "both", "consensus"]),
    overlap=st.sampled_from([(1, 1), (1, 3), (2, 3), (3, 3)]),
    share=st.sampled_from([0.0, 1.0]),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 60)), min_size=12, max_size=40),
)
def test_whatever_comes_next_the_books_and_the_queue_agree(monkeypatch, judge, overlap, share, steps):
    monkeypatch.setattr("marketplace.sweeping.deposits.sweep", lambda **_: None)  # there is no bank to ask
    with transaction.atomic():
        market = Market(judge, *overlap, share)
        for step, pick in steps:
            market.do(step, pick)
            assert audit() == [], (step, pick)
        close_down(market)
        transaction.set_rollback(True)


def close_down(market: Market) -> None:
    """Nothing of it waits for ever: deadlines end all, and the job gives its money back."""
    market.do("close", 0)
    for _ in range(6):
        market.world.later(days=10)
        assert sweep(now=market.world.now) == []
        assert audit() == []
    job = Job.objects.get()
    assert finish_closing(job_id=job.pk, now=market.world.now + timedelta(days=1))
    assert not Assignment.objects.filter(state__in=["submitted", "claimed", "returned", "reserved"]).exists()
