"""Appeals in the browser's eyes: the worker's form, the decider's queue, and the case without names."""

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.auditing import audit
from marketplace.models import Appeal
from tests.marketplace.test_appealing import WHY, contest

pytestmark = pytest.mark.django_db


@pytest.fixture
def soon(world):
    """Pages live by the real clock."""
    world.now = timezone.now()
    return world


@pytest.fixture
def refused(soon):
    return soon.rejected()


def at(refused):
    return reverse("answer", args=[refused.pk])


def case(found):
    return reverse("appeal", args=[found.pk])


def test_a_rejected_answer_can_be_contested_from_its_page(soon, refused):
    browser = soon.browser(soon.wei)
    page = browser.get(at(refused)).text
    assert "Is this wrong?" in page
    assert "1\xa0week left" in page
    sent = browser.post(f"{at(refused)}appeal/", {"reason": WHY}, follow=True)
    assert "Your appeal is sent" in sent.text
    assert WHY in sent.text
    assert "Is this wrong?" not in sent.text
    assert Appeal.objects.get().reason == WHY


def test_a_reason_too_long_is_told_at_its_field_and_nothing_typed_is_lost(soon, refused):
    typed = "x" * 1030
    page = soon.browser(soon.wei).post(f"{at(refused)}appeal/", {"reason": typed})
    assert page.status_code == 422
    assert "At most 1,024 characters; this has 1,030." in page.text
    assert f">{typed}</textarea>" in page.text


@pytest.mark.parametrize("after_appealing", [False, True])
def test_leaving_it_at_that_is_one_click_and_its_question(soon, refused, after_appealing):
    if after_appealing:
        contest(soon, refused)
    page = soon.browser(soon.wei).post(f"{at(refused)}appeal/", {"waive": "1"}, follow=True).text
    assert "The rejection is final" in page
    assert "You left it at that" in page
    assert audit() == []


def test_a_second_appeal_and_one_of_somebody_else_come_to_nothing(soon, refused):
    contest(soon, refused)
    told = soon.browser(soon.wei).post(f"{at(refused)}appeal/", {"reason": "Again."}, follow=True)
    assert "There was an appeal already" in told.text
    assert soon.browser(soon.wanda).post(f"{at(refused)}appeal/", {"reason": "Mine."}).status_code == 404


def test_the_queue_is_empty_then_shows_what_waits_and_then_what_was_decided(soon, refused):
    browser = soon.browser(soon.rita)
    assert "Nothing waits for you" in browser.get("/appeals/").text
    found = contest(soon, refused)
    listed = browser.get("/appeals/").text
    assert WHY in listed
    assert case(found) in listed
    assert "left</span>" in listed
    sent = browser.post(case(found), {"decision": "reject", "answer": "It is a can."}, follow=True).text
    assert "The rejection stands and is final." in sent
    assert WHY in browser.get("/appeals/?show=decided").text
    assert "It is a can." in browser.get(case(found)).text
    mine = soon.browser(soon.wei).get(at(refused)).text
    assert "Lost." in mine
    assert "It is a can." in mine
    assert audit() == []


def test_a_case_shows_all_but_names(soon, refused):
    page = soon.browser(soon.rita).get(case(contest(soon, refused))).text
    for said in (WHY, "clearly agree with each other", "You missed the only adopted object", "Draw a box around"):
        assert said in page
    people = [row.worker for row in refused.job.assignments.all()]
    assert not [s for who in people for s in (who.pseudonym, who.email, f">{who.name}<") if s in page]
    assert not [row for row in refused.job.assignments.all() if str(row.pk) in page]


def test_upholding_and_adopting_pays_and_says_so_to_the_worker(soon, refused):
    found = contest(soon, refused)
    sent = soon.browser(soon.ada).post(case(found), {"decision": "adopt", "answer": "A bag indeed."}, follow=True)
    assert "Upheld. The answer is paid." in sent.text
    mine = soon.browser(soon.wei).get(at(refused)).text
    for said in (
        "+$0.05",
        "Overturned",
        "A bag indeed.",
        "Your answer is now the one adopted",
        "Your appeal was upheld",
    ):
        assert said in mine
    assert audit() == []


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"answer": "So."}, "decision", "Choose what becomes of the answer."),
        ({"decision": "burn", "answer": "So."}, "decision", "Choose what becomes of the answer."),
        ({"decision": "uphold", "answer": " "}, "answer", "Say why; the worker reads it."),
        ({"decision": "reject", "answer": "x" * 1025}, "answer", "At most 1,024 characters"),
    ],
)
def test_half_a_decision_is_told_at_its_field_and_nothing_is_lost(soon, refused, sent, field, told):
    page = soon.browser(soon.ada).post(case(contest(soon, refused)), sent)
    assert (page.status_code, page.context["at"]) == (422, field)
    assert told in page.text
    assert sent["answer"].strip() in page.text
    assert Appeal.objects.get().state == "open"


def test_a_decision_that_came_second_says_who_was_first(soon, refused):
    found = contest(soon, refused)
    soon.browser(soon.ada).post(case(found), {"decision": "uphold", "answer": "Yes."})
    late = soon.browser(soon.rita).post(case(found), {"decision": "reject", "answer": "No."}, follow=True)
    assert "This appeal is upheld already." in late.text


def test_who_has_no_business_here_is_told_or_finds_nothing(soon, refused, settings):
    found = contest(soon, refused)
    assert soon.browser(soon.wei).get("/appeals/").status_code == 403
    assert soon.browser(soon.rosa).get(case(found)).status_code == 404
    assert soon.browser(soon.rosa).post(case(found), {"decision": "uphold", "answer": "x"}).status_code == 404
    assert soon.browser(None).get("/appeals/").status_code == 302
    settings.MFA_REQUIRED = True
    assert soon.browser(soon.ada).get("/appeals/").status_code == 403
    assert soon.browser(soon.rita).get("/appeals/").status_code == 200
