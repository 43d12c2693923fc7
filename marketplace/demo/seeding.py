"""The small living world of a first start: people, a finished job, an open one, a draft, and money that adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import transaction

from billing.money import MICRO
from marketplace import closing, drafting, posting, releases, settling, uploading
from marketplace.demo import crowd, folder, funding, past
from marketplace.demo.crowd import AVERAGE, GOOD, Kind, Labels
from marketplace.demo.past import Hand, Shift
from marketplace.demo.people import DOMAIN
from marketplace.demo.truth import Truth
from marketplace.models import Job, Task, User

SEED = 7
CROWD = 10  # with the worker who can log in more than ten people, whose times show what the work pays an hour
DEPOSIT = 60 * MICRO
KEY = "demo-world"
BOXES = Labels(boxes=("can", "bag"), tags=("promotion",))
HOW = """Draw a box around every can and every bag, as tight as you can.

- Also box items that are partly hidden: the box ends where you cannot see the item any more.
- Do not box price cards or signs.
- Choose "promotion" when a red SALE sign hangs on the shelf."""


FINISHED, OPEN, DRAFT = "Cans and bags on supermarket shelves", "Corner shop shelves, second delivery", "Kiosk shelves"
IMAGES = {FINISHED: 12, OPEN: 18, DRAFT: 2}
REWARDS = {FINISHED: "0.40", OPEN: "0.12", DRAFT: "0.12"}
# The worker who can log in, on a bad minute: so that there are rejections with their reasons to look at.
HASTY = Kind("hasty", 0, recall=0.4, jitter=0.25, wrong=0.8, false_boxes=2.0, seconds=0.9)


@dataclass(frozen=True)
class Login:
    """Address and password of one of the three people who can log in."""

    email: str
    password: str


@dataclass(frozen=True)
class World:
    """Who lives in it."""

    requester: User
    worker: User
    admin: User
    crowd: tuple[User, ...]


def seed(*, logins: Mapping[str, Login], site: str, now: datetime) -> bool:
    """Make the world; False when it is there already. One whose making was cut short is gone on with.

    `logins` by role: requester, worker, admin. Raises funding.NoBank when the sandbox bank does not answer.
    """
    world = people(logins=logins, now=now - timedelta(days=14))
    if _exists(world, DRAFT):
        return False
    # What talks to the bank is committed by itself. Each job happens at once or not at all, and nothing in the
    # background sees it before its clock is back in the present.
    funding.pay_in(owner=world.requester, amount=DEPOSIT, key=KEY, site=site, now=now - timedelta(days=13))
    if not _exists(world, FINISHED):
        finished_job(world=world, now=now)
    for number, person in enumerate((world.worker, *world.crowd)):
        funding.pay_out(worker=person, key=KEY, now=now - timedelta(days=3, minutes=7 * number))
    if not _exists(world, OPEN):
        open_job(world=world, now=now)
    draft_job(world=world, at=now - timedelta(hours=3))
    return True


def _exists(world: World, title: str) -> bool:
    return Job.objects.filter(owner=world.requester, title=title).exists()


@transaction.atomic
def people(*, logins: Mapping[str, Login], now: datetime) -> World:
    """The three who log in, with their passwords, and the crowd, which cannot."""
    found = {role: _person(login.email, now, password=login.password) for role, login in logins.items()}
    requester, worker, admin = found["requester"], found["worker"], found["admin"]
    requester.name, requester.is_requester = "Rita Moreau", True
    worker.name, worker.is_worker = "Wei Zhang", True
    admin.name, admin.is_staff, admin.is_superuser = "Ada Okafor", True, True
    for person in found.values():
        person.save()
        EmailAddress.objects.get_or_create(user=person, email=person.email, verified=True, primary=True)
    others = []
    for number in range(1, CROWD + 1):
        person = _person(f"crowd-{number}@{DOMAIN}", now)
        person.name, person.is_worker = f"Simulated worker {number}", True
        person.save()
        others.append(person)
    return World(requester, worker, admin, tuple(others))


@transaction.atomic
def finished_job(*, world: World, now: datetime) -> None:
    """Published twelve days ago, labelled within hours, released, and closed once its rejections were final."""
    at = now - timedelta(days=12)
    job, truths = _publish(world.requester, FINISHED, at)
    done = past.label(
        job=job,
        hands=_hands(world, [GOOD, HASTY, GOOD, HASTY, GOOD], most=9),
        truths=truths,
        labels=BOXES,
        shift=Shift(at, at + timedelta(days=1), pause=300),
        rng=np.random.default_rng([SEED, 1]),
    )
    releases.make_release(job=job, by=world.requester, now=done + timedelta(minutes=40))
    closing.close(job=job, now=done + timedelta(minutes=55))
    final = done + timedelta(days=job.appeal_days, minutes=1)
    settling.finalise_rejections(job_id=job.pk, now=final)
    closing.finish_closing(job_id=job.pk, now=final)


@transaction.atomic
def open_job(*, world: World, now: datetime) -> None:
    """Published yesterday, partly done; the worker has answers accepted and rejected in it, and work left."""
    at = now - timedelta(hours=20)
    job, truths = _publish(world.requester, OPEN, at)
    past.label(
        job=job,
        hands=_hands(world, [GOOD, HASTY, HASTY, AVERAGE, GOOD], most=6),
        truths=truths,
        labels=BOXES,
        shift=Shift(at, now, pause=7 * 3600),
        rng=np.random.default_rng([SEED, 2]),
    )


@transaction.atomic
def draft_job(*, world: World, at: datetime) -> None:
    """Not published yet: its requester is still writing it."""
    _upload(_write(world.requester, DRAFT, at), at + timedelta(minutes=2))


def _publish(owner: User, title: str, at: datetime) -> tuple[Job, dict[int, Truth]]:
    """A job that is open from `at` on, and the truth of its images by image id."""
    job = _write(owner, title, at - timedelta(minutes=25))
    truths = _upload(job, at - timedelta(minutes=18))
    posting.publish(job=job, now=at)
    posting.make_places(job_id=job.pk, now=at)
    job.refresh_from_db()
    return job, truths


def _write(owner: User, title: str, at: datetime) -> Job:
    labels = [{"name": name, "shapes": ["box"]} for name in BOXES.boxes]
    labels += [{"name": name, "shapes": ["tag"]} for name in BOXES.tags]
    overlap = {"min": 3, "max": 3}
    data = {"title": title, "instructions": HOW, "labels": labels, "overlap": overlap, "reward": REWARDS[title]}
    return drafting.create_job(owner=owner, draft=drafting.parse_job(data), now=at)


def _upload(job: Job, at: datetime) -> dict[int, Truth]:
    """Scenes of the job's own for it; their truth by image id."""
    seed = SEED * 10 + list(IMAGES).index(job.title)
    pictures = folder.drawn(seed=seed, count=IMAGES[job.title]).pictures
    files = [ContentFile(picture.read(), name=picture.name) for picture in pictures]
    report = uploading.add_images(job=job, files=files, now=at)
    assert not report.refused, "drawn scenes are sound pictures"
    uploading.prepare_images(job_id=job.pk)
    truth_of = {picture.name: picture.truth for picture in pictures}
    tasks = Task.objects.filter(job=job).select_related("image")
    return {task.image_id: truth_of[task.image.name] for task in tasks}


def _hands(world: World, moods: Sequence[Kind], *, most: int) -> list[Hand]:
    """The crowd by its usual shares, and the worker with moods of their own; the spammer is stopped after a while."""
    hands = [
        Hand(person, [kind], most=4 if kind is crowd.SPAMMER else None)
        for person, kind in zip(world.crowd, crowd.kinds_of(workers=CROWD), strict=True)
    ]
    return [Hand(world.worker, moods, most=most, eager=3.0), *hands]


def _person(email: str, now: datetime, password: str | None = None) -> User:
    """The person with this address; a new one joined at `now`."""
    known = User.objects.filter(email=email.lower()).first()
    return known or User.objects.create_user(email=email, password=password, date_joined=now)
