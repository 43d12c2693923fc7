import pytest

from marketplace.assigning import claim
from marketplace.errors import Conflict, Refused
from marketplace.leases import expire
from marketplace.models import Assignment, Draft
from marketplace.workdrafts import save_draft

BODY = {"schema": 1, "shapes": [{"type": "box", "label": "can", "bbox": [1, 1, 9, 9]}]}


def test_a_draft_comes_back_with_the_claim(world):
    job = world.published(images=1)
    mine = claim(job=job, worker=world.wei, now=world.now).assignment_id

    first = save_draft(assignment_id=mine, worker=world.wei, body=BODY, revision=0, now=world.now)
    second = save_draft(assignment_id=mine, worker=world.wei, body={**BODY, "tags": []}, revision=first, now=world.now)

    again = claim(job=job, worker=world.wei, now=world.now)
    assert (first, second) == (1, 2)
    assert (again.draft_revision, again.draft_body) == (2, {**BODY, "tags": []})


def test_an_older_window_cannot_write_over_a_newer_draft(world):
    mine = claim(job=world.published(images=1), worker=world.wei, now=world.now).assignment_id
    save_draft(assignment_id=mine, worker=world.wei, body=BODY, revision=0, now=world.now)

    with pytest.raises(Conflict) as stale:
        save_draft(assignment_id=mine, worker=world.wei, body={}, revision=0, now=world.now)

    assert (stale.value.reason, stale.value.extra) == ("stale_draft", {"revision": 1, "annotation": BODY})


def test_the_draft_of_a_lost_lease_is_kept(world):
    mine = claim(job=world.published(images=1), worker=world.wei, now=world.now).assignment_id
    save_draft(assignment_id=mine, worker=world.wei, body=BODY, revision=0, now=world.now)
    expire(now=world.later(hours=1))

    with pytest.raises(Conflict, match="draft is kept"):
        save_draft(assignment_id=mine, worker=world.wei, body={}, revision=1, now=world.now)
    assert Draft.objects.get().body == BODY


def test_a_draft_is_its_workers_alone(world):
    mine = claim(job=world.published(images=1), worker=world.wei, now=world.now).assignment_id

    with pytest.raises(Assignment.DoesNotExist):
        save_draft(assignment_id=mine, worker=world.wanda, body=BODY, revision=0, now=world.now)


def deep(levels):
    body = {}
    for _ in range(levels):
        body = {"a": [body]}
    return body


@pytest.mark.parametrize(
    ("body", "revision", "rule"),
    [
        ({"a": float("inf")}, 0, "finite"),
        (deep(100), 0, "too_deep"),
        ({"a": "x" * 2_000_001}, 0, "too_large"),
        (BODY, 2**31, "range"),
        (BODY, -1, "range"),
    ],
)
def test_a_draft_that_cannot_be_kept_is_refused_with_the_rule(world, body, revision, rule):
    mine = claim(job=world.published(images=1), worker=world.wei, now=world.now).assignment_id

    with pytest.raises(Refused) as refused:
        save_draft(assignment_id=mine, worker=world.wei, body=body, revision=revision, now=world.now)
    assert refused.value.problems[0].rule == rule
    assert not Draft.objects.exists()
