"""Who may work on a job, as its requester sets it."""

import pytest
from django.urls import reverse

from marketplace.closing import close
from marketplace.inviting import invitations_of
from marketplace.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(world):
    return world.browser(world.rita)


def at(name, job, *args):
    return reverse(name, args=[job.public_id, *args])


def test_the_jobs_page_leads_here_as_draft_and_when_open(world, browser):
    for job in (world.job(images=0), world.published(images=1)):
        assert at("job_access", job) in browser.get(at("job", job)).text
        assert "Nobody is invited" in browser.get(at("job_access", job)).text


def test_a_job_is_made_private_and_shows_its_link(world, browser):
    job = world.published(images=1)

    page = browser.post(at("job_visibility", job), {"visibility": "link"}, follow=True).text

    job.refresh_from_db()
    assert f"/work/{job.public_id}/?key={job.invite_key}" in page
    assert "Who may work: everybody with the link" in page
    browser.post(at("job_link", job))
    assert Job.objects.get().invite_key != job.invite_key


def test_a_word_that_is_no_choice_changes_nothing(world, browser):
    job = world.published(images=1)

    assert "Who may work is one of" in browser.post(at("job_visibility", job), {"visibility": "x"}, follow=True).text
    assert "not open by link" in browser.post(at("job_link", job), follow=True).text


def test_many_are_invited_at_once_and_only_bad_lines_stay_to_be_corrected(world, browser):
    job = world.published(images=1, visibility="invited")

    answer = browser.post(at("job_invite", job), {"emails": "wei@example.org\r\n\r\nwanda at home\r\nada@example.org"})

    assert answer.status_code == 422
    assert answer.context["typed"] == "wanda at home"
    assert "“wanda at home” is not an e-mail address." in answer.text
    assert "2 addresses are invited." in answer.text
    assert invitations_of(job=job).count() == 2
    again = browser.post(at("job_invite", job), {"emails": "wei@example.org"}, follow=True)
    assert "One address was on the list already." in again.text


def test_nothing_typed_is_lost_when_there_are_too_many(world, browser):
    job = world.published(images=1)
    many = "\n".join(f"{n}@example.org" for n in range(501))

    answer = browser.post(at("job_invite", job), {"emails": many})

    assert (answer.status_code, answer.context["typed"]) == (422, many)
    assert "At most 500 addresses at once" in answer.text
    assert browser.post(at("job_invite", job), {"emails": " \r\n"}).status_code == 422


def test_an_invitation_is_withdrawn(world, browser):
    job = world.job(images=0)
    assert "when you publish" in browser.post(at("job_invite", job), {"emails": "a@example.org"}, follow=True).text
    row = invitations_of(job=job).get()

    assert "withdrawn" in browser.post(at("job_withdraw", job, row.pk), follow=True).text
    assert browser.post(at("job_withdraw", job, row.pk)).status_code == 404


def test_a_closed_job_is_only_looked_at(world, browser):
    job = close(job=world.published(images=1), now=world.now)

    assert "no longer changes" in browser.get(at("job_access", job)).text
    for name, sent in (("job_visibility", {"visibility": "link"}), ("job_invite", {"emails": "a@example.org"})):
        assert "no longer changes" in browser.post(at(name, job), sent, follow=True).text
    assert not invitations_of(job=job).exists()


def test_another_requesters_job_is_not_found(world):
    job = world.published(images=1)
    browser = world.browser(world.rosa)

    assert browser.get(at("job_access", job)).status_code == 404
    for name in ("job_visibility", "job_link", "job_invite"):
        assert browser.post(at(name, job), {"visibility": "link", "emails": "a@example.org"}).status_code == 404
    job.refresh_from_db()
    assert job.visibility == "public"
