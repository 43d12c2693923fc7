"""All that is kept of a person, as one document, and nothing of anybody else."""

import json
import re

from django.apps import apps

from marketplace import auditlog, inviting, own_data, tokens
from marketplace.assigning import claim
from marketplace.blocking import block
from marketplace.erasing import GOES, STAYS
from marketplace.leases import skip
from marketplace.models import User
from marketplace.reviewing import Said, decide
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN, three_answers

# Every row that points to a person (`marketplace.erasing`): the section it is in.
TOLD = {
    "account.emailaddress.user": "addresses", "mfa.authenticator.user": "second_factors",
    "marketplace.apitoken.user": "api_keys", "marketplace.device.person": "devices",
    "marketplace.user_groups.user": "profile", "annotation.annotation.author": "answers",
    "marketplace.assignment.worker": "answers", "qa.verdict.worker": "answers", "annotation.labelset.owner": "jobs",
    "marketplace.job.owner": "jobs", "marketplace.enrolment.worker": "consents",
    "marketplace.qualification.worker": "exams_passed", "marketplace.appeal.worker": "appeals",
    "marketplace.flag.worker": "flags", "qa.reliability.worker": "skills", "qa.skill.worker": "skills",
    "marketplace.block.requester": "blocks", "marketplace.review.said_by": "reviews",
    "marketplace.rejectionstop.requester": "rejection_stops", "billing.account.owner": "earnings",
    "billing.payoutaccount.worker": "payout_account", "billing.payout.worker": "payouts",
    "billing.deposit.owner": "deposits", "billing.refund.asked_by": "refunds",
    "billing.clawback.worker": "pay_taken_back",
    "billing.adjustment.person": "put_right", "marketplace.bonus.worker": "bonuses",
    "marketplace.bonus.requester": "bonuses", "marketplace.topup.worker": "earnings",
    "marketplace.auditentry.actor": "log",
}  # fmt: skip
LEFT_OUT = {
    "what they did for others is in the log": (
        "marketplace.decision.decided_by", "marketplace.release.made_by", "marketplace.appeal.decided_by",
        "marketplace.appeal.rejected_by", "marketplace.flag.decided_by", "marketplace.rejectionstop.closed_by",
        "billing.adjustment.asked_by", "billing.adjustment.decided_by", "billing.clawback.decided_by",
        "billing.payout.approved_by", "billing.payout.confirmed_by", "billing.payout.marked_by",
        "billing.payout.second_by", "billing.suspenseitem.asked_by", "billing.suspenseitem.decided_by",
        "admin.logentry.user", "marketplace.user_user_permissions.user", "marketplace.knownapart.decided_by",
    ),
    "it would tell what nobody may know": (
        "qa.goldresult.worker", "marketplace.goldsight.worker", "marketplace.block.worker",
    ),
    "it would tell of somebody else": ("marketplace.knownapart.first", "marketplace.knownapart.second"),
    "their own calls, kept for three days": ("marketplace.idempotencyrecord.user",),
}  # fmt: skip


def document(world, person):
    return json.loads("".join(own_data.document(person=person, now=world.now)))


def test_a_worker_finds_answers_verdicts_money_and_appeals(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    contest(world, world.rejected())
    tokens.issue(user=world.wei, name="laptop", now=world.now)
    auditlog.record(actor=world.wei, action="role.taken", subject=world.wei, now=world.now, address="203.0.113.9")
    found = document(world, world.wei)
    assert found["profile"]["email"] == "wei@example.org"
    assert {row["state"] for row in found["answers"]} == {"accepted", "rejected"}
    assert all(row["answer"]["shapes"] and row["verdict"] for row in found["answers"])
    assert [(row["what"], row["amount"]) for row in found["earnings"]] == [("Accepted work", "0.05")]
    assert found["appeals"][0]["state"] == "open"
    assert [row["what"] for row in found["consents"]] == ["role", "job", "job"]
    assert found["api_keys"][0]["name"] == "laptop"
    assert found["log"][0]["address"] == "203.0.113.9"
    assert set(found) == {"profile", "skills", *own_data.SECTIONS}


def test_a_requester_finds_jobs_deposits_and_the_wallet(world):
    job = world.published(images=1, funds="10.00")
    found = document(world, world.rita)
    assert [(row["job"], row["instructions"]) for row in found["jobs"]] == [
        (job.public_id, ["Draw a box around every can and every bag."])
    ]
    assert [row["amount"] for row in found["wallet"]] == ["-0.18", "10.00"]
    assert found["deposits"][0]["payment"] == "pi_1"


def test_nothing_of_others_and_no_number_of_a_task_is_in_it(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    text = "".join(own_data.document(person=world.wei, now=world.now))
    for secret in (world.wanda.email, world.wanda.pseudonym, world.rita.email, "gold", "cursor", "task"):
        assert secret not in text, secret
    assert not re.search(r'"(id|image_id|place|position)"', text)


def test_whoever_has_nothing_gets_an_empty_document(world):
    found = document(world, world.sam)
    assert [name for name, rows in found.items() if rows and name != "profile"] == []


def test_what_was_skipped_came_late_was_refused_and_said_of_others_is_in_it(world):
    job = world.published(images=2, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    said = Said("reject", reason="loose", note="Half of it is shelf.")
    decide(assignment_id=given.pk, reviewer=world.rita, said=said, now=world.now)
    held = claim(job=job, worker=world.wei, now=world.now)
    skip(assignment_id=held.assignment_id, worker=world.wei, reason="Too dark.", now=world.now)
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    inviting.invite(job=job, addresses=[world.wei.email], now=world.now)
    worker, requester = document(world, world.wei), document(world, world.rita)
    assert [row["skip_reason"] for row in worker["skipped"]] == ["Too dark."]
    assert [row["job__public_id"] for row in worker["invitations"]] == [job.public_id]
    assert worker["blocks"] == [], "who blocks one is not told"
    assert [row["worker__pseudonym"] for row in requester["blocks"]] == [world.wei.pseudonym]
    assert [(row["said"], row["note"]) for row in requester["reviews"]] == [("reject", "Half of it is shelf.")]
    assert {"can", "bag"} <= {*requester["jobs"][0]["labels"]}


def test_every_row_that_points_to_a_person_is_in_it_or_is_left_out_for_a_reason():
    """Else a new table would hold what its people never see."""
    assert set(TOLD) | {name for names in LEFT_OUT.values() for name in names} == set(GOES) | {
        name for names in STAYS.values() for name in names
    }
    assert set(TOLD.values()) <= {"profile", "skills", *own_data.SECTIONS}


def test_somebody_decided_about_every_row_that_points_to_a_person():
    """Else a new table would keep what its rows say of people who have left."""
    pointing = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model is User
    }
    decided = set(GOES) | {name for names in STAYS.values() for name in names}
    assert pointing - decided == set(), "say in marketplace.erasing whether it goes with the person or stays, and why"
    assert decided - pointing == set()
