"""The main job from end to end: post, pay in, publish, label, judge, pay out, release, audit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings

from marketplace import auditing
from marketplace.demo import crowd, people, report
from marketplace.demo.client import Client
from marketplace.demo.folder import Pictures
from marketplace.demo.recognition import Album
from marketplace.demo.requester import Requester, Uploaded
from marketplace.demo.showing import Shows
from marketplace.demo.worker import Prepared, Worker, work
from qa.quality import Score

OVERLAP = 3
PREPARING = 2  # threads that load images and make up answers while the rounds go on
ROUNDS = 50  # of work, each after the judging asked for more answers; far beyond what a policy can ask for
OPEN_PAYOUT = ("requested", "sending")
PAYOUT_SECONDS = 45.0  # the background sends payouts on its next round
INSTRUCTIONS = (
    "Draw a tight box around every object, also around those that are partly hidden, and choose its label. "
    "Leave out what you cannot tell. If there is nothing to box, say that the image is empty."
)


@dataclass(frozen=True)
class Plan:
    """What a run shall do."""

    url: str
    pictures: Pictures
    title: str
    seed: int
    workers: int
    reward: str
    now: datetime


def run(*, plan: Plan, shows: Shows) -> dict[str, Any]:
    """Do it, and return the object that `--json` prints. `audit` in it is empty when all is well."""
    began = time.monotonic()
    asker = Requester(client=Client(url=plan.url, token=people.requester(seed=plan.seed, now=plan.now)))
    workers = hire(plan=plan)
    try:
        job, uploaded = post(plan=plan, asker=asker, shows=shows)
        figures = label(plan=plan, asker=asker, workers=workers, job=job, uploaded=uploaded, shows=shows)
        payouts = pay_out(workers=workers, shows=shows)
        dataset = asker.download(job=job)
        rows = [row_of(worker=worker, plan=plan, job=job) for worker in workers]
    finally:
        for client in (asker.client, *(worker.client for worker in workers)):
            client.close()
    told = {
        "images": len(uploaded.tasks),
        "annotations": sum(row.answers for row in rows),
        **{name: figures[name] for name in ("accepted", "rejected", "disputed", "spent", "cost_per_annotation")},
        "currency": settings.CURRENCY,
        "payouts": {state: payouts.count(state) for state in sorted(set(payouts))},
        "truth_known": plan.pictures.known,
        "refused": list(uploaded.refused),
        "job": job,
        "url": plan.url,
        "seed": plan.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    with shows.step("Auditing"):
        told["audit"] = auditing.audit()
    consensus = score_consensus(plan=plan, uploaded=uploaded, dataset=dataset) if plan.pictures.known else None
    return report.summary(rows=rows, consensus=consensus, figures=told)


def score_consensus(*, plan: Plan, uploaded: Uploaded, dataset: Mapping[str, Any]) -> Score:
    """The released boxes against the truth of the pictures they were adopted for."""
    place_of = {task: place for place, task in uploaded.tasks.items()}
    adopted = report.adopted_boxes(dataset=dataset)
    found = [(place_of[task], boxes) for task, boxes in adopted.items()]
    return report.score_all(pictures=plan.pictures.pictures, boxes=found)


def hire(*, plan: Plan) -> list[Worker]:
    """The crowd, with an account, a key and a connection each."""
    return [
        Worker(
            name=f"Simulated worker {number}",
            kind=kind,
            client=Client(url=plan.url, token=people.worker(seed=plan.seed, number=number, now=plan.now)),
            seed=(plan.seed, number),
        )
        for number, kind in enumerate(crowd.kinds_of(workers=plan.workers), start=1)
    ]


def post(*, plan: Plan, asker: Requester, shows: Shows) -> tuple[str, Uploaded]:
    """Write the job, upload its images, pay in, publish; returns its id once it is open."""
    pictures = plan.pictures.pictures
    job = asker.write_job(
        title=plan.title, instructions=INSTRUCTIONS, labels=plan.pictures.labels, overlap=OVERLAP, reward=plan.reward
    )
    with shows.step("Uploading images", total=len(pictures)) as shown:
        uploaded = asker.upload(job=job, pictures=pictures, shown=shown.at)
    for line in uploaded.refused:
        shows.say(f"not taken: {line}")
    with shows.step("Paying in"):
        asker.fund(job=job)
    with shows.step("Publishing"):
        asker.publish(job=job, images=len(uploaded.tasks))
    return job, uploaded


def label(
    *, plan: Plan, asker: Requester, workers: Sequence[Worker], job: str, uploaded: Uploaded, shows: Shows
) -> dict[str, Any]:
    """Let the crowd work until every image is settled; returns the job's figures then."""
    pictures, labels = plan.pictures.pictures, plan.pictures.labels
    # The simulated workers know the pictures by sight: those that the server took.
    taken = sorted(uploaded.tasks)
    album = Album()
    for index in taken:
        album.learn(data=pictures[index].read(), number=index)

    def prepare(worker: Worker, handout: dict[str, Any]) -> Prepared:
        return worker.prepare(handout=handout, album=album, pictures=pictures, labels=labels)

    rng = np.random.default_rng(plan.seed)
    figures: dict[str, Any] = {}
    for _ in range(ROUNDS):
        with (
            shows.step("Labelling", total=len(taken) * OVERLAP) as shown,
            ThreadPoolExecutor(PREPARING, thread_name_prefix="prepare") as pool,
        ):
            work(workers=workers, job=job, rng=rng, pool=pool, prepare=prepare, took=shown.advance)
        with shows.step("Judging", total=len(taken)) as shown:
            figures = asker.wait_settled(job=job, shown=shown.at)
        if figures["settled"] == figures["tasks"]:
            break
    return figures


def pay_out(*, workers: Sequence[Worker], shows: Shows) -> list[str]:
    """Let everybody ask for their money and wait until it is on its way; returns each one's state."""
    states: dict[str, str] = {}
    with shows.step("Paying out", total=len(workers)) as shown:
        asked = {worker.name: worker.ask_for_pay() for worker in workers}
        end = time.monotonic() + PAYOUT_SECONDS
        while len(states) < len(workers):
            for worker in (worker for worker in workers if worker.name not in states):
                payout = asked[worker.name]
                state = worker.payout_state(payout=payout) if payout else "too little"
                if state not in OPEN_PAYOUT or time.monotonic() > end:
                    states[worker.name] = state
            shown.at(len(states), len(workers))
            time.sleep(0.0 if len(states) == len(workers) else 0.5)
    return list(states.values())


def row_of(*, worker: Worker, plan: Plan, job: str) -> report.WorkerRow:
    """What one worker did, by the server's account, and how well, by the truth."""
    counts = worker.earned(job=job)
    score = None
    if plan.pictures.known:
        given = ((prepared.picture, prepared.answer.boxes) for prepared in worker.given)
        score = report.score_all(pictures=plan.pictures.pictures, boxes=given)
    return report.WorkerRow(
        name=worker.name,
        kind=worker.kind.name,
        seconds=sum(prepared.answer.seconds for prepared in worker.given),
        score=score,
        **counts,
    )
