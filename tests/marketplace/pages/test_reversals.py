"""An answer's pay, seen and taken back by an admin."""

import uuid

import pytest
from django.urls import reverse

from billing.models import Clawback
from billing.wallets import earnings_of
from marketplace.assigning import claim
from marketplace.models import Assignment, AuditEntry
from tests.marketplace.flagging import flagged

pytestmark = pytest.mark.django_db
CAN = ("can", [10, 10, 30, 30])


@pytest.fixture
def paid(world):
    job = world.published(images=2, overlap=1, reward="2.00")
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    return given


def page(answer, act="paid_answer"):
    return reverse(act, args=[answer.pk])


def test_from_a_flag_an_admin_finds_the_answer_and_takes_its_pay_back(world, paid):
    browser = world.browser(world.ada)
    evidence = {"answers": 60, "length": 41, "answer": "x", "chance": 0.1, "examples": [str(paid.pk)]}
    flag = flagged(world, paid.job, world.wei, kind="run", evidence=evidence)
    assert page(paid) in browser.get(reverse("report_flag", args=[flag.pk])).text
    assert "Take $2.00 back" in browser.get(page(paid)).text

    wordless = browser.post(page(paid, "answer_reverse"), {"reason": " "})
    assert (wordless.status_code, "Say why" in wordless.text) == (422, True)
    done = browser.post(page(paid, "answer_reverse"), {"reason": "Copied."}, follow=True).text
    for words in ("$2.00 was taken back", "Copied.", "ada@example.org", "$0.40"):
        assert words in done
    assert (earnings_of(worker=world.wei).balance, Clawback.objects.get().decided_by) == (0, world.ada)
    assert AuditEntry.objects.filter(action="assignment.reversed").count() == 1
    again = browser.post(page(paid, "answer_reverse"), {"reason": "Copied."}, follow=True).text
    assert "there is no pay to take back" in again


def test_who_owns_the_job_sees_it_but_leaves_it_to_another_admin(world, paid):
    world.rita.is_staff = True
    world.rita.save()
    browser = world.browser(world.rita)
    assert "another admin decides" in browser.get(page(paid)).text
    assert "no part in this job" in browser.post(page(paid, "answer_reverse"), {"reason": "x"}, follow=True).text
    paid.refresh_from_db()
    assert paid.state == Assignment.State.ACCEPTED


def test_only_for_admins_with_two_step_login_and_answers_handed_in(world, paid, settings):
    browser = world.browser(world.ada)
    held = Assignment.objects.get(pk=claim(job=paid.job, worker=world.wanda, now=world.now).assignment_id)
    assert browser.get(page(held)).status_code == 404
    held.pk = uuid.uuid4()
    assert (
        browser.get(page(held)).status_code == browser.post(page(held, "answer_reverse"), {"reason": "x"}).status_code
    )
    for who in (world.rita, world.wei):
        assert world.browser(who).get(page(paid)).status_code == 403
        assert world.browser(who).post(page(paid, "answer_reverse"), {"reason": "x"}).status_code == 403
    settings.MFA_REQUIRED = True
    assert browser.post(page(paid, "answer_reverse"), {"reason": "x"}).status_code == 403
    paid.refresh_from_db()
    assert paid.state == Assignment.State.ACCEPTED
