"""What people judge, over the API: the queue, its decisions, what votes could not decide, and who was stopped."""

import pytest

from marketplace import rejecting
from marketplace.auditing import audit
from marketplace.models import Assignment, Decision, Task

CAN = ("can", [10, 10, 40, 30])
ELSEWHERE = ("bag", [80, 60, 20, 20])


@pytest.fixture
def waiting(world):
    """Two images of a job that Rita judges herself, answered by Wei."""
    job = world.published(overlap=1, policy={"judge": "requester"})
    world.given = [world.answer(job, world.wei, CAN) for _ in range(2)]
    world.settled(job)
    return job


@pytest.fixture
def disputed(world):
    job = world.published(images=1, overlap=2)
    world.given = [world.answer(job, world.wei, CAN), world.answer(job, world.wanda, ELSEWHERE)]
    world.settled(job)
    return job


def queue(world, job, **query):
    return world.api(world.rita).get(f"/api/v1/jobs/{job.public_id}/review/", query)


def decide(world, given, person=None, key="", **body):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    client = world.api(person or world.rita)
    return client.post(f"/api/v1/assignments/{given.pk}/decide/", body, format="json", **headers)


def adjudicate(world, task, person=None, **body):
    return world.api(person or world.rita).post(f"/api/v1/tasks/{task.pk}/adjudicate/", body, format="json")


def test_the_queue_shows_each_answer_over_its_image_under_a_pseudonym(world, waiting):
    rows = queue(world, waiting).json()["results"]
    assert [row["assignment"] for row in rows] == [str(given.pk) for given in world.given]
    first = rows[0]
    assert (first["worker"], first["why"], first["returned"]) == (world.wei.pseudonym, "every", False)
    assert first["annotation"]["shapes"][0]["bbox"] == CAN[1]
    assert first["proposal"] is None
    assert first["image"]["url"]
    assert "Wei" not in queue(world, waiting).content.decode()


def test_it_comes_in_pages_and_by_kind(world, waiting):
    page = queue(world, waiting, limit=1).json()
    assert len(page["results"]) == 1
    assert page["next"]
    assert queue(world, waiting, show="sample").json()["results"] == []
    assert queue(world, waiting, show="nonsense").status_code == 400


def test_accept_pays_and_repeats_are_one(world, waiting):
    first = decide(world, world.given[0], key="k", decision="accept")
    again = decide(world, world.given[0], key="k", decision="accept")
    assert (first.status_code, first.json()["state"], first.json()["earned"]) == (200, "accepted", "0.05")
    assert again.json() == first.json()
    assert decide(world, world.given[0], decision="accept").status_code == 409
    assert audit() == []


def test_a_rejection_needs_a_reason_and_words_and_its_worker_reads_them(world, waiting):
    refused = decide(world, world.given[0], decision="reject")
    assert refused.status_code == 400
    assert {error["field"] for error in refused.json()["errors"]} == {"reason", "note"}

    told = decide(world, world.given[0], decision="reject", reason="loose", note="Much too wide.").json()
    assert (told["state"], told["verdict"]["reason"]) == ("rejected", "loose")
    seen = world.api(world.wei).get(f"/api/v1/assignments/{world.given[0].pk}/").json()
    assert seen["verdict"] == {"accepted": False, "agreement": None, "reason": "loose", "explanation": "Much too wide."}
    assert (seen["consensus"], seen["final_at"] is not None) == (None, True)
    assert audit() == []


def test_an_answer_sent_back_comes_with_the_note_at_the_next_claim(world, waiting):
    assert decide(world, world.given[0], decision="return", note="Closer, please.").json()["state"] == "returned"
    listed = world.api(world.wei).get("/api/v1/assignments/?show=waiting").json()["results"]
    assert {row["assignment"]: row["note"] for row in listed}[str(world.given[0].pk)] == "Closer, please."

    handed = world.api(world.wei).post(f"/api/v1/jobs/{waiting.public_id}/claim/").json()
    assert (handed["assignment"], handed["note"]) == (str(world.given[0].pk), "Closer, please.")
    assert handed["draft"]["annotation"]["shapes"][0]["bbox"] == CAN[1]
    better = {"shapes": [{"type": "box", "label": "can", "bbox": [12, 12, 30, 20]}]}
    sent = world.api(world.wei).post(
        f"/api/v1/assignments/{handed['assignment']}/submit/", {"annotation": better, "next": True}, format="json"
    )
    assert (sent.json()["state"], sent.json()["next"]) == ("submitted", None)
    world.settled(waiting)
    rows = queue(world, waiting).json()["results"]
    assert {row["assignment"]: row["returned"] for row in rows}[handed["assignment"]]
    assert decide(world, world.given[0], decision="return", note="Again.").status_code == 409
    assert audit() == []


def test_a_new_image_has_no_note(world):
    job = world.published()
    assert world.api(world.wei).post(f"/api/v1/jobs/{job.public_id}/claim/").json()["note"] is None


