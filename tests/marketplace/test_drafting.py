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
from marketplace.errors import Conflict, Refused
from marketplace.models import Instructions, Job
from tests.world import JOB


def refused(**changes):
    with pytest.raises(Refused) as found:
        parse_job({**JOB, **changes})
    return {(problem.field, problem.rule) for problem in found.value.problems}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": "  "}, ("title", "required")),
        ({"title": "x" * 121}, ("title", "too_long")),
        ({"title": "a\x00b"}, ("title", "no_nul")),
        ({"instructions": ""}, ("instructions", "required")),
        ({"labels": []}, ("labels", "required")),
        ({"reward": "0.0000004"}, ("reward", "decimals")),
        ({"reward": "0"}, ("reward", "minimum")),
        ({"overlap": 0}, ("overlap.min", "range")),
        ({"overlap": {"min": 3, "max": 2}}, ("overlap.max", "at_least_min")),
        ({"overlap": {"min": 3, "mux": 2}}, ("overlap.mux", "unknown_field")),
        ({"overlap": True}, ("overlap.min", "range")),
        ({"policy": {"min_overlap": 1}}, ("policy.min_overlap", "unknown_field")),
        ({"policy": {"match_iou": 7}}, ("policy.match_iou", "range")),
        ({"colour": "red"}, ("colour", "unknown_field")),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(changes, problem):
    assert problem in refused(**changes)


def test_every_wrong_field_is_named_at_once():
    fields = {field for field, _ in refused(title="", labels=[], reward="free", overlap=0)}

    assert {"title", "labels", "reward", "overlap.min"} <= fields


def test_a_draft_reads_back_as_it_was_written(world):
    job = world.job(images=0, overlap={"min": 2, "max": 4}, policy={"match_iou": 0.6})

    data = as_data(job=job)
    again = parse_job(data)

    assert data["reward"] == "0.05"
    assert data["policy"]["match_iou"] == 0.6
    assert (again.min_overlap, again.max_overlap) == (2, 4)
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
