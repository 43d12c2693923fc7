"""A worker's hands over the API."""

import uuid

import pytest

from annotation.models import Annotation
from marketplace import tokens
from marketplace.models import ApiToken, Assignment, User

BOX = {"type": "box", "label": "can", "bbox": [10, 10, 30, 20]}


def claim(world, job, who=None):
    return world.api(who or world.wei).post(f"/api/v1/jobs/{job.public_id}/claim/")


def act(world, assignment, verb, body=None, who=None, **extra):
    address = f"/api/v1/assignments/{assignment}/{verb}/"
    return world.api(who or world.wei).post(address, body if body is not None else {}, **extra)


def test_a_claim_hands_out_everything_the_workspace_needs(world):
    job = world.published()
    reply = claim(world, job)
    body = reply.json()
    assert reply.status_code == 200
    assert uuid.UUID(body["assignment"])
    assert (body["image"]["width"], body["image"]["height"], body["reward"]) == (120, 90, "0.05")
    assert [(label["name"], label["shapes"]) for label in body["labels"]] == [("can", ["box"]), ("bag", ["box"])]
    assert (body["prelabels"], body["draft"]) == ([], None)
    assert set(body["image"]["sizes"]) == {"320", "1024", "2048", "full"}


def test_claiming_again_gives_the_same_image(world):
    job = world.published()
    assert claim(world, job).json()["assignment"] == claim(world, job).json()["assignment"]


def test_when_nothing_is_left_the_answer_is_204_without_a_body(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wanda, ("can", [1, 1, 20, 20]))
    reply = claim(world, job)
    assert (reply.status_code, reply.content) == (204, b"")


def test_nobody_works_on_their_own_job(world):
    type(world.rita).objects.filter(pk=world.rita.pk).update(is_worker=True)
    reply = claim(world, world.published(), world.rita)
    assert (reply.status_code, reply.json()["reason"]) == (403, "own_job")


def test_a_paused_job_hands_out_nothing(world):
    job = world.published()
    world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/pause/")
    assert claim(world, job).status_code == 409


@pytest.mark.parametrize("verb", ["enrol", "claim"])
def test_a_draft_is_not_found_by_workers(world, verb):
    assert world.api(world.wei).post(f"/api/v1/jobs/{world.job().public_id}/{verb}/").status_code == 404


def test_enrolling_says_where_the_worker_stands(world):
    reply = world.api(world.wei).post(f"/api/v1/jobs/{world.published().public_id}/enrol/")
    assert reply.json() == {"state": "ready", "next": "claim", "reasons": [], "practice": None, "exam": None}


def test_an_answer_is_taken_once_and_the_next_image_comes_with_it(world):
    job = world.published()
    first = claim(world, job).json()["assignment"]
    body = {"annotation": {"shapes": [BOX]}, "next": True}
    replies = [act(world, first, "submit", body).json() for _ in range(2)]
    assert replies[0]["state"] == "submitted"
    assert replies[0]["next"]["assignment"] == replies[1]["next"]["assignment"] != first
    assert replies[0]["ahead"] is None
    assert Annotation.objects.count() == 1


def test_without_next_nothing_more_is_handed_out(world):
    first = claim(world, world.published()).json()["assignment"]
    assert act(world, first, "submit", {"annotation": {"shapes": [BOX]}}).json()["next"] is None
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"annotation": {"shapes": [BOX, {**BOX, "bbox": [100, 80, 50, 50]}]}}, "shapes[1].bbox", "inside_image"),
        ({"annotation": {"shapes": [{**BOX, "label": "cat"}]}}, "shapes[0].label", None),
        ({"annotation": {"shapes": [{**BOX, "type": "star"}]}}, "shapes[0].type", None),
        ({"annotation": "text"}, "annotation", "type"),
        ({"annotation": {"shapes": [BOX], "empty": True}}, "empty", None),
        ({"annotaton": {}}, "annotaton", "unknown_field"),
        ({}, "annotation", "required"),
        ({"annotation": {"shapes": [BOX]}, "next": "yes"}, "next", "boolean"),
    ],
)
def test_a_bad_answer_is_refused_naming_shape_and_rule(world, body, field, rule):
    first = claim(world, world.published()).json()["assignment"]
    reply = act(world, first, "submit", body)
    assert reply.status_code == 400
    fault = reply.json()["errors"][0]
    assert field in (None, fault["field"])
    assert rule in (None, fault["rule"])
    assert not Annotation.objects.exists()


