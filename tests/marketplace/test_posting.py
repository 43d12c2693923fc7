import threading

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing import ledger
from billing.wallets import wallet_of
from marketplace import escrow
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.errors import Conflict, Refused, ShortOfFunds
from marketplace.models import Assignment, AuditEntry, Job, Place, Task
from marketplace.posting import make_places, pause, publish, quote, resume
from marketplace.turns import next_positions
from marketplace.uploading import prepare_images
from tests.marketplace.test_assigning import together, wait_for_waiting
from tests.world import World


def lose_uploads():
    """What was uploaded is gone, so that no image can be prepared."""
    for name in default_storage.listdir("quarantine")[1]:
        default_storage.delete(f"quarantine/{name}")


def money(job):
    job.refresh_from_db()
    held = [ledger.balance(account_id=pk) for pk in (job.escrow_free_id, job.escrow_committed_id)]
    return (ledger.balance(account_id=wallet_of(owner=job.owner).pk), *held)


def test_publishing_holds_the_most_the_job_can_cost_before_any_place_exists(world):
    job = world.job(images=2, overlap={"min": 2, "max": 3})
    world.fund(world.rita, "1.00")

    publish(job=job, now=world.now)

    assert money(job) == (1_000_000 - 2 * 3 * 60_000, 360_000, 0)
    assert job.state == Job.State.PUBLISHING
    assert not Place.objects.exists()


def test_places_are_made_for_the_minimum_overlap_and_each_is_paid_for(world):
    job = world.published(images=2, overlap={"min": 2, "max": 3})

    assert money(job)[1:] == (2 * 60_000, 4 * 60_000)
    assert sorted(job.places.values_list("task__position", "ordinal", "held")) == [
        (1, 1, 60_000), (1, 2, 60_000), (2, 1, 60_000), (2, 2, 60_000),
    ]  # fmt: skip
    assert audit() == []


def test_images_are_handed_out_in_blocks_so_that_people_at_work_sit_at_different_ones(world, monkeypatch):
    monkeypatch.setattr("marketplace.posting.BLOCK", 3)
    job = world.published(images=8, overlap=2)

    first, second = [[n, n + 1, n + 2] for n in (1, 4)]
    # The last two are no block: they are finished one by one.
    turns = list(job.places.order_by("position").values_list("task__position", flat=True))
    assert turns == [*first, *first, *second, *second, 7, 7, 8, 8]
    assert list(job.places.order_by("position").values_list("ordinal", flat=True))[:6] == [1, 1, 1, 2, 2, 2]


def test_making_places_again_makes_no_more(world):
    job = world.published(images=2)

    assert make_places(job_id=job.pk, now=world.now) == 0
    assert job.places.count() == 6


def ready_to_make(world, images, **changes):
    """A job that is paid for, whose images are prepared, and which has no places yet."""
    job = world.job(images=images, **changes)
    world.fund(world.rita, "10.00")
    publish(job=job, now=world.now)
    prepare_images(job_id=job.pk)
    return job


def test_places_take_their_turns_in_the_order_of_the_images(world, monkeypatch):
    monkeypatch.setattr("marketplace.posting.CHUNK", 4)
    job = world.published(images=5, overlap={"min": 2, "max": 2})

    turns = job.places.order_by("position").values_list("task__position", "ordinal")

    assert list(turns) == [(image, ordinal) for image in range(1, 6) for ordinal in (1, 2)]


def test_nobody_else_draws_turns_of_the_job_until_a_chunk_is_there_to_be_seen(world):
    world.recalls = False
    job = world.published(images=1)

    with connection.cursor() as cursor:
        held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND granted"
        cursor.execute(f"{held} AND (classid::bigint << 32) + objid::bigint = marketplace_lock(2, %s)", [job.pk])
        assert cursor.fetchone() == (1,)


def test_chunks_that_broke_off_are_finished_later(world, monkeypatch):
    monkeypatch.setattr("marketplace.posting.CHUNK", 6)
    job = ready_to_make(world, 5)
    whole, calls = escrow.commit_places, []

    def break_off_at_the_second(**asked):
        calls.append(asked)
        assert len(calls) < 2, "the power fails"
        return whole(**asked)

    with monkeypatch.context() as patch:
        patch.setattr(escrow, "commit_places", break_off_at_the_second)
        with pytest.raises(AssertionError, match="power"):
            make_places(job_id=job.pk, now=world.now)
    assert (job.places.count(), money(job)[2], job.state) == (6, 6 * 60_000, Job.State.PUBLISHING)

    assert make_places(job_id=job.pk, now=world.now) == 9

    assert money(job)[1:] == (0, 15 * 60_000)
    assert job.state == Job.State.OPEN
    assert audit() == []