def test_a_correction_is_shown_beside_the_answer_it_waits_for(world, waiting):
    right = {"shapes": [{"type": "box", "label": "bag", "bbox": CAN[1]}]}
    assert decide(world, world.given[0], decision="fix", annotation=right).json()["state"] == "submitted"
    row = queue(world, waiting).json()["results"][0]
    assert row["consensus"]["objects"][0]["label"] == "bag"
    assert row["evidence"]["wrong_label"]
    hidden = world.api(world.wei).get(f"/api/v1/assignments/{world.given[0].pk}/").json()
    assert (hidden["verdict"], hidden["consensus"]) == (None, None)
    bad = decide(world, world.given[0], decision="fix", annotation={"shapes": [{"type": "box", "label": "dog"}]})
    assert bad.status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"decision": "burn"}, {"decision": "accept", "pay": 5}, {"decision": "fix", "pick": "x"}]
)
def test_what_makes_no_sense_is_refused(world, waiting, body):
    assert decide(world, world.given[0], **body).status_code == 400
    assert Assignment.objects.filter(state="submitted").count() == 2


def test_a_queue_and_its_answers_are_the_requesters_alone(world, waiting):
    for person, status in ((world.rosa, 404), (world.wei, 403), (world.ada, 403)):
        assert world.api(person).get(f"/api/v1/jobs/{waiting.public_id}/review/").status_code == status
        assert decide(world, world.given[0], person, decision="accept").status_code == status


def test_what_votes_could_not_decide_is_listed_with_every_answer_and_its_worth(world, disputed):
    row = world.api(world.rita).get(f"/api/v1/jobs/{disputed.public_id}/adjudication/").json()["results"][0]
    assert [given["worker"] for given in row["given"]] == [world.wei.pseudonym, world.wanda.pseudonym]
    assert row["disputed"]
    assert row["value"] > 0


def test_a_person_decides_and_the_list_is_empty(world, disputed):
    task = Task.objects.get()
    assert adjudicate(world, task).status_code == 400
    told = adjudicate(world, task, pick=str(world.given[1].pk), as_gold=True)
    assert told.status_code == 200
    assert (told.json()["kind"], told.json()["as_gold"]) == ("adjudication", True)
    assert told.json()["consensus"]["objects"][0]["label"] == "bag"
    assert world.api(world.rita).get(f"/api/v1/jobs/{disputed.public_id}/adjudication/").json()["results"] == []
    own = {"shapes": [], "empty": True}
    assert adjudicate(world, task, annotation=own).json()["revision"] == 3
    both = [str(given.pk) for given in world.given]
    assert adjudicate(world, task, merge=both).json()["revision"] == 4
    assert Decision.objects.filter(current=True).count() == 1
    assert audit() == []


def test_an_admin_decides_where_the_job_says_so_and_its_requester_only_looks(world):
    job = world.published(images=1, overlap=2, policy={"adjudicator": "admin"})
    given = [world.answer(job, world.wei, CAN), world.answer(job, world.wanda, ELSEWHERE)]
    world.settled(job)
    task, address = Task.objects.get(), f"/api/v1/jobs/{job.public_id}/adjudication/"
    assert world.api(world.rita).get(address).status_code == 200
    assert adjudicate(world, task, pick=str(given[0].pk)).status_code == 403
    assert len(world.api(world.ada).get(address).json()["results"]) == 1
    assert adjudicate(world, task, world.ada, pick=str(given[0].pk)).status_code == 200
    assert adjudicate(world, task, world.rosa, pick=str(given[0].pk)).status_code == 404


def test_who_rejects_too_much_is_told_and_an_admin_releases_them(world, waiting, monkeypatch):
    monkeypatch.setattr(rejecting, "A_DAY", 0)
    no = {"decision": "reject", "reason": "other", "note": "No."}
    assert decide(world, world.given[0], **no).status_code == 200
    stopped = decide(world, world.given[1], **no)
    assert (stopped.status_code, stopped.json()["type"]) == (403, "urn:tally:problem:rejections-stopped")

    (stop,) = world.api(world.ada).get("/api/v1/rejection-stops/").json()["results"]
    assert (stop["requester"], stop["rejected"], stop["state"]) == (world.rita.email, 1, "open")
    close = f"/api/v1/rejection-stops/{stop['id']}/close/"
    assert world.api(world.ada).post(close, {"decision": "released", "note": ""}, format="json").status_code == 400
    closed = world.api(world.ada).post(close, {"decision": "released", "note": "In order."}, format="json")
    assert closed.json()["state"] == "released"
    assert world.api(world.ada).post(close, {"decision": "upheld", "note": "No."}, format="json").status_code == 409
    assert world.api(world.ada).get("/api/v1/rejection-stops/").json()["results"] == []
    assert len(world.api(world.ada).get("/api/v1/rejection-stops/?show=all").json()["results"]) == 1
    world.later(minutes=1)
    assert audit() == []
