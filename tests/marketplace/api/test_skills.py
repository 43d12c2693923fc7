"""A worker's own skills."""

from django.utils import timezone

from tests.marketplace.test_skills import teach


def test_a_worker_reads_their_own_skill_by_label(world):
    world.now = timezone.now()
    teach(world, world.job(images=0), world.wei, [1.0] * 10, can=[1.0] * 10)
    teach(world, world.job(images=0), world.wanda, [1.0])

    (found,) = world.api(world.wei).get("/api/v1/skills/").json()["results"]

    assert found["name"] == "Cans on shelves"
    assert found["overall"]["answers"] == 10
    (label,) = found["labels"]
    assert (label["name"], label["answers"]) == ("can", 10)
    assert 0.5 < label["at_least"] < label["right"] < 1


def test_skills_are_for_workers(world):
    assert world.api(world.rita).get("/api/v1/skills/").status_code == 403
    assert world.api(world.wei).get("/api/v1/skills/").json() == {"results": []}
