"""Settling one hot job: in full batches, in batches of one task, and the frozen reference, in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from billing import ledger, reconcile
from billing.ledger import AccountKind
from billing.money import fee_of
from marketplace import adopting
from marketplace.models import Job, User
from marketplace.settling import TASKS_A_BATCH
from tests.bench.bench import Bench
from tests.bench.driving import OVERLAP
from tests.bench.figures import middle
from tests.bench.money.raw import Raw

WORKERS = 24
ROUNDS = 7
BATCHES = 20
ALONE = 100  # batches of one task a round


@dataclass(frozen=True)
class Answer:
    """An accepted answer, as far as pay is concerned."""

    key: str
    worker_id: int


def measure(bench: Bench) -> dict[str, Any]:
    """Answers paid a second; medians of the rounds' ratios, so that a slow minute of the machine meets all sides."""
    people = [bench.owner, *(User.objects.get(pk=pk) for pk, _key in bench.users(WORKERS))][1:]
    rounds, batches, alone = bench.of(ROUNDS, 3), bench.of(BATCHES, 5), bench.of(ALONE, 20)
    full, seat = TASKS_A_BATCH * OVERLAP, OVERLAP
    answers = (rounds + 1) * (batches * full + alone * seat)
    job = bench.job(images=1 + answers // OVERLAP)
    raw = Raw(address=bench.ground.address, workers=WORKERS)
    try:
        warm = _round(job, people, raw, batches=3, alone=10)
        _tidy(raw)
        found = [_round(job, people, raw, batches=batches, alone=alone) for _ in range(rounds)]
    finally:
        raw.close()
    del warm
    told = {name: middle(one[name] for one in found) for name in found[0]}
    bench.say(
        f"{told['full']:,.0f} answers/s in full batches, reference {told['raw']:,.0f}, ratio {told['to_raw']}; "
        f"{told['single']:,.0f} one task at a time, ratio {told['to_single']}"
    )
    return {
        "figures": {"settle_ratio_to_raw": told["to_raw"], "settle_ratio_to_single": told["to_single"]},
        "answers_per_s": told["full"],
        "raw_answers_per_s": told["raw"],
        "single_answers_per_s": told["single"],
        "ratios_to_raw": [one["to_raw"] for one in found],
        "rounds": rounds,
        "answers_a_batch": full,
        "workers": WORKERS,
        "audit": reconcile.audit(),
    }


def _round(job: Job, people: Sequence[User], raw: Raw, *, batches: int, alone: int) -> dict[str, float]:
    """Reference, product, product singly, product, reference: so many batches each; answers a second."""
    full, seat = TASKS_A_BATCH * OVERLAP, OVERLAP
    before = _raw(job, raw, batches // 2, full)
    first = _paid(job, people, batches // 2, full)
    single = _paid(job, people, alone, seat)
    second = _paid(job, people, batches - batches // 2, full)
    after = _raw(job, raw, batches - batches // 2, full)
    ours = batches * full / (first + second)
    theirs = batches * full / (before + after)
    one = alone * seat / single
    return {"full": ours, "raw": theirs, "single": one, "to_raw": ours / theirs, "to_single": ours / one}


def _paid(job: Job, people: Sequence[User], batches: int, size: int) -> float:
    """Seconds that it takes to pay so many batches of accepted answers, each in one transaction, as settling does."""
    spent = 0.0
    for _ in range(batches):
        accepted = [Answer(str(uuid4()), people[n % len(people)].pk) for n in range(size)]
        began = time.perf_counter()
        with transaction.atomic():
            ledger.post(postings=adopting.pay(job=job, accepted=accepted), now=timezone.now())
        spent += time.perf_counter() - began
    return spent


def _raw(job: Job, raw: Raw, batches: int, size: int) -> float:
    fee = fee_of(reward=job.reward, bps=job.fee_bps)
    return sum(
        raw.settle(
            keys=[str(uuid4()) for _ in range(size)],
            workers=[n % raw.workers for n in range(size)],
            reward=job.reward,
            fee=fee,
        )
        for _ in range(batches)
    )


def _tidy(raw: Raw) -> None:
    raw.tidy()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE billing_transfer, billing_account")
    assert AccountKind.PLATFORM_FEES


def profile(bench):
    import cProfile, pstats
    people = [User.objects.get(pk=pk) for pk, _key in bench.users(WORKERS)]
    job = bench.job(images=20000)
    _paid(job, people, 3, 300)
    raw = Raw(address=bench.ground.address, workers=WORKERS)
    _raw(job, raw, 3, 300)
    _tidy(raw)
    def cpu(pid):
        return int(open(f"/proc/{pid}/schedstat").read().split()[0])/1e6
    with connection.cursor() as c:
        c.execute("SELECT pg_backend_pid()"); mine=c.fetchone()[0]
    other=raw.connection.execute("SELECT pg_backend_pid()").fetchone()[0]
    for _ in range(3):
        a,b=time.process_time(),cpu(mine); _paid(job, people, 20, 300); print("ours client", (time.process_time()-a)*50, "backend", (cpu(mine)-b)/20)
        a,b=time.process_time(),cpu(other); _raw(job, raw, 20, 300); print("raw client", (time.process_time()-a)*50, "backend", (cpu(other)-b)/20)
    from billing import prepared, ledger
    real=prepared.rows; times={}
    def spy(sql, params):
        b=cpu(mine); r=real(sql, params); k=sql.strip()[:40]; times[k]=times.get(k,0)+cpu(mine)-b; return r
    prepared.rows=spy
    _paid(job, people, 20, 300)
    prepared.rows=real
    for k,v in times.items(): print("backend", round(v/20,2), k.replace(chr(10)," "))
    p=cProfile.Profile(time.process_time); p.enable(); _paid(job, people, 20, 300); p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(22)
    raw.close()
