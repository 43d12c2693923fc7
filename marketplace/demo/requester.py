"""The simulated requester: writes a job, uploads, pays in, publishes, waits, and downloads the dataset; all by HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.uploads import clean_name
from billing.money import CENT, MICRO, format_amount, parse_amount
from marketplace.demo.client import ApiFault, Client, pay_at_checkout
from marketplace.demo.crowd import Labels
from marketplace.demo.folder import Picture

FILES_A_BATCH = 20
BYTES_A_BATCH = 8_000_000
LEAST_DEPOSIT = MICRO
LARGEST = 1_000_000 * MICRO
PATIENCE = 180.0  # seconds without any change after which waiting is given up
SECONDS_AN_IMAGE = 2.0  # what making the renditions of one image may take on a slow machine

Shown = Callable[[int, int], None]


class TookTooLong(RuntimeError):
    """Something that should happen in the background did not."""


@dataclass(frozen=True)
class Uploaded:
    """`tasks`: the task's number of each picture by its place in the list; `refused`: file names with the reason."""

    tasks: dict[int, int]
    refused: tuple[str, ...]


@dataclass
class Requester:
    """Rules what one job needs, in the order in which a person would do it."""

    client: Client
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def write_job(self, *, title: str, instructions: str, labels: Labels, overlap: int, reward: str) -> str:
        """A draft; returns its id."""
        boxes = [{"name": name, "shapes": ["box"]} for name in labels.boxes]
        tags = [{"name": name, "shapes": ["tag"]} for name in labels.tags]
        body = {
            "title": title,
            "instructions": instructions,
            "labels": boxes + tags,
            "tag_choice": "one" if labels.one_tag else "any",
            "overlap": {"min": overlap, "max": overlap},
            "reward": reward,
        }
        return str(self.client.post("jobs/", body)["id"])

    def upload(self, *, job: str, pictures: Sequence[Picture], shown: Shown) -> Uploaded:
        """Add pictures to a draft, a batch at a time."""
        tasks: dict[int, int] = {}
        refused: list[str] = []
        for batch in _batches(pictures):
            try:
                reply = self.client.post_files(f"jobs/{job}/images/", [(name, data) for _, name, data in batch])
            except ApiFault as fault:
                if "refused" not in fault.problem:
                    raise
                reply = dict(fault.problem)
            left = [(index, name) for index, name, _ in batch]
            for image in reply["images"]:
                found = next(entry for entry in left if entry[1] == image["name"])
                left.remove(found)
                tasks[found[0]] = int(image["id"])
            refused += [f"{file['name']}: {file['message']}" for file in reply["refused"]]
            shown(len(tasks) + len(refused), len(pictures))
        return Uploaded(tasks, tuple(refused))

    def fund(self, *, job: str) -> int:
        """Pay in what the wallet lacks for this job, through the bank's own page; returns the micro-units paid in."""
        needed = parse_amount(self.client.get(f"jobs/{job}/")["quote"]["at_most"], maximum=LARGEST)
        short = needed - self._balance()
        if short <= 0:
            return 0
        amount = max(LEAST_DEPOSIT, -(-short // CENT) * CENT)
        deposit = self.client.post("wallet/deposits/", {"amount": format_amount(amount)})
        pay_at_checkout(url=deposit["checkout_url"])
        self._wait("the deposit to arrive", lambda: self._deposit_state(deposit["id"]), until="paid")
        return amount

    def publish(self, *, job: str, images: int) -> None:
        """Publish, and wait until the renditions and the places are made."""
        self.client.post(f"jobs/{job}/publish/")
        self._wait(
            "the job to open",
            lambda: self.client.get(f"jobs/{job}/")["state"],
            until="open",
            patience=PATIENCE + images * SECONDS_AN_IMAGE,
        )

    def wait_settled(self, *, job: str, shown: Shown) -> dict[str, Any]:
        """Wait until every task is settled or more answers are wanted; returns the job's figures then."""
        latest: dict[str, Any] = {}

        def state() -> Any:
            latest.update(self.client.get(f"jobs/{job}/kpis/"))
            shown(latest["settled"], latest["tasks"])
            done = latest["settled"] == latest["tasks"] or latest["answers"] < latest["answers_wanted"]
            return "done" if done else latest["settled"]

        self._wait("the answers to be judged", state, until="done")
        return latest

    def download(self, *, job: str) -> dict[str, Any]:
        """Make a release and fetch its COCO file."""
        release = self.client.post(f"jobs/{job}/releases/")
        dataset = json.loads(self.client.download(f"releases/{release['id']}/files/coco"))
        assert isinstance(dataset, dict), "COCO is a JSON object"
        return dataset

    def _balance(self) -> int:
        return parse_amount(self.client.get("wallet/")["balance"], minimum=0, maximum=LARGEST)

    def _deposit_state(self, deposit: str) -> str:
        state = str(self.client.get(f"wallet/deposits/{deposit}/")["state"])
        if state in ("expired", "failed"):
            raise RuntimeError(f"The deposit {deposit} is {state}.")
        return state

    def _wait(self, what: str, state: Callable[[], Any], *, until: str, patience: float = PATIENCE) -> None:
        """Ask until the state is the one wanted; give up when it has not changed for `patience` seconds."""
        before, since = None, self.clock()
        while (now := state()) != until:
            if now != before:
                before, since = now, self.clock()
            elif self.clock() - since > patience:
                raise TookTooLong(f"Waited {patience:.0f} s for {what}; it stays {now!r}. Is the worker running?")
            self.pause(0.15)


def _batches(pictures: Sequence[Picture]) -> Iterator[list[tuple[int, str, bytes]]]:
    """Pictures as (place in the list, clean name, bytes), a few at a time: read only when it is their turn."""
    batch: list[tuple[int, str, bytes]] = []
    size = 0
    for index, picture in enumerate(pictures):
        data = picture.read()
        if batch and (len(batch) == FILES_A_BATCH or size + len(data) > BYTES_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append((index, clean_name(picture.name), data))
        size += len(data)
    if batch:
        yield batch
