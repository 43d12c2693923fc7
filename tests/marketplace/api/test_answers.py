"""What became of the work: the worker's answers, the requester's results and figures."""

import pytest

from marketplace.models import Task

GOOD = ("can", [10, 10, 40, 30])


@pytest.fixture
def judged(world):
    """One image, three answers, settled: Wei and Wanda agree, Walt drew elsewhere."""
    job = world.published(images=2)
    world.walt = world.worker("Walt")
    world.given = [
        world.answer(job, world.wei, GOOD),
        world.answer(job, world.wanda, GOOD),
        world.answer(job, world.walt, ("can", [80, 60, 20, 20])),
    ]
    assert world.settled(job) == 1
    return job


def test_a_worker_sees_their_answers_with_the_reasons(world, judged):
    rows = world.api(world.walt).get("/api/v1/assignments/?mine=true").json()["results"]
    assert [row["assignment"] for row in rows] == [str(world.given[2].pk)]
    assert (rows[0]["state"], rows[0]["earned"], rows[0]["verdict"]["accepted"]) == ("rejected", "0.00", False)
    assert rows[0]["verdict"]["explanation"]
    assert rows[0]["final_at"]


@pytest.mark.parametrize(("show", "count"), [("all", 1), ("accepted", 1), ("rejected", 0), ("waiting", 0)])
def test_answers_can_be_filtered(world, judged, show, count):
    rows = world.api(world.wei).get(f"/api/v1/assignments/?show={show}").json()["results"]
    assert len(rows) == count


def test_an_unknown_filter_is_refused(world):
    reply = world.api(world.wei).get("/api/v1/assignments/?show=nonsense")
    assert reply.json()["errors"][0]["field"] == "show"


def test_a_judged_answer_is_shown_beside_the_adopted_one(world, judged):
    body = world.api(world.walt).get(f"/api/v1/assignments/{world.given[2].pk}/").json()
    assert body["annotation"]["shapes"][0]["bbox"] == [80, 60, 20, 20]
    assert body["consensus"]["objects"][0]["bbox"] == [10, 10, 40, 30]
    assert "extra" in body["evidence"]


def test_the_adopted_answer_names_no_assignment_of_another_worker(world, judged):
    reply = world.api(world.walt).get(f"/api/v1/assignments/{world.given[2].pk}/").content.decode()
    assert not [given for given in world.given[:2] if str(given.pk) in reply]


def test_an_answer_that_waits_shows_no_consensus(world):
    job = world.published()
    given = world.answer(job, world.wei, GOOD)
    body = world.api(world.wei).get(f"/api/v1/assignments/{given.pk}/").json()
    assert (body["state"], body["consensus"], body["verdict"]) == ("submitted", None, None)


def test_the_answers_of_others_are_not_found(world, judged):
    assert world.api(world.wei).get(f"/api/v1/assignments/{world.given[2].pk}/").status_code == 404


def test_the_figures_add_up(world, judged):
    body = world.api(world.rita).get(f"/api/v1/jobs/{judged.public_id}/kpis/").json()
    assert (body["tasks"], body["settled"], body["accepted"], body["rejected"]) == (2, 1, 2, 1)
    assert (body["spent"], body["committed"], body["free"], body["at_most"]) == ("0.12", "0.24", "0.00", "0.36")
    assert body["cost_per_annotation"] == "0.06"


def test_the_requester_sees_each_consensus_with_its_confidence(world, judged):
    client = world.api(world.rita)
    rows = client.get(f"/api/v1/jobs/{judged.public_id}/consensus/").json()["results"]
    assert [row["state"] for row in rows] == ["settled", "open"]
    assert rows[0]["consensus"]["objects"][0]["label"] == "can"
    assert (rows[1]["consensus"], rows[1]["agreement"]) == (None, None)
    settled = client.get(f"/api/v1/jobs/{judged.public_id}/consensus/?show=settled").json()["results"]
    assert len(settled) == 1


def test_one_task_shows_every_answer_under_a_pseudonym(world, judged):
    task = Task.objects.get(job=judged, state="settled")
    reply = world.api(world.rita).get(f"/api/v1/jobs/{judged.public_id}/consensus/{task.pk}/")
    given = reply.json()["given"]
    assert [answer["worker"] for answer in given] == [w.pseudonym for w in (world.wei, world.wanda, world.walt)]
    assert [answer["state"] for answer in given] == ["accepted", "accepted", "rejected"]
    assert "example.org" not in reply.content.decode()


def test_a_task_of_another_job_is_not_found(world, judged):
    other = Task.objects.filter(job=world.job(owner=world.rosa))[0]
    assert world.api(world.rita).get(f"/api/v1/jobs/{judged.public_id}/consensus/{other.pk}/").status_code == 404
