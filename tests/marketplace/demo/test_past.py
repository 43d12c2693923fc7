from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile

from billing import ledger
from billing.ledger import AccountKind, Posting
from billing.money import MICRO
from billing.wallets import wallet_of
from marketplace import bell, drafting, posting, uploading
from marketplace.demo import folder, past
from marketplace.demo.crowd import GOOD, SPAMMER
from marketplace.demo.past import Hand, Shift
from marketplace.models import Assignment, Task
from tests.world import World

pytestmark = pytest.mark.django_db

DATA = {
    "title": "Shelves",
    "instructions": "Box them.",
    "labels": [{"name": n, "shapes": ["box"]} for n in ("can", "bag")] + [{"name": "promotion", "shapes": ["tag"]}],
    "overlap": {"min": 3, "max": 3},
    "reward": "0.05",
}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def open_job(world, monkeypatch):
    """An open job with three scenes, and their truths by image id."""
    monkeypatch.setattr(bell, "ring", lambda name, *args: None)
    bank, wallet = ledger.platform(AccountKind.STRIPE_PENDING), wallet_of(owner=world.rita)
    ledger.post(postings=[Posting("opening", "x", bank.pk, wallet.pk, 10 * MICRO)], now=world.now)
    job = drafting.create_job(owner=world.rita, draft=drafting.parse_job(DATA), now=world.now)
    pictures = {picture.name: picture for picture in folder.drawn(seed=3, count=3).pictures}
    files = [ContentFile(picture.data, name=name) for name, picture in pictures.items()]
    uploading.add_images(job=job, files=files, now=world.now)
    posting.publish(job=job, now=world.now)
    posting.make_places(job_id=job.pk, now=world.now)
    job.refresh_from_db()
    tasks = Task.objects.filter(job=job).select_related("image")
    return job, {task.image_id: pictures[task.image.name].truth for task in tasks}


def work(world, open_job, hands, hours=12.0, pause=300.0):
    job, truths = open_job
    shift = Shift(world.now, world.now + timedelta(hours=hours), pause)
    labels = folder.Labels(boxes=("can", "bag"), tags=("promotion",))
    rng = np.random.default_rng(1)
    return past.label(job=job, hands=hands, truths=truths, labels=labels, shift=shift, rng=rng)


def people(world, *kinds):
    return [Hand(world.person(f"W{n}", is_worker=True), [kind]) for n, kind in enumerate(kinds)]


def test_people_label_until_nothing_is_left_and_all_of_it_is_settled(world, open_job):
    end = work(world, open_job, people(world, GOOD, GOOD, GOOD, GOOD))
    job, _ = open_job
    assert set(Task.objects.filter(job=job).values_list("state", flat=True)) == {Task.State.SETTLED}
    assert Assignment.objects.filter(job=job).count() == 9
    assert world.now < end < world.now + timedelta(hours=12)


def test_every_time_lies_in_the_shift_and_answers_take_as_long_as_people_would(world, open_job):
    end = work(world, open_job, people(world, GOOD, GOOD, GOOD))
    for assignment in Assignment.objects.all():
        assert world.now < assignment.claimed_at < assignment.submitted_at < assignment.settled_at <= end
        assert 5_000 < assignment.paid_ms < 300_000
        assert assignment.paid_ms <= (assignment.submitted_at - assignment.claimed_at).total_seconds() * 1000


def test_nobody_holds_an_image_when_the_shift_is_over(world, open_job):
    work(world, open_job, people(world, GOOD, GOOD, GOOD), hours=0.4, pause=600)
    states = set(Assignment.objects.values_list("state", flat=True))
    assert not states & {"claimed", "reserved"}
    assert 0 < Assignment.objects.count() < 9


def test_a_person_stops_after_the_most_they_give_and_changes_kind_on_the_way(world, open_job):
    mixed = Hand(world.wei, [GOOD, SPAMMER], most=2)
    work(world, open_job, [mixed, *people(world, GOOD, GOOD)])
    first, second = Assignment.objects.filter(worker=world.wei).order_by("submitted_at")
    assert mixed.given == 2
    assert first.state == "accepted"
    assert second.paid_ms < first.paid_ms
