"""Any steps of workers, sweeper and requester in any order, against a model in a few lines of Python."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace import leases, lookahead, posting
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.enrolling import enrol
from marketplace.errors import Conflict
from marketplace.models import Assignment, Enrolment, Job, Place, Task
from marketplace.settling import settle
from marketplace.submitting import submit
from tests.world import World

WORKERS = st.integers(0, 2)
UNDONE = {"expired", "given_back"}


class HandOut(RuleBasedStateMachine):
    """What each worker holds and has reserved, which tasks they are done with, and whether the job is open."""

    def __init__(self):
        super().__init__()
        self.all = transaction.atomic()
        self.all.__enter__()
        self.world = World()
        # So few places that they are soon gone, and so many that there is something to look ahead to.
        self.job = self.world.published(images=3, overlap={"min": 1, "max": 3})
        self.workers = [self.world.worker(f"Walt{n}") for n in range(3)]
        self.names = {worker.pk: n for n, worker in enumerate(self.workers)}
        self.state = "open"
        self.held, self.ahead, self.skips = {}, {}, dict.fromkeys(range(3), 0)
        self.done = set()  # (worker, task): answered or passed, never to come again
        self.answers = dict.fromkeys(Task.objects.values_list("pk", flat=True), 0)
        self.lost = []  # (assignment, worker) whose lease ran out

    def teardown(self):
        faults = audit()
        transaction.set_rollback(True)
        self.all.__exit__(None, None, None)
        assert faults == []

    # --- what the model says ----------------------------------------------------------------------------------------

    def now_job(self):
        lookahead.forget()
        return Job.objects.get(pk=self.job.pk)

    def whose(self, who):
        return {"assignment_id": self.held[who], "worker": self.workers[who], "now": self.world.now}

    def holder(self, n):
        return sorted(self.held)[n % len(self.held)]

    def new_to(self, who, task):
        on_desk = Assignment.objects.filter(pk__in=[self.held.get(who), self.ahead.get(who)])
        return (who, task) not in self.done and task not in on_desk.values_list("task", flat=True)

    def for_whom(self, who):
        """Tasks the worker could be given now, by the rules: open places, and what others held too long."""
        tasks = set(Place.objects.filter(state="open").values_list("task", flat=True))
        idle = self.world.now + timedelta(seconds=self.job.lease_seconds / 2)
        others = Assignment.objects.exclude(worker=self.workers[who])
        tasks |= set(others.filter(state="claimed", lease_expires_at__lt=self.world.now).values_list("task", flat=True))
        tasks |= set(others.filter(state="reserved", lease_expires_at__lt=idle).values_list("task", flat=True))
        return {task for task in tasks if self.new_to(who, task)}

    def look(self, *, may_end=()):
        """Learn what a step changed: nothing may have ended but what `may_end` lists, or what others may take."""
        for kept, desk in (("claimed", self.held), ("reserved", self.ahead)):
            for who, pk in list(desk.items()):
                mine = Assignment.objects.get(pk=pk)
                if mine.state == kept:
                    continue
                del desk[who]
                if mine.state == "claimed":
                    continue  # shown by now
                until = self.world.now + timedelta(seconds=self.job.lease_seconds / 2 * (kept == "reserved"))
                assert pk in may_end or (mine.state == "expired" and mine.lease_expires_at < until)
                if mine.state == "expired":
                    self.lost.append((pk, who))
        for mine in Assignment.objects.filter(state__in=Assignment.LIVE):
            desk = self.held if mine.state == "claimed" else self.ahead
            who = self.names[mine.worker_id]
            assert desk.setdefault(who, mine.pk) == mine.pk, "one claimed and one reserved a worker"

    # --- workers ----------------------------------------------------------------------------------------------------

    @rule(who=WORKERS)
    def claim(self, who):
        had, open_to = self.held.get(who), self.for_whom(who) | {self.ahead.get(who)} - {None}
        paused = Enrolment.objects.filter(worker=self.workers[who], state="paused").exists()
        assert paused is (self.skips[who] >= 5)
        why = "paused_after_skips" if paused else "job_not_open" if self.state != "open" and not had else ""
        if why:
            with pytest.raises(Conflict) as refused:
                claim(job=self.now_job(), worker=self.workers[who], now=self.world.now)
            assert refused.value.reason == why
            # Else half of all steps would meet a paused job or worker.
            if paused:
                self.ask_again(who)
            elif self.state == "paused":
                self.pause_or_resume()
            return
        given = claim(job=self.now_job(), worker=self.workers[who], now=self.world.now)
        self.look()
        assert self.state == "open" or had
        if had:
            assert given.assignment_id == had
        elif given is None:
            assert open_to == set(), "there was work for them"
        else:
            assert self.held[who] == given.assignment_id

    @initialize(
        plan=st.lists(st.tuples(WORKERS, st.integers(0, 2), st.sampled_from([31, 16, 0])), min_size=2, max_size=5)
    )
    def begin(self, plan):
        """Some have worked already: the interesting states lie near the end of a job."""
        for who, images, minutes in plan:
            self.work(who, images, minutes)

    @rule(who=WORKERS, images=st.integers(0, 3), minutes=st.sampled_from([0, 16, 31]))
    def work(self, who, images, minutes):
        """Several in a row; then one more is left lying for a while."""
        for _ in range(images):
            self.claim(who)
            if who in self.held:
                self.answer(sorted(self.held).index(who), False, False, False)
        self.claim(who)
        self.world.later(minutes=minutes)

    @precondition(lambda self: self.held)
    @rule(n=WORKERS, want_next=st.booleans(), want_ahead=st.booleans(), again=st.booleans())
    def answer(self, n, want_next, want_ahead, again):
        who = self.holder(n)
        mine, had_ahead = self.whose(who), self.ahead.get(who)
        self.now_job()
        reply = submit(**mine, payload=drawing(who), want_next=want_next, want_ahead=want_ahead)
        task = Assignment.objects.get(pk=mine["assignment_id"]).task_id
        self.answers[task] += 1
        self.done.add((who, task))
        self.skips[who] = 0
        self.look(may_end=[mine["assignment_id"]])
        assert [one and one.assignment_id for one in (reply.next, reply.ahead)] == [
            self.held.get(who),
            self.ahead.get(who) if self.held.get(who) != had_ahead or reply.ahead else None,
        ] or not want_next
        if not want_next:
            assert (reply.next, reply.ahead, self.held.get(who)) == (None, None, None)
        elif reply.next is None:
            assert self.state != "open" or self.for_whom(who) == set(), "there was work for them"
        else:
            assert reply.ahead is None or (want_ahead and reply.ahead.image_id != reply.next.image_id)
        if again:
            repeat = submit(**mine, payload=drawing(who), want_next=False)
            assert repeat.state in Assignment.ANSWERED

    @precondition(lambda self: self.held)
    @rule(n=WORKERS)
    def skip(self, n):
        who = self.holder(n)
        mine = self.whose(who)
        leases.skip(**mine, reason="")
        self.done.add((who, Assignment.objects.get(pk=mine["assignment_id"]).task_id))
        self.skips[who] += 1
        reserved = [self.ahead.get(who)] if self.skips[who] >= 5 else []
        self.look(may_end=[mine["assignment_id"], *reserved])

    @precondition(lambda self: self.held)
    @rule(n=WORKERS)
    def give_back(self, n):
        who = self.holder(n)
        mine = self.whose(who)
        leases.give_back(**mine)
        self.look(may_end=[mine["assignment_id"], self.ahead.get(who)])
        assert who not in self.ahead

    @precondition(lambda self: self.held)
    @rule(n=WORKERS)
    def renew(self, n):
        who = self.holder(n)
        ends = leases.renew(**self.whose(who))
        live = Assignment.objects.filter(worker=self.workers[who], state__in=Assignment.LIVE)
        assert set(live.values_list("lease_expires_at", flat=True)) == {ends}

    @rule(who=WORKERS)
    def ask_again(self, who):
        if Enrolment.objects.filter(worker=self.workers[who], state="paused").exists():
            enrol(job=self.now_job(), worker=self.workers[who], now=self.world.now)
            self.skips[who] = 0

    @precondition(lambda self: self.lost)
    @rule(which=st.integers(0, 10), want_next=st.booleans())
    def answer_late(self, which, want_next):
        pk, who = self.lost.pop(which % len(self.lost))
        mine = Assignment.objects.select_related("place").get(pk=pk)
        free = mine.place.state == "open" and self.new_to(who, mine.task_id)
        whose = {"assignment_id": pk, "worker": self.workers[who], "now": self.world.now}
        self.now_job()
        try:
            submit(**whose, payload=drawing(who), want_next=want_next)
            taken = True
        except Conflict:
            taken = False
        assert taken is free
        if taken:
            self.answers[mine.task_id] += 1
            self.done.add((who, mine.task_id))
            self.skips[who] = 0
        self.look()

    # --- the clock, the sweeper, the requester ----------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 16, 31]))
    def time_passes(self, minutes):
        self.world.later(minutes=minutes)

    @rule()
    def sweep(self):
        leases.expire(now=self.world.now)
        self.look()
        assert not Assignment.objects.filter(state__in=Assignment.LIVE, lease_expires_at__lt=self.world.now).exists()

    @rule()
    def settle(self):
        """Scattered answers ask for one more place, up to the maximum."""
        settle(job_id=self.job.pk, now=self.world.now)

    @precondition(lambda self: self.state in ("open", "paused"))
    @rule()
    def pause_or_resume(self):
        change, self.state = (posting.pause, "paused") if self.state == "open" else (posting.resume, "open")
        change(job=self.now_job(), now=self.world.now)
        self.look(may_end=[*self.ahead.values()])
        assert not (self.state == "paused" and self.ahead)

    @precondition(lambda self: sum(self.answers.values()) > 5)
    @rule()
    def close(self):
        if self.state in ("open", "paused"):
            close(job=self.now_job(), now=self.world.now)
            self.state = "closing"
            self.look(may_end=[*self.ahead.values()])
        finish_closing(job_id=self.job.pk, now=self.world.now)

    @invariant()
    def every_task_has_the_answers_that_were_given_and_no_more_than_its_places(self):
        seen = {task.pk: task for task in Task.objects.all()}
        assert {pk: task.answers for pk, task in seen.items()} == self.answers
        assert all(task.answers <= task.wanted <= 3 for task in seen.values())
        given = Assignment.objects.exclude(state__in=UNDONE).values_list("task", "worker")
        assert len(set(given)) == len(given)


def drawing(who):
    return {"shapes": [{"type": "box", "label": "can", "bbox": [5 + 35 * who, 10, 20, 20]}]}


@pytest.mark.django_db
def test_the_hand_out_keeps_its_promises_whatever_happens_in_whatever_order():
    run_state_machine_as_test(HandOut, settings=settings(max_examples=40, stateful_step_count=30, deadline=None))
