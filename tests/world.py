"""The named people of the tests, made when first asked for, and short ways to the states they get into.

Rita posts jobs, Rosa too (and has no business in Rita's); Wei and Wanda label; Ada runs the platform; Sam signed up
and has no role.

What keeps tests cheap:
- What is pure is tested without the world: under a millisecond.
- Begin with `published()`, `rejected()` or `job()` before Rita is asked for and the clock moves: it is put back as rows
  (1 ms) instead of being built (50 to 100 ms). More on that in `tests/recall.py`.
- What many tests of a module begin with is a function of the module: `world.recalled(a_market_at_work)`.
- One image and an overlap of one where more show nothing more: an answer takes 10 ms, settling 20 to 30.
- Real commits (`transaction=True`) only where two connections must meet; a browser only for what a browser does.
- Nothing sleeps: clocks are passed in, and threads wait for an event.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from billing import deposits
from billing.gateway import Checkout
from billing.models import Deposit
from billing.money import parse_amount
from marketplace import tokens
from marketplace.assigning import claim
from marketplace.drafting import create_job, parse_job
from marketplace.models import Assignment, Job, User
from marketplace.posting import make_places, publish
from marketplace.settling import settle
from marketplace.submitting import submit
from marketplace.uploading import add_images
from tests.recall import nobody_is_there, recalled


class World:
    """One small market with a clock of its own."""

    def __init__(self) -> None:
        self.now = BEGINNING
        self.recalls = True  # False: everything is built anew
        self._clients: dict[int, APIClient] = {}
        self._deposits = 0
        self._rejections = 0

    @property
    def may_recall(self) -> bool:
        """True while Rita did not come and nothing happened."""
        untouched = self.now == BEGINNING and "rita" not in vars(self) and not self._deposits and not self._rejections
        return self.recalls and untouched

    def later(self, **span: float) -> datetime:
        """Move the clock, e.g. `world.later(minutes=31)`, and return the new now."""
        self.now += timedelta(**span)
        return self.now

    def person(self, name: str, **roles: bool) -> User:
        """Somebody new, e.g. `world.person("Walt", is_worker=True)`."""
        return User.objects.create_user(email=f"{name.lower()}@example.org", name=name, **roles)

    @cached_property
    def rita(self) -> User:
        return self.person("Rita", is_requester=True)

    @cached_property
    def rosa(self) -> User:
        return self.person("Rosa", is_requester=True)

    @cached_property
    def wei(self) -> User:
        return self.person("Wei", is_worker=True)

    @cached_property
    def wanda(self) -> User:
        return self.person("Wanda", is_worker=True)

    @cached_property
    def ada(self) -> User:
        return self.person("Ada", is_staff=True, is_superuser=True)

    @cached_property
    def sam(self) -> User:
        return self.person("Sam")

    def api(self, person: User | None) -> APIClient:
        """A client of the API that speaks with the person's key; nobody's when None."""
        if person is None:
            return APIClient()
        if person.pk not in self._clients:
            client = APIClient()
            client.credentials(HTTP_AUTHORIZATION=f"Token {tokens.issue(user=person, name='tests')}")
            self._clients[person.pk] = client
        return self._clients[person.pk]

    def browser(self, person: User | None) -> Client:
        """A client of the pages, logged in as the person."""
        client = Client()
        if person is not None:
            client.force_login(person)
        return client

    def recalled(self, build: Callable[[World], Any]) -> Any:
        """What `build(world)` returns. A function of a test module that makes what many of its tests begin with: it
        runs once, and from then on what it left is put back. The world must be new, without a single person."""
        assert "<locals>" not in build.__qualname__, "what it makes must depend on nothing but the world"
        if not nobody_is_there():
            return build(self)
        name = f"{build.__module__}.{build.__qualname__}"
        return recalled(world=self, name=name, asked={}, build=lambda: build(self))

    # --- work -------------------------------------------------------------------------------------------------------

    def job(self, *, owner: User | None = None, images: int = 2, **changes: Any) -> Job:
        """A draft job with small pictures; `changes` are fields of the API's job body."""
        asked = {"owner": owner, "images": images, **changes}
        return recalled(world=self, name="job", asked=asked, build=lambda: self._job(**asked))

    def _job(self, *, owner: User | None = None, images: int = 2, **changes: Any) -> Job:
        # One answer an image is judged by people, unless its job says otherwise, as most tests want it.
        changes["policy"] = {"judge": "consensus", **changes.get("policy", {})}
        job = create_job(owner=owner or self.rita, draft=parse_job({**JOB, **changes}), now=self.now)
        if images:
            report = add_images(job=job, files=[picture(f"{n}.png", shade=n) for n in range(images)], now=self.now)
            assert not report.refused
        return job

    def fund(self, person: User, amount: str) -> None:
        """Put money into a requester's wallet: the provider says that a deposit was paid."""
        self._deposits += 1
        micro = parse_amount(amount)
        deposit = Deposit.objects.create(
            owner=person,
            amount=micro,
            idempotency_key=f"test:{self._deposits}",
            success_url="https://tally.test/",
            cancel_url="https://tally.test/",
            created_at=self.now,
        )
        page = Checkout(
            id=f"cs_{self._deposits}",
            url="",
            status="complete",
            paid=True,
            payment=f"pi_{self._deposits}",
            amount=micro,
        )
        assert deposits.record(page=page, reference=str(deposit.pk), now=self.now)

    def published(self, *, funds: str = "100.00", **changes: Any) -> Job:
        """An open job whose places are made and paid for. One that a test begins with costs little."""
        asked = {"funds": funds, **changes}
        return recalled(world=self, name="published", asked=asked, build=lambda: self._published(**asked))

    def _published(self, *, funds: str, **changes: Any) -> Job:
        job = self._job(**changes)
        self.fund(job.owner, funds)
        publish(job=job, now=self.now)
        make_places(job_id=job.pk, now=self.now)
        job.refresh_from_db()
        assert job.state == Job.State.OPEN
        return job

    def worker(self, name: str) -> User:
        """One more worker."""
        return self.person(name, is_worker=True)

    def answer(self, job: Job, worker: User, *boxes: tuple[str, Sequence[float]], seconds: float = 30) -> Assignment:
        """The worker claims their next place of the job and submits boxes such as ("can", [10, 10, 20, 20])."""
        handout = claim(job=job, worker=worker, now=self.now)
        assert handout, f"nothing left for {worker}"
        shapes = [{"type": "box", "label": label, "bbox": list(bbox)} for label, bbox in boxes]
        payload = {"schema": 1, "shapes": shapes, "empty": not shapes}
        self.later(seconds=seconds)
        submit(assignment_id=handout.assignment_id, worker=worker, payload=payload, want_next=False, now=self.now)
        return Assignment.objects.get(pk=handout.assignment_id)

    def answer_tags(self, job: Job, worker: User, *tags: str) -> Assignment:
        """The worker claims their next place of the job and answers its tag questions."""
        handout = claim(job=job, worker=worker, now=self.now)
        assert handout, f"nothing left for {worker}"
        payload = {"schema": 1, "tags": list(tags)}
        submit(assignment_id=handout.assignment_id, worker=worker, payload=payload, want_next=False, now=self.now)
        return Assignment.objects.get(pk=handout.assignment_id)

    def rejected(self, worker: User | None = None, **changes: Any) -> Assignment:
        """An answer (Wei's) rejected by the votes of two others, in a new job of one image with these `changes`."""
        if worker or "wei" in vars(self):
            return self._rejected(worker or self.wei, **changes)
        return recalled(world=self, name="rejected", asked=changes, build=lambda: self._rejected(self.wei, **changes))

    def _rejected(self, worker: User, **changes: Any) -> Assignment:
        job, self._rejections = self.published(images=1, **changes), self._rejections + 1
        given = self.answer(job, worker, ("bag", [70, 50, 20, 20]))
        for name in ("Xenia", "Yusuf"):
            self.answer(job, self.worker(f"{name}{self._rejections}"), ("can", [10, 10, 30, 30]))
        assert self.settled(job) == 1
        given.refresh_from_db()
        assert given.state == Assignment.State.REJECTED
        return given

    def settled(self, job: Job) -> int:
        """Settle what can be settled; returns how many tasks were decided."""
        return settle(job_id=job.pk, now=self.now)


BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JOB = {
    "title": "Cans on shelves",
    "instructions": "Draw a box around every can and every bag.",
    "labels": [{"name": "can", "shapes": ["box"]}, {"name": "bag", "shapes": ["box"]}],
    "overlap": {"min": 3, "max": 3},
    "reward": "0.05",
}


def picture(name: str, *, shade: int = 0, size: tuple[int, int] = (120, 90)) -> SimpleUploadedFile:
    """A small PNG, another one for each shade."""
    content = io.BytesIO()
    Image.new("RGB", size, (shade * 40 % 256, shade // 6 % 256, 120)).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")
