"""The page of the quality report."""

import csv
import io

import pytest
from django.urls import reverse

from marketplace.models import Job
from marketplace.reviewing import Said, decide
from tests.marketplace.test_settling import CAN, three_answers

DAYS = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def judged(world):
    return world.recalled(two_jobs)


def two_jobs(world):
    """A job with a rejection, and one where all agree."""
    poor, good = world.published(images=1), world.published(images=1, title="Bottles")
    three_answers(world, poor)
    for name in ("Xia", "Yves", "Zoe"):
        world.answer(good, world.worker(name), CAN)
    world.settled(poor)
    world.settled(good)
    return poor


def page(world, person=None, **query):
    return world.browser(person or world.ada).get(reverse("report_quality"), {**DAYS, **query})


def test_jobs_come_lowest_agreement_first_with_the_whole_above(world, judged):
    response = page(world)

    report, text = response.context["report"], response.content.decode()
    assert [row.title for row in report.jobs] == ["Cans on shelves", "Bottles"]
    assert text.index("Cans on shelves") < text.index("Bottles")
    whole = report.overall
    assert (whole.answers, whole.accepted, whole.rejected, whole.workers) == (6, 5, 1, 6)
    assert whole.cost_per_annotation == 60_000
    assert whole.agreement == pytest.approx(sum(row.agreement * row.answers for row in report.jobs) / 6)


def test_workers_come_lowest_agreement_first(world, judged):
    response = page(world, about="workers")

    assert response.context["page"][0].name == "walt@example.org"
    assert [row.acceptance for row in response.context["page"]] == [0, 1, 1, 1, 1, 1]


def test_rows_lead_into_the_admin_site(world, judged):
    assert f"/admin/marketplace/job/{judged.pk}/change/" in page(world).content.decode()
    assert f"/admin/marketplace/user/{world.wei.pk}/change/" in page(world, about="workers").content.decode()


def test_the_sheet_holds_what_the_page_is_about_and_runs_nothing(world, judged):
    Job.objects.filter(pk=judged.pk).update(title="=SUM(A1)")

    jobs = list(csv.DictReader(io.StringIO(page(world, format="csv").content.decode())))
    workers = list(csv.DictReader(io.StringIO(page(world, format="csv", about="workers").content.decode())))

    assert (jobs[0]["title"], jobs[0]["cost_per_annotation"]) == ("'=SUM(A1)", "0.06")
    assert workers[0]["name"] == "walt@example.org"


def test_without_anything_it_says_so_and_nonsense_days_are_refused(world):
    assert b"Nothing was judged" in page(world).content
    assert page(world, to="31.3.").status_code == 422


def test_it_takes_a_handful_of_statements(world, judged, django_assert_max_num_queries):
    browser = world.browser(world.ada)
    with django_assert_max_num_queries(4):
        browser.get(reverse("report_quality"), DAYS)


def test_only_admins_read_it(world, judged):
    assert page(world, world.rita).status_code == 403
    assert page(world, world.wei).status_code == 403
    assert world.browser(None).get(reverse("report_quality")).status_code == 302


def test_a_job_that_people_judge_says_so_instead_of_an_agreement(world):
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    decide(assignment_id=given.pk, reviewer=world.rita, said=Said("accept"), now=world.now)

    response = page(world)

    assert response.context["report"].overall.agreement is None
    assert b"judged by people" in response.content
