"""Images added to a job that is open already: they wait, are paid for by publishing again, and are handed out."""

import pytest

from billing import ledger
from billing.wallets import wallet_of
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict, ShortOfFunds
from marketplace.models import AuditEntry, Job, Task
from marketplace.posting import addition, make_places, pause, publish, quote, waiting
from marketplace.sweeping import sweep
from marketplace.uploading import add_images
from tests.marketplace.test_assigning import together
from tests.marketplace.test_posting import lose_uploads, money
from tests.world import World, picture


def add(world, job, *shades):
    report = add_images(job=job, files=[picture(f"{n}.png", shade=n) for n in shades], now=world.now)
    assert not report.refused
    job.refresh_from_db()
    return report.added


def test_added_images_wait_until_they_are_paid_for(world):
    job = world.published(images=2, overlap=1)
    before = money(job)

    add(world, job, 11, 12, 13)

    assert make_places(job_id=job.pk, now=world.now) == 0
    assert money(job) == before
    assert (quote(job=job).images, addition(job=job).images, waiting(job=job).at_most) == (5, 3, 3 * 60_000)
    assert job.tasks.filter(state="draft").count() == 3


def test_publishing_again_pays_for_them_and_they_are_handed_out(world):
    job = world.published(images=1, overlap={"min": 1, "max": 2})
    world.answer(job, world.wei)
    assert claim(job=job, worker=world.wei, now=world.now) is None
    added = add(world, job, 11)
    wallet, free, _ = money(job)

    publish(job=job, now=world.now)

    assert money(job)[:2] == (wallet - 120_000, free + 120_000)
    assert (job.state, job.funding, job.funded_position) == (Job.State.OPEN, 2, 2)
    assert make_places(job_id=job.pk, now=world.now) == 1
    handout = claim(job=job, worker=world.wei, now=world.now)
    assert handout is not None
    assert added[0].assignments.count() == 1
    assert waiting(job=job) is None
    assert AuditEntry.objects.get(action="job.images_published").after == {
        "state": "open", "held": 120_000, "images": 1,
    }  # fmt: skip
    assert audit() == []


def test_a_paused_job_takes_images_and_stays_paused(world):
    job = world.published(images=1)
    pause(job=job, now=world.now)
    add(world, job, 11)

    publish(job=job, now=world.now)

    assert make_places(job_id=job.pk, now=world.now) == 3
    job.refresh_from_db()
    assert job.state == Job.State.PAUSED


def test_a_job_that_is_still_publishing_takes_images_and_opens_when_all_have_places(world):
    job = world.job(images=1)
    world.fund(world.rita, "10.00")
    publish(job=job, now=world.now)
    add(world, job, 11)
    publish(job=job, now=world.now)

    assert make_places(job_id=job.pk, now=world.now) == 6
    assert money(job)[1:] == (0, 360_000)
    assert job.state == Job.State.OPEN


def test_what_the_wallet_cannot_pay_stays_unpaid(world):
    job = world.published(images=1, funds="0.20")
    add(world, job, 11)

    with pytest.raises(ShortOfFunds) as short:
        publish(job=job, now=world.now)

    assert (short.value.needed, short.value.available) == (180_000, 20_000)
    job.refresh_from_db()
    assert (job.funding, job.funded_position) == (1, 1)
    assert make_places(job_id=job.pk, now=world.now) == 0


def test_with_nothing_to_pay_for_publishing_again_is_refused(world):
    job = world.published(images=1)

    with pytest.raises(Conflict, match="no new images wait"):
        publish(job=job, now=world.now)


def test_an_added_image_that_cannot_be_prepared_is_not_paid_for(world):
    job = world.published(images=1)
    add(world, job, 11)
    lose_uploads()
    make_places(job_id=job.pk, now=world.now)

    assert addition(job=job).images == 0
    with pytest.raises(Conflict, match="no new images wait"):
        publish(job=job, now=world.now)
    later = add(world, job, 12)
    assert later[0].position == 3


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_pay_once():
    world = World()
    job = world.published(images=1)
    add(world, job, 11, 12)
    wallet = money(job)[0]

    results = together(2, lambda _: publish(job=job, now=world.now))

    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [Conflict]
    assert money(job)[0] == wallet - 360_000
    assert audit() == []


def test_the_sweeper_finds_what_rang_no_bell(world):
    job = world.published(images=1)
    add(world, job, 11)
    publish(job=job, now=world.now)

    assert sweep(now=world.now) == []

    assert job.places.count() == 6


def test_closing_drops_what_was_never_paid_for_and_returns_the_rest(world):
    job = world.published(images=1, funds="1.00")
    add(world, job, 11)
    close(job=job, now=world.now)

    assert finish_closing(job_id=job.pk, now=world.now)
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 1_000_000
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}
    with pytest.raises(Conflict, match="closed"):
        publish(job=Job.objects.get(), now=world.now)


def test_the_most_one_worker_may_answer_grows_with_what_is_paid_for(world):
    job = world.job(images=2)
    Job.objects.filter(pk=job.pk).update(share_cap=50)
    world.fund(world.rita, "10.00")
    assert publish(job=job, now=world.now).worker_cap == 3
    make_places(job_id=job.pk, now=world.now)

    add(world, job, 11, 12)

    assert job.worker_cap == 3
    assert publish(job=job, now=world.now).worker_cap == 6
