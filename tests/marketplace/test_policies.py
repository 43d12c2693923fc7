import pytest

from marketplace.policies import policy_of, skill_scope

pytestmark = pytest.mark.django_db


def test_a_policy_knows_its_jobs_overlap_and_questions(world):
    labels = [{"name": "day", "shapes": ["tag"]}, {"name": "night", "shapes": ["tag"]}]
    job = world.job(images=0, labels=labels, tag_choice="one", overlap={"min": 2, "max": 4})
    found = policy_of(job=job)
    assert (found.min_overlap, found.max_overlap) == (2, 4)
    assert (found.tags, found.tag_choice) == (("day", "night"), "one")


def test_skill_is_kept_by_label_set(world):
    job = world.job(images=0)
    assert skill_scope(label_set=job.label_set) == f"labelset:{job.label_set_id}"
