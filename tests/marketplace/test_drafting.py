import pytest

from annotation.models import Image
from marketplace.drafting import (
    as_data,
    create_job,
    delete_draft,
    duplicate_job,
    edit_job,
    instructions_of,
    parse_job,
    revise_instructions,
)
from marketplace.errors import Conflict
from marketplace.models import Instructions, Job
from marketplace.terms import Limits
from tests.world import JOB


def test_a_draft_reads_back_as_it_was_written(world):
    job = world.job(images=0, overlap={"min": 2, "max": 4}, policy={"match_iou": 0.6}, limits={"share_percent": 20})

    data = as_data(job=job)
    again = parse_job(data)

    assert data["reward"] == "0.05"
    assert data["policy"]["match_iou"] == 0.6
    assert (again.min_overlap, again.max_overlap) == (2, 4)
    assert again.limits == Limits(None, 20)
    assert [label.name for label in again.taxonomy.labels] == ["can", "bag"]


def test_instructions_are_versioned_and_only_a_change_makes_a_new_version(world):
    job = world.job(images=0)

    revise_instructions(job=job, text="Only cans.", now=world.later(days=1))
    revise_instructions(job=job, text="Only cans.", now=world.later(days=1))

    assert [(row.version, row.text) for row in job.instructions.order_by("version")] == [
        (1, JOB["instructions"]),
        (2, "Only cans."),
    ]


def test_a_draft_can_be_edited_and_a_published_job_cannot(world):
    draft = parse_job({**JOB, "title": "Bags only", "labels": [{"name": "bag", "shapes": ["box"]}]})
    job = edit_job(job=world.job(images=1), draft=draft, now=world.now)

    assert job.title == "Bags only"
    assert [label.name for label in job.label_set.labels.all()] == ["bag"]
    with pytest.raises(Conflict, match="published"):
        edit_job(job=world.published(images=1), draft=draft, now=world.now)


def test_editing_the_labels_of_a_copy_leaves_the_original_alone(world):
    job = world.job(images=0)
    copy = duplicate_job(job=job, now=world.now)

    edit_job(job=copy, draft=parse_job({**JOB, "labels": [{"name": "tin", "shapes": ["box"]}]}), now=world.now)

    job.refresh_from_db()
    assert [label.name for label in job.label_set.labels.all()] == ["can", "bag"]


def test_a_copy_has_the_terms_but_neither_the_images_nor_the_money(world):
    job = world.published(images=2)

    copy = duplicate_job(job=job, now=world.now)

    assert (copy.state, copy.copied_from, copy.tasks.count(), copy.escrow_free) == (Job.State.DRAFT, job, 0, None)
    assert {**as_data(job=copy), "title": ""} == {**as_data(job=job), "title": ""}


def test_a_copy_of_a_private_job_is_as_private_and_has_a_link_of_its_own(world):
    job = world.job(images=0, visibility="link", limits={"answers_per_day": 5, "share_percent": 10})

    copy = duplicate_job(job=job, now=world.now)

    assert (copy.visibility, copy.daily_cap, copy.share_cap) == ("link", 5, 10)
    assert copy.invite_key
    assert copy.invite_key != job.invite_key


def test_a_draft_that_is_made_private_by_editing_it_gets_a_link_and_keeps_it(world):
    job = world.job(images=0)
    draft = parse_job({**JOB, "visibility": "link"})

    first = edit_job(job=job, draft=draft, now=world.now).invite_key

    assert first
    assert edit_job(job=job, draft=draft, now=world.now).invite_key == first


def test_a_draft_can_be_deleted_and_a_published_job_cannot(world):
    job = world.job(images=2)
    delete_draft(job=job)

    assert not Job.objects.exists()
    assert not Instructions.objects.exists()
    assert not Image.objects.exists()
    with pytest.raises(Conflict):
        delete_draft(job=world.published(images=1))


def test_instructions_in_force_are_the_latest(world):
    job = create_job(owner=world.rita, draft=parse_job(JOB), now=world.now)

    assert instructions_of(job=job).version == 1
