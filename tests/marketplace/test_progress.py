import pytest
from redis import ConnectionError as RedisAway

from marketplace import overview
from marketplace.models import Watch
from marketplace.posting import publish
from marketplace.progress import progress, recount
from marketplace.uploading import add_images
from marketplace.watching import watch
from tests.marketplace.test_settling import CAN, three_answers
from tests.world import picture


def test_a_draft_shows_what_it_would_cost(world):
    found = progress(job=world.job(images=2), now=world.now)

    assert (found.tasks, found.settled, found.spent, found.at_most, found.forecast) == (2, 0, 0, 360_000, 360_000)
    assert found.agreement is None
    assert (found.cost_per_annotation, found.burned) == (None, 0)


def test_figures_follow_the_work(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)

    found = progress(job=job, now=world.now)

    assert (found.tasks, found.settled, found.answers, found.answers_wanted) == (2, 1, 3, 6)
    assert (found.accepted, found.rejected, found.workers) == (2, 1, 3)
    assert (found.spent, found.committed, found.free) == (120_000, 240_000, 0)
    assert found.forecast == 120_000 + 120_000
    assert found.cost_per_annotation == 60_000
    assert found.burned == found.spent / found.at_most > 0
    assert found.share_settled == 0.5
    assert 0 < found.agreement < 1
    assert (found.alpha, found.alpha_images) == (None, 0)
    watch(job_id=job.pk, now=world.now)
    watched = progress(job=job, now=world.now)
    assert (watched.alpha, watched.alpha_images) == (pytest.approx(Watch.objects.get().alpha, abs=1e-4), 1)
    assert (found.answers_saved, found.saved) == (0, 0)


def test_what_adaptive_overlap_saved_is_told(world):
    job = world.published(images=2, overlap={"min": 3, "max": 5})
    for name in ("Wei", "Wanda", "Walt"):
        world.answer(job, getattr(world, name.lower(), None) or world.worker(name), CAN)
    world.settled(job)

    found = progress(job=job, now=world.now)

    assert (found.settled, found.answers_saved, found.saved) == (1, 2, 120_000)
    page = world.browser(world.rita).get(f"/jobs/{job.public_id}/").content.decode()
    assert "$0.12 saved" in page
    assert "did without 2 answers" in page
    told = world.api(world.rita).get(f"/api/v1/jobs/{job.public_id}/kpis/").json()
    assert (told["answers_saved"], told["saved"]) == (2, "0.12")


def test_the_end_is_forecast_from_the_pace_so_far(world):
    job = world.published(images=2)
    three_answers(world, job)

    found = progress(job=job, now=world.now)

    assert (found.forecast_done_at - world.now).total_seconds() == pytest.approx(90)


def test_nothing_is_forecast_from_nothing(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)

    assert progress(job=job, now=world.now).forecast_done_at is None


@pytest.fixture
def large(world, monkeypatch):
    """A job that counts as large, and the names of the bells that ring."""
    monkeypatch.setattr("marketplace.progress.LARGE", 2)
    job, rung = world.published(images=2), []
    monkeypatch.setattr("marketplace.progress.bell.ring", lambda *call: rung.append(call))
    return job, rung


def test_the_figures_of_a_large_job_are_kept_and_counted_anew_in_the_background(world, large):
    job, rung = large
    assert progress(job=job, now=world.now).answers == 0
    counted = world.now
    three_answers(world, job)

    world.later(seconds=60)
    found = [progress(job=job, now=world.now) for _ in range(3)]
    assert {(one.answers, one.counted_at) for one in found} == {(0, counted)}
    assert [call for call in rung if call[0] == "count_progress"] == [("count_progress", job.pk)], "one asker rings"

    recount(job_id=job.pk, now=world.now)
    assert progress(job=job, now=world.now).answers == 3


def test_fresh_figures_are_not_counted_anew(world, large):
    job, rung = large
    progress(job=job, now=world.now)
    progress(job=job, now=world.later(seconds=9))

    assert rung == []


def test_the_page_says_how_old_figures_are(world, large):
    job, _ = large
    assert overview.overview(job=job, now=world.now).figures_age.total_seconds() == 0

    assert overview.overview(job=job, now=world.later(seconds=75)).figures_age.total_seconds() == 75


def test_the_list_of_jobs_shows_the_kept_figures_too(world, large, monkeypatch):
    monkeypatch.setattr("marketplace.overview.LARGE", 2)
    job, _ = large
    small = world.published(images=1)
    progress(job=job, now=world.now)
    three_answers(world, job)

    found = overview.rows(jobs=[small, job], now=world.now)

    assert [(row.job, row.tasks, row.answers, row.at_most) for row in found] == [
        (small, 1, 0, 180_000), (job, 2, 0, 360_000),
    ]  # fmt: skip


def test_without_its_memory_everything_is_counted_at_once(world, large, monkeypatch):
    job, _ = large

    def away(*_, **__):
        raise RedisAway

    for name in ("get", "set", "add", "delete"):
        monkeypatch.setattr(f"marketplace.progress.cache.{name}", away)
    three_answers(world, job)

    assert progress(job=job, now=world.now).answers == 3


def test_a_large_job_is_counted_as_soon_as_its_places_are_made(world, monkeypatch):
    rung = []
    monkeypatch.setattr("marketplace.posting.bell.ring", lambda *call: rung.append(call))
    job = world.published(images=1)

    assert rung[-1] == ("count_progress", job.pk)


def test_whether_a_large_job_is_done_is_not_a_matter_of_kept_figures(world, large):
    job, _ = large
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        for _ in range(2):
            world.answer(job, worker, CAN)
    assert world.settled(job) == 2
    recount(job_id=job.pk, now=world.now)
    assert overview.overview(job=job, now=world.now).done

    add_images(job=job, files=[picture("later.png", shade=77)], now=world.now)
    assert overview.overview(job=job, now=world.now).done, "what is not paid for waits for nobody"
    job = publish(job=job, now=world.now)
    assert not overview.overview(job=job, now=world.now).done


def test_a_small_job_and_one_that_is_gone_have_no_kept_figures(world):
    assert recount(job_id=world.published(images=1).pk, now=world.now) is None
    assert recount(job_id=0, now=world.now) is None
