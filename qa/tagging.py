"""The tags of many images judged together, by what is known of each worker's tags and what these images teach.

With one tag an image (`tag_choice` "one") there is one question with a class for each tag. With "any", each tag is a
question of its own with two classes, not set and set; not set comes first, so that a tie does not set it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from qa import inference
from qa.calibration import Calibration
from qa.policy import Policy
from qa.stopping import Step, expected_error, next_steps
from qa.votes import Shares, Sizes, Votes, adopt, are_tied

Matrices = list[Shares]
"""One (true class, said class) matrix of vote counts for each question."""


@dataclass(frozen=True)
class TagVote:
    """What one worker said of an image. `counts`: whether it is heard (a spammer's may not be)."""

    worker_id: int
    tags: Collection[str]
    counts: bool = True


@dataclass(frozen=True)
class TagRecords:
    """What earlier images taught. `everyone`: the sum over all workers; `tasks`: by question, images of each class.

    `calibration`: what claims are worth, None while too few known answers were seen. `version`: of the last refit.
    """

    workers: Mapping[int, Matrices] = field(default_factory=dict)
    everyone: Matrices = field(default_factory=list)
    tasks: list[Shares] = field(default_factory=list)
    calibration: Calibration | None = None
    version: int = 0


@dataclass(frozen=True, eq=False)  # arrays have no truth value: two are the same only as the same object
class Tagged:
    """The tags of one image.

    `adopted`: them with the claim of each; `claims`: of every question that was answered, to set and not to set alike;
    `tied`: where one had to be chosen, whether two were as probable. `posteriors`: by question, of each class; None
    where nobody answered. `calibration`: as in the records they were judged by.
    """

    adopted: Mapping[str, float]
    claims: tuple[float, ...]
    tied: bool
    posteriors: tuple[Shares | None, ...]
    calibration: Calibration | None = None

    @property
    def expected_error(self) -> float:
        """The share of these questions that is expected to be wrong: calibrated, else as claimed."""
        if not self.claims:
            return 1.0
        return float(expected_error(claimed=np.array(self.claims), calibration=self.calibration).mean())

    @property
    def calibrated(self) -> float | None:
        """What the claims are worth on the average, None when uncalibrated: then nothing is promised."""
        return None if self.calibration is None or not self.claims else 1.0 - self.expected_error

    def agreement(self, *, tags: Collection[str], policy: Policy) -> float:
        """The probability that an answer's tags are right, 0 to 1: of each question, on the average.

        A question left open (no tag where one had to be chosen) is answered wrong.
        """
        parts = [
            float(posterior[said]) if said is not None else 0.0
            for classes, posterior in zip(questions(policy), self.posteriors, strict=True)
            if posterior is not None
            for said in (said_of(tags=tags, classes=classes),)
        ]
        return sum(parts) / len(parts) if parts else 1.0

    def wants_more(self, *, policy: Policy, answers: int) -> bool:
        """Whether one more answer is worth asking for, by the policy's target error."""
        if policy.target_error <= 0.0:
            return False
        (step,) = next_steps(
            claimed=np.array([1.0 - self.expected_error]),
            answers=np.array([answers]),
            target_error=policy.target_error,
            least=policy.min_overlap,
            most=policy.max_overlap,
            calibration=None,  # the expected error is calibrated already, question by question
        )
        reachable = self.calibration is None or self.calibration.reaches(policy.target_error)
        return bool(step == Step.MORE) and (reachable or answers < policy.min_overlap)


def questions(policy: Policy) -> list[tuple[str, ...]]:
    """The classes of each question; the empty name stands for not set."""
    if not policy.tags:
        return []
    return [policy.tags] if policy.tag_choice == "one" else [("", tag) for tag in policy.tags]


def judge_tags(*, images: Mapping[int, Sequence[TagVote]], policy: Policy, records: TagRecords) -> dict[int, Tagged]:
    """The tags of each image (by its key), all judged together; the order of images and votes does not matter."""
    if not images or not policy.tags:
        return {}
    asked = questions(policy)
    parts = [_judge_question(images, number, classes, policy, records) for number, classes in enumerate(asked)]
    return {key: _tagged([part[key] for part in parts], asked, policy, records) for key in images}


def taught(*, images: Mapping[int, Sequence[TagVote]], tagged: Mapping[int, Tagged], policy: Policy) -> TagRecords:
    """What images judged teach of their workers, heard or not: to be added to the records."""
    asked = questions(policy)
    workers: dict[int, Matrices] = {}
    everyone = [np.zeros((len(classes), len(classes))) for classes in asked]
    tasks = [np.zeros(len(classes)) for classes in asked]
    for key, votes in images.items():
        for number, (classes, posterior) in enumerate(zip(asked, tagged[key].posteriors, strict=True)):
            if posterior is None:
                continue
            tasks[number] += posterior
            for vote in votes:
                said = said_of(tags=vote.tags, classes=classes)
                if said is None:
                    continue
                own = workers.setdefault(vote.worker_id, [np.zeros_like(one) for one in everyone])
                own[number][:, said] += posterior
                everyone[number][:, said] += posterior
    return TagRecords(workers=workers, everyone=everyone, tasks=tasks)


Judged = tuple[int, float, bool, Shares] | None
"""Class adopted, its claim, whether it is tied, and the posterior; None where nobody answered."""


def _judge_question(
    images: Mapping[int, Sequence[TagVote]],
    number: int,
    classes: Sequence[str],
    policy: Policy,
    records: TagRecords,
) -> dict[int, Judged]:
    rows = [
        (key, vote.worker_id, said)
        for key, votes in sorted(images.items())
        for vote in sorted(_heard(votes), key=lambda vote: vote.worker_id)
        if (said := said_of(tags=vote.tags, classes=classes)) is not None
    ]
    keys, workers = sorted({key for key, _, _ in rows}), sorted({worker for _, worker, _ in rows})
    found: dict[int, Judged] = dict.fromkeys(images)
    if not rows:
        return found
    at = {key: place for place, key in enumerate(keys)}
    of = {worker: place for place, worker in enumerate(workers)}
    votes = Votes(
        np.array([at[key] for key, _, _ in rows]),
        np.array([of[worker] for _, worker, _ in rows]),
        np.array([said for _, _, said in rows]),
        Sizes(len(keys), len(workers) + 1, len(classes)),
    )
    known = _known(workers, number, len(classes), records)
    posterior = inference.infer(votes, known=known).posterior
    adopted = adopt(posterior)
    claims = inference.claims(votes, adopted=adopted, known=known)
    tied = are_tied(posterior)
    for key, place in at.items():
        found[key] = int(adopted[place]), float(claims[place]), bool(tied[place]), posterior[place]
    return found


def _heard(votes: Sequence[TagVote]) -> Sequence[TagVote]:
    """Without those that do not count; when none does, all do."""
    return [vote for vote in votes if vote.counts] or votes


def said_of(*, tags: Collection[str], classes: Sequence[str]) -> int | None:
    """The class that somebody chose by these tags; None for no answer."""
    if classes[0] == "":
        return int(classes[1] in tags)
    return next((place for place, tag in enumerate(classes) if tag in tags), None)


def _known(workers: Sequence[int], number: int, classes: int, records: TagRecords) -> inference.Known:
    """Records as the estimates take them; all other workers stand together in the last place, to tell of the crowd."""
    counts = np.zeros((len(workers) + 1, classes, classes))
    for place, worker in enumerate(workers):
        if worker in records.workers:
            counts[place] = records.workers[worker][number]
    if records.everyone:
        # Sums of floats added up in different orders: a hair below nothing is nothing.
        counts[-1] = np.maximum(records.everyone[number] - counts[:-1].sum(axis=0), 0.0)
    return inference.Known(counts, records.tasks[number] if records.tasks else np.zeros(classes))


def _tagged(parts: Sequence[Judged], asked: Sequence[Sequence[str]], policy: Policy, records: TagRecords) -> Tagged:
    adopted = {
        classes[part[0]]: part[1] for part, classes in zip(parts, asked, strict=True) if part and classes[part[0]]
    }
    return Tagged(
        adopted=adopted,
        claims=tuple(part[1] for part in parts if part),
        tied=policy.tag_choice == "one" and any(part[2] for part in parts if part),
        posteriors=tuple(part[3] if part else None for part in parts),
        calibration=records.calibration,
    )
