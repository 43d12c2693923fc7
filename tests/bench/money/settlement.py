"""Settling one hot job: in full batches, in batches of one task, and the frozen reference, in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from billing import ledger, reconcile
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
ALONE = 5  # batches of one task after each full one


@dataclass(frozen=True)
class Answer:
    """An accepted answer, as far as pay is concerned."""

    key: str
    worker_id: int


def measure(bench: Bench) -> dict[str, Any]:
    """Answers paid a second, and the median ratio of batches side by side: a slow moment of the machine meets both."""
    people = [User.objects.get(pk=pk) for pk, _key in bench.users(WORKERS)]
    rounds, batches = bench.of(ROUNDS, 4), bench.of(BATCHES, 10)
    job = bench.job(images=(rounds + 1) * batches * (TASKS_A_BATCH + ALONE))
    raw = Raw(address=bench.ground.address, workers=WORKERS)
    try:
        _round(job, people, raw, batches=batches)
        raw.tidy()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE billing_transfer, billing_account")
            cursor.execute("CHECKPOINT")  # else one may fall into the middle, and the pages after it cost more
        found = [_round(job, people, raw, batches=batches) for _ in range(rounds)]
    finally:
        raw.close()
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
        "ratios_to_raw": [round(one["to_raw"], 3) for one in found],
        "rounds": rounds,
        "batches_a_round": batches,
        "answers_a_batch": TASKS_A_BATCH * OVERLAP,
        "workers": WORKERS,
        "audit": reconcile.audit(),
    }


def _round(job: Job, people: Sequence[User], raw: Raw, *, batches: int) -> dict[str, float]:
    """Reference and product, who goes first in turn, then one task at a time; so many times. Answers a second by the
    median of each, and the median of what each pair, and each full batch and the single ones after it, came to.

    Not the ratio of the medians: where others want the processor too, a batch takes twice as long or not, and which
    half of its batches a side is told by would be a matter of luck.
    """
    full = TASKS_A_BATCH * OVERLAP
    sides = {"raw": lambda: _raw(job, raw, full), "full": lambda: _paid(job, people, full)}
    spent: dict[str, list[float]] = {"raw": [], "full": [], "single": []}
    for number in range(batches):
        for name in sorted(sides, reverse=bool(number % 2)):
            spent[name].append(sides[name]())
        spent["single"].append(median(_paid(job, people, OVERLAP) for _ in range(ALONE)))
    rates = {name: (OVERLAP if name == "single" else full) / median(seconds) for name, seconds in spent.items()}
    pairs = list(zip(spent["raw"], spent["full"], spent["single"], strict=True))
    return rates | {
        "to_raw": median(reference / product for reference, product, _ in pairs),
        "to_single": median(one * full / OVERLAP / product for _, product, one in pairs),
    }


def _paid(job: Job, people: Sequence[User], size: int) -> float:
    """Seconds that it takes to pay a batch of accepted answers in one transaction, as settling does."""
    accepted = [Answer(str(uuid4()), people[n % len(people)].pk) for n in range(size)]
    pays = dict.fromkeys((each.key for each in accepted), job.reward)
    began = time.perf_counter()
    with transaction.atomic():
        ledger.post(postings=adopting.pay(job=job, accepted=accepted, pays=pays), now=timezone.now())
    return time.perf_counter() - began


def _raw(job: Job, raw: Raw, size: int) -> float:
    return raw.settle(
        keys=[str(uuid4()) for _ in range(size)],
        workers=[n % raw.workers for n in range(size)],
        reward=job.reward,
        fee=fee_of(reward=job.reward, bps=job.fee_bps),
    )
