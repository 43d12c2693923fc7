"""Who decides an appeal, and what they see of it: neither whose answer it is nor who rejected it."""

import pytest

from marketplace import auditlog, hearing
from marketplace.appealing import ANSWER_REJECTED, TASK_ADJUDICATED, uphold_overdue, waive
from marketplace.auditing import audit
from marketplace.errors import Conflict, Refused
from marketplace.models import Appeal, Assignment
from tests.marketplace.test_appealing import contest


@pytest.fixture
def refused(world):
    return world.rejected()


def queue(person, show="open"):
    return list(hearing.appeals_for(decider=person, show=show))


def decide(world, person, found, **changes):
    words = {"uphold": True, "answer": "It is a bag.", "adopt": False, **changes}
    return hearing.decide(decider=person, appeal_id=found.pk, now=world.later(hours=1), **words)


def test_the_owner_and_every_admin_may_decide_what_the_votes_rejected(world, refused):
    found = contest(world, refused)
    assert [queue(person) for person in (world.rita, world.ada)] == [[found], [found]]
    assert [queue(person) for person in (world.rosa, world.wei, world.wanda, world.sam)] == [[], [], [], []]


def test_never_the_person_who_rejected(world, refused):
    auditlog.record(actor=world.rita, action=ANSWER_REJECTED, subject=refused, now=world.now)
    found = contest(world, refused)
    world.rita.is_staff = True
    world.rita.save()
    assert (queue(world.rita), queue(world.ada)) == ([], [found])
    with pytest.raises(Appeal.DoesNotExist):
        decide(world, world.rita, found)


def test_never_the_admin_who_adjudicated_the_image(world, refused):
    auditlog.record(actor=world.ada, action=TASK_ADJUDICATED, subject=refused.task, now=world.now)
    found, ann = contest(world, refused), world.person("Ann", is_staff=True)
    assert (queue(world.ada), queue(ann), queue(world.rita)) == ([], [found], [])


def test_an_admin_who_owns_the_job_does_not_decide_what_was_addressed_to_admins(world):
    found = contest(world, world.rejected(policy={"adjudicator": "admin"}))
    world.rita.is_staff = True
    world.rita.save()
    assert (queue(world.rita), queue(world.ada)) == ([], [found])


def test_nobody_decides_about_an_image_they_answered_themselves(world, refused):
    found = contest(world, refused)
    witness = Assignment.objects.filter(job=refused.job, state="accepted").first().worker
    witness.is_staff = True
    witness.save()
    assert queue(witness) == []
    world.wei.is_staff = True
    world.wei.save()
    assert queue(world.wei) == []
    with pytest.raises(Appeal.DoesNotExist):
        hearing.case(decider=world.wei, appeal_id=found.pk)


def test_the_most_urgent_comes_first_and_what_is_decided_leaves_the_queue(world, refused):
    first = contest(world, refused)
    world.later(hours=1)
    second, third = contest(world, world.rejected()), world.rejected()
    waive(assignment_id=third.pk, worker=world.wei, now=world.now)
    assert queue(world.ada) == [first, second]
    decide(world, world.rita, first)
    assert (queue(world.ada), queue(world.ada, "decided")) == ([second], [first])
    uphold_overdue(now=world.later(days=8))
    assert (queue(world.ada), queue(world.ada, "decided")) == ([], [second, first])
    assert audit() == []


def test_a_case_shows_the_answer_the_adopted_one_the_rule_and_the_reason(world, refused):
    found = contest(world, refused)
    case = hearing.case(decider=world.ada, appeal_id=found.pk)
    assert case.appeal == found
    assert [shape["label"] for shape in case.body["shapes"]] == ["bag"]
    assert [thing["label"] for thing in case.consensus.body["objects"]] == ["can"]
    assert "agree with each other" in case.rule
    assert "missed the only adopted object" in case.verdict_words
    assert case.evidence["missed"] == [0]


def test_a_decision_says_why(world, refused):
    found = contest(world, refused)
    for answer, rule in (("  ", "required"), ("x" * 1025, "too_long")):
        with pytest.raises(Refused) as said:
            decide(world, world.ada, found, answer=answer)
        assert [(problem.field, problem.rule) for problem in said.value.problems] == [("answer", rule)]
    with pytest.raises(Refused) as said:
        decide(world, world.ada, found, uphold=False, adopt=True)
    assert said.value.problems[0].field == "adopt"
    assert decide(world, world.ada, found, uphold=False).state == "lost"
    with pytest.raises(Conflict):
        decide(world, world.rita, found)


def test_deciding_again_is_refused_and_names_the_outcome(world, refused):
    found = contest(world, refused)
    assert decide(world, world.ada, found, adopt=True).adopted
    with pytest.raises(Conflict, match="upheld already"):
        decide(world, world.rita, found)