def test_who_has_little_time_makes_some_and_the_rest_comes_later(world, monkeypatch):
    monkeypatch.setattr("marketplace.posting.CHUNK", 3)
    job = ready_to_make(world, 4)

    assert make_places(job_id=job.pk, now=world.now, at_most=5) == 6
    assert make_places(job_id=job.pk, now=world.now) == 6
    assert money(job)[1:] == (0, 12 * 60_000)


def test_a_chunk_takes_as_many_statements_for_many_images_as_for_one(world):
    counts = []
    for images in (1, 7):
        job = ready_to_make(world, images)
        with CaptureQueriesContext(connection) as statements:
            make_places(job_id=job.pk, now=world.now)
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_several_who_make_places_at_once_make_each_once(monkeypatch):
    monkeypatch.setattr("marketplace.posting.CHUNK", 6)
    world = World()
    job = ready_to_make(world, 20)

    made = together(3, lambda _: make_places(job_id=job.pk, now=world.now))

    assert sum(made) == 60
    assert money(job)[1:] == (0, 60 * 60_000)
    assert audit() == []


def test_a_wallet_that_is_short_publishes_nothing_and_says_what_is_missing(world):
    job = world.job(images=2)
    world.fund(world.rita, "0.30")

    with pytest.raises(ShortOfFunds) as short:
        publish(job=job, now=world.now)

    assert (short.value.needed, short.value.available) == (360_000, 300_000)
    job.refresh_from_db()
    assert (job.state, job.escrow_free_id) == (Job.State.DRAFT, None)
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 300_000


def test_a_job_without_images_is_not_published(world):
    with pytest.raises(Refused, match="at least one image"):
        publish(job=world.job(images=0), now=world.now)


def test_publishing_twice_is_refused_and_holds_money_once(world):
    job = world.published(images=1)

    with pytest.raises(Conflict, match="already open"):
        publish(job=job, now=world.now)
    assert money(job) == (100_000_000 - 180_000, 0, 180_000)


def test_an_open_place_without_money_is_refused_by_the_database(world):
    place = world.published(images=1).places.first()

    with pytest.raises(IntegrityError, match="place_open_is_paid_for"), transaction.atomic():
        Place.objects.filter(pk=place.pk).update(held=0)


def test_an_image_that_cannot_be_decoded_is_left_out_and_its_money_stays_free(world):
    job = world.job(images=2)
    image = job.tasks.first().image
    world.fund(world.rita, "1.00")

    publish(job=job, now=world.now)
    type(image).objects.filter(pk=image.pk).update(state="failed", failure="cut off")
    make_places(job_id=job.pk, now=world.now)

    assert list(job.tasks.values_list("state", flat=True)) == [Task.State.CANCELLED, Task.State.OPEN]
    assert money(job)[1:] == (180_000, 180_000)


def test_an_image_known_to_be_unusable_is_not_paid_for(world):
    job = world.job(images=2)
    lose_uploads()
    prepare_images(job_id=job.pk)

    assert quote(job=job).images == 0
    with pytest.raises(Refused, match="at least one image"):
        publish(job=job, now=world.now)


def test_a_paused_job_resumes_and_each_step_is_in_the_audit_log(world):
    job = world.published(images=1)

    pause(job=job, now=world.now)
    with pytest.raises(Conflict, match="Only an open job"):
        pause(job=job, now=world.now)
    resume(job=job, now=world.now)

    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "job.published", "job.paused", "job.open",
    ]  # fmt: skip


def test_the_quote_of_a_draft_follows_its_images(world):
    job = world.job(images=3)

    assert quote(job=job).at_most == 9 * 60_000


def test_an_image_somebody_else_still_prepares_gets_its_places_later(world, monkeypatch):
    job = world.job(images=2)
    world.fund(world.rita, "1.00")
    publish(job=job, now=world.now)

    with monkeypatch.context() as patch:
        patch.setattr("marketplace.posting.prepare_images", lambda **_: 0)
        assert make_places(job_id=job.pk, now=world.now) == 0
    job.refresh_from_db()
    assert job.state == Job.State.PUBLISHING

    assert make_places(job_id=job.pk, now=world.now) == 6
    job.refresh_from_db()
    assert job.state == Job.State.OPEN


@pytest.mark.django_db(transaction=True)
def test_pausing_and_settling_never_wait_for_each_other_in_a_circle():
    """Settling holds the job, then draws turns for extra places; pausing puts back what was reserved ahead."""
    world = World()
    job = world.published(images=1)
    claim(job=job, worker=world.wei, now=world.now)
    Assignment.objects.update(state="reserved")

    held = threading.Event()

    def act(n):
        if n:
            with transaction.atomic():
                Job.objects.select_for_update(no_key=True).get(pk=job.pk)
                held.set()
                wait_for_waiting(1)
                return len(next_positions(job_id=job.pk, count=1))
        held.wait(10)
        return pause(job=job, now=world.now).state

    assert together(2, act) == ["paused", 1]
    assert Place.objects.filter(state="taken").count() == 0
