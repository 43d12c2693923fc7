"""kill -9 of everything while money moves: deposits, payouts, admins' words on the large ones, settlement. Each 2xx has
its effect, once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import redis
from django.db import connections
from django.test.utils import override_settings
from django.utils import timezone

from billing import ledger, reconciling
from billing.ledger import AccountKind, Posting
from billing.models import Deposit, Payout
from billing.wallets import earnings_of
from marketplace.auditing import audit
from marketplace.models import Job, User
from marketplace.sweeping import sweep
from tests.bench import driving, faults, staging
from tests.bench.bench import Bench
from tests.bench.money.payers import Person, agree, be_paid, pay_in
from tests.stories.faults.doorbell import Tripler

VICTIMS = ("web", "worker", "postgres", "backend", "broker")
FAULTS = 55
RATE = 60  # answers a second, so that settlement is under way all the time
PAYERS = PAID = 4
FUNDS = 200_000_000_000  # of each who is paid out, micro-units
FIRST = 9000  # dollars at most of each of the first deposits
MUCH = 98  # dollars at most of a payout of every other one: after six or ten of them two admins have to agree to each
BETWEEN = 10  # calls are answered between two deaths: on a slow machine nothing would be under way else
PATIENCE = 20.0  # seconds at most that this is waited for
LATER = timedelta(minutes=11)
"""So late the sweeper comes for what a dead process was just sending."""


def measure(bench: Bench) -> dict[str, Any]:
    """Every message tripled, each kind of victim about as often, in an order of chance."""
    count, dice = bench.of(FAULTS, len(VICTIMS)), Random(f"{bench.seed} money faults")
    victims = [VICTIMS[n % len(VICTIMS)] for n in range(count)]
    dice.shuffle(victims)
    pauses = [dice.uniform(0.5, 2) for _ in victims]
    bench.ground.start_web()
    bench.ground.start_sandbox()
    bench.ground.start_worker()
    job = bench.job(images=int(RATE * (sum(pauses) * 3 + 60)))
    people = _people(bench)
    found, tripled = _under_load(bench, job, people, victims, pauses)
    bench.ground.look_after(seconds=2)
    bench.ground.stop("worker")
    answers = faults.check(bench, job, found["submitted"])
    checked = _check(people)
    lost = answers["lost"] + answers["miscounted"] + checked["lost"]
    bench.say(
        f"{count} faults, {tripled} messages tripled; {checked['deposits']} deposits, {checked['payouts']} payouts, "
        f"{checked['payouts_agreed']} of them by two admins"
    )
    return {
        "figures": {"faults_injected": count, "faults_lost": lost},
        "killed": dict(Counter(victims)),
        "tripled": tripled,
        "answers": {name: answers[name] for name in ("submitted", "lost", "miscounted")},
        "sent_again": sum(person.again for person in people),
        "refused": [one for person in people for one in person.refused][:10],
        **checked,
        "audit": audit(),
    }


def _under_load(
    bench: Bench, job: Job, people: Sequence[Person], victims: Sequence[str], pauses: Sequence[float]
) -> tuple[dict[str, Any], int]:
    """What the load of answers found, and how many messages were tripled, while one victim after the other died."""
    plan = bench.plan(
        job, bench.users(driving.USERS), rate=RATE, warm_up=1, patience=120, keep=True, seconds=2 * sum(pauses)
    )
    say, bench.ground.running.say = bench.ground.running.say, lambda _line: None
    try:
        with Tripler(bench.ground.running.folders.sockets) as nuisance, driving.Program("load", plan) as program:
            program.wait_begun()
            for person in people:
                person.start()
            for victim, pause in zip(victims, pauses, strict=True):
                _go_on(bench, people, seconds=pause)
                _kill(bench, victim, nuisance.broker)
            found = faults.result_of(program, bench)
            _end(bench, people)
            return found, nuisance.tripled
    finally:
        bench.ground.running.say = say


def _go_on(bench: Bench, people: Sequence[Person], *, seconds: float) -> None:
    """Start again what died, for so long and until people were answered some calls."""
    before, end = sum(person.answered for person in people), time.monotonic() + PATIENCE
    bench.ground.look_after(seconds=seconds)
    while sum(person.answered for person in people) < before + BETWEEN and time.monotonic() < end:
        bench.ground.look_after(seconds=0.1)


def _people(bench: Bench) -> list[Person]:
    """Who pays in, who is paid out of what they were given, and the two admins who agree to large payouts; the first
    deposits are what the provider sends on."""
    requesters = [staging.requester(f"payer{n}") for n in range(PAYERS)]
    workers = staging.workers(PAID, name="paid")
    gift = ledger.platform(AccountKind.GOODWILL).pk
    ledger.post(
        postings=[
            Posting("opening", f"bench:{worker.pk}", gift, earnings_of(worker=worker).pk, FUNDS) for worker in workers
        ],
        now=timezone.now(),
    )
    port, seed = bench.ground.port, bench.seed
    admins = [
        Person(name=f"admin {admin.pk}", key=staging.session_of(admin), port=port, act=agree, seed=seed)
        for admin in staging.admins(2)
    ]
    much = partial(be_paid, most=MUCH)
    acting: Sequence[tuple[list[User], Any]] = ((requesters, pay_in), (workers[::2], be_paid), (workers[1::2], much))
    people = [
        Person(name=f"payer {pk}", key=key, port=port, act=act, seed=seed, admins=admins)
        for users, act in acting
        for pk, key in staging.keys_of(users)
    ]
    for _ in range(10):
        pay_in(people[0], most=FIRST)
        people[0].number += 1
    connections.close_all()
    return people + admins


def _kill(bench: Bench, victim: str, broker: redis.Redis) -> None:
    if victim == "broker":
        broker.flushall()  # every message that waits, and those in hand, are lost
    elif victim == "backend" or bench.ground.running.alive(victim):
        faults.kill(bench, victim)


def _end(bench: Bench, people: Sequence[Person]) -> None:
    """Let everybody finish the call they are at, and then the admins what waits for them; until then, whatever died is
    started again."""
    acting = [person for person in people if person.admins]
    for those in (acting, [person for person in people if not person.admins]):
        while not all(person.inbox.empty() for person in those):
            bench.ground.look_after(seconds=0.5)
        with ThreadPoolExecutor(len(those)) as beside:
            waiting = [beside.submit(person.stop) for person in those]
            while not all(one.done() for one in waiting):
                bench.ground.look_after(seconds=0.5)


def _check(people: Sequence[Person]) -> dict[str, Any]:
    """Every 2xx has its effect, once, on both sides; what a dead process left half done is done by the sweeper."""
    connections.close_all()
    faults.wait_for_database()
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        for _ in range(3):
            sweep(now=timezone.now() + LATER)
    made = [pk for person in people for pk in person.made]
    paid = {pk for person in people for pk in person.paid}
    deposits = {str(pk): state for pk, state in Deposit.objects.values_list("pk", "state")}
    payouts = {str(pk): state for pk, state in Payout.objects.values_list("pk", "state")}
    words = {str(pk) for person in people for pk in person.agreed}
    large = {str(one.pk): {one.approved_by_id, one.second_by_id} for one in Payout.objects.filter(needs_approval=True)}
    unsaid = [pk for pk in words if len(large[pk] - {None}) < 2] + [pk for pk in large if pk not in words]
    run = reconciling.run(now=timezone.now())
    gone = [pk for pk in made if pk not in deposits and pk not in payouts]
    unpaid = [pk for pk in paid if deposits.get(pk) != Deposit.State.PAID]
    unsent = [pk for pk, state in payouts.items() if state != Payout.State.PAID]
    unmatched = run.lines - run.matched
    doubled = len(made) - len(set(made))
    return {
        "lost": len(gone) + len(unpaid) + len(unsent) + len(unsaid) + unmatched + doubled + run.found,
        "deposits": len(paid),
        "payouts": len(payouts),
        "payouts_agreed": len(large),
        "payouts_unsaid": len(unsaid),
        "payouts_open": Counter(payouts[pk] for pk in unsent),
        "deposits_unpaid": len(unpaid),
        "gone": len(gone),
        "provider_lines": run.lines,
        "provider_unmatched": unmatched,
        "provider": reconciling.alarms(run=run),
    }