def test_a_draft_comes_back_with_the_image_and_a_stale_one_is_409(world):
    job = world.published()
    first = claim(world, job).json()["assignment"]
    client, address = world.api(world.wei), f"/api/v1/assignments/{first}/draft/"
    assert client.put(address, {"revision": 0, "annotation": {"shapes": [BOX]}}).json() == {"revision": 1}
    assert claim(world, job).json()["draft"] == {"revision": 1, "annotation": {"shapes": [BOX]}}
    stale = client.put(address, {"revision": 0, "annotation": {"shapes": []}})
    assert (stale.status_code, stale.json()["reason"], stale.json()["revision"]) == (409, "stale_draft", 1)


def test_a_first_draft_needs_no_revision_and_cannot_overwrite(world):
    first = claim(world, world.published()).json()["assignment"]
    client, address = world.api(world.wei), f"/api/v1/assignments/{first}/draft/"
    assert client.put(address, {"annotation": {"shapes": [BOX]}}).json() == {"revision": 1}
    assert client.put(address, {"annotation": {"shapes": []}}).status_code == 409


def test_a_lease_can_be_renewed_until_the_image_is_given_back(world):
    job = world.published()
    first = claim(world, job).json()
    assert act(world, first["assignment"], "renew").json()["lease_expires_at"] >= first["lease_expires_at"]
    assert act(world, first["assignment"], "give-back").json()["state"] == "given_back"
    reply = act(world, first["assignment"], "renew")
    assert (reply.status_code, reply.json()["state"]) == (409, "given_back")


def test_a_skipped_image_never_comes_back(world):
    job = world.published(images=1)
    first = claim(world, job).json()["assignment"]
    assert act(world, first, "skip", {"reason": "blurred"}).json() == {"assignment": first, "state": "skipped"}
    assert claim(world, job).status_code == 204
    assert act(world, first, "skip", {"reason": "x" * 201}).status_code == 400


@pytest.mark.parametrize("verb", ["renew", "skip", "give-back", "submit"])
def test_an_assignment_of_somebody_else_is_not_found(world, verb):
    first = claim(world, world.published()).json()["assignment"]
    body = {"annotation": {"shapes": [BOX]}} if verb == "submit" else {}
    assert act(world, first, verb, body, who=world.wanda).status_code == 404
    assert act(world, uuid.uuid4(), verb, body).status_code == 404
    assert Assignment.objects.get().state == "claimed"


def test_two_claims_under_two_keys_and_a_repeat_under_one(world):
    job = world.published()
    address = f"/api/v1/jobs/{job.public_id}/claim/"
    replies = [world.api(world.wei).post(address, HTTP_IDEMPOTENCY_KEY="c") for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert replies[1]["Idempotency-Replayed"] == "true"


def submitted(world, assignment, **more):
    return act(world, assignment, "submit", {"annotation": {"shapes": [BOX]}, "next": True, **more})


def suspend(world):
    User.objects.filter(pk=world.wei.pk).update(is_active=False)


def revoke(world):
    assert tokens.revoke(user=world.wei, token_id=ApiToken.objects.get(user=world.wei).pk)


def let_expire(world):
    token = ApiToken.objects.get(user=world.wei)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at)


def take_role(world):
    User.objects.filter(pk=world.wei.pk).update(is_worker=False)


@pytest.mark.parametrize(("lose", "status"), [(suspend, 401), (revoke, 401), (let_expire, 401), (take_role, 403)])
@pytest.mark.parametrize("annotation", [{"shapes": [BOX]}, {"shapes": 7}], ids=["good", "faulty"])
def test_a_key_used_before_opens_nothing_from_the_moment_it_is_lost(world, lose, status, annotation):
    first = claim(world, world.published(images=3)).json()["assignment"]
    second = submitted(world, first).json()["next"]["assignment"]
    lose(world)

    reply = submitted(world, second, annotation=annotation)

    assert reply.status_code == status
    assert Annotation.objects.count() == 1
    assert Assignment.objects.get(pk=second).state == "claimed"
    # Nor is anything told about what was sent before, or about what is not theirs.
    assert submitted(world, first).status_code == status
    assert submitted(world, uuid.uuid4()).status_code == status


def test_calls_that_are_no_answers_are_refused(world):
    job = world.published(images=3)
    first = claim(world, job).json()["assignment"]
    claim(world, job, world.wanda)

    assert act(world, first, "submit", {"annotation": {}, "nxt": True}).json()["errors"][0]["field"] == "nxt"
    assert act(world, first, "submit", [1]).status_code == 400
    assert act(world, first, "submit", "x" * 2_600_000).status_code == 413
    assert act(world, first, "submit", who=world.wanda, body={"annotation": {"shapes": [BOX]}}).status_code == 404
    address = f"/api/v1/assignments/{first}/submit/"
    assert world.api(world.wei).get(address).status_code == 405
    assert world.api(world.wei).post(address, "<a/>", content_type="application/xml").status_code == 415
    assert submitted(world, first).status_code == 200
