"""Appeals by API: a worker contests, a decider looks again without names."""

import json

import pytest

from billing import ledger
from billing.wallets import earnings_of
from marketplace.auditing import audit


@pytest.fixture
def soon(world):
    """The API lives by the real clock."""
    from django.utils import timezone

    world.now = timezone.now()
    return world


@pytest.fixture
def refused(soon):
    return soon.rejected()


def at(refused):
    return f"/api/v1/assignments/{refused.pk}/appeal/"


def test_from_the_rejection_to_the_pay(soon, refused):
    wei, ada = soon.api(soon.wei), soon.api(soon.ada)
    row = wei.get("/api/v1/assignments/?mine=true").json()["results"][0]
    assert (row["appeal"], row["final_at"] is not None, row["verdict"]["reason"]) == (None, True, "low_agreement")

    told = wei.post(at(refused), {"reason": "It is a bag."})
    assert (told.status_code, told.json()["state"], told.json()["reason"]) == (200, "open", "It is a bag.")
    [waiting] = ada.get("/api/v1/appeals/").json()["results"]
    address = f"/api/v1/appeals/{waiting['id']}/"
    case = ada.get(address).json()
    assert (case["rule"], case["reason"]) == ("low_agreement", "It is a bag.")
    assert (case["annotation"]["shapes"][0]["label"], case["consensus"]["objects"][0]["label"]) == ("bag", "can")

    ended = ada.post(f"{address}decide/", {"uphold": True, "answer": "So it is.", "adopt": True})
    assert (ended.status_code, ended.json()["state"], ended.json()["adopted"]) == (200, "upheld", True)
    mine = wei.get(f"/api/v1/assignments/{refused.pk}/").json()
    assert (mine["state"], mine["earned"], mine["appeal"]["state"]) == ("overturned", "0.05", "upheld")
    assert mine["appeal"]["answer"] == "So it is."
    assert wei.get("/api/v1/assignments/?show=appealed").json()["results"][0]["appeal"]["state"] == "upheld"
    assert ledger.balance(account_id=earnings_of(worker=soon.wei).pk) == 50_000
    assert ada.get("/api/v1/appeals/").json()["results"] == []
    assert [row["id"] for row in ada.get("/api/v1/appeals/?show=decided").json()["results"]] == [waiting["id"]]
    assert audit() == []


def test_a_decider_sees_no_name_and_no_id_that_leads_to_one(soon, refused):
    soon.api(soon.wei).post(at(refused), {"reason": "Look again."})
    client = soon.api(soon.rita)
    listed = client.get("/api/v1/appeals/").json()
    detail = client.get(f"/api/v1/appeals/{listed['results'][0]['id']}/").json()
    people = [soon.wei, *(row.worker for row in refused.job.assignments.exclude(worker=soon.wei))]
    secrets = [secret for person in people for secret in (person.pseudonym, person.email, person.name)]
    secrets += [str(row.pk) for row in refused.job.assignments.all()]
    for said in (json.dumps(listed), json.dumps(detail)):
        assert not [secret for secret in secrets if secret in said]
    assert not any("sources" in thing for thing in detail["consensus"]["objects"])


def test_waiving_needs_no_reason_and_ends_it(soon, refused):
    client = soon.api(soon.wei)
    assert client.post(at(refused), {"waive": True}).json()["state"] == "waived"
    again = client.post(at(refused), {"reason": "After all."})
    assert (again.status_code, again.json()["type"]) == (409, "urn:tally:problem:already-appealed")
    assert audit() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": "x", "waive": True}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 1025}, "reason"),
        ({"reason": "x", "why": "y"}, "why"),
        ({"waive": "perhaps"}, "waive"),
    ],
)
def test_a_body_that_says_nothing_or_too_much_is_refused_by_field(soon, refused, body, field):
    told = soon.api(soon.wei).post(at(refused), body)
    assert (told.status_code, [fault["field"] for fault in told.json()["errors"]]) == (400, [field])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answer": "x"}, "uphold"),
        ({"uphold": True}, "answer"),
        ({"uphold": False, "answer": " "}, "answer"),
        ({"uphold": True, "answer": "x" * 1025}, "answer"),
        ({"uphold": False, "answer": "x", "adopt": True}, "adopt"),
        ({"uphold": True, "answer": "x", "name": "Wei"}, "name"),
    ],
)
def test_a_decision_is_whole(soon, refused, body, field):
    soon.api(soon.wei).post(at(refused), {"reason": "Look again."})
    client = soon.api(soon.ada)
    found = client.get("/api/v1/appeals/").json()["results"][0]["id"]
    told = client.post(f"/api/v1/appeals/{found}/decide/", body)
    assert (told.status_code, [fault["field"] for fault in told.json()["errors"]]) == (400, [field])


def test_the_queue_has_pages(soon):
    for _ in range(3):
        soon.api(soon.wei).post(at(soon.rejected()), {"reason": "Look again."})
    client = soon.api(soon.ada)
    first = client.get("/api/v1/appeals/?limit=2").json()
    second = client.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


def test_an_admin_needs_a_second_factor(soon, refused, settings):
    settings.MFA_REQUIRED = True
    assert soon.api(soon.ada).get("/api/v1/appeals/").status_code == 403
    assert soon.api(soon.rita).get("/api/v1/appeals/").status_code == 200


def test_the_window_is_part_of_the_job(soon):
    client = soon.api(soon.rita)
    body = {
        "title": "Cans",
        "instructions": "Box every can.",
        "labels": [{"name": "can", "shapes": ["box"]}],
        "reward": "0.05",
        "overlap": 3,
        "appeal_days": 14,
        "policy": {"pay_rule": "good_standing", "adjudicator": "admin", "auto_accept_hours": 24},
    }
    made = client.post("/api/v1/jobs/", body).json()
    assert made["appeal_days"] == 14
    assert made["policy"]["pay_rule"] == "good_standing"
    for wrong in (0, 31, "7", True):
        told = client.post("/api/v1/jobs/", {**body, "appeal_days": wrong})
        assert (told.status_code, told.json()["errors"][0]["field"]) == (400, "appeal_days")
