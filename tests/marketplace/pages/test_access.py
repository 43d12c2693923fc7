"""Who may open which page, and who is told why not."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

REQUESTER_PAGES = ["/jobs/", "/jobs/new/", "/jobs/quote/", "/wallet/", "/wallet/deposits/back/"]
WORKER_PAGES = ["/work/", "/work/history/", "/work/earnings/"]
OF_A_JOB = ["job", "job_progress", "job_edit", "job_images", "job_preview"]
CHANGES = [
    "job_duplicate", "job_delete", "job_images", "job_publish", "job_pause", "job_resume", "job_close",
    "job_instructions", "job_preview_next",
]  # fmt: skip


@pytest.mark.parametrize("page", [*REQUESTER_PAGES, *WORKER_PAGES])
def test_strangers_are_asked_to_log_in_and_come_back(client, page):
    assert client.get(page)["Location"] == f"{reverse('account_login')}?next={page}"


@pytest.mark.parametrize(
    ("name", "pages", "role"), [("wei", REQUESTER_PAGES, "requesters"), ("rita", WORKER_PAGES, "workers")]
)
def test_somebody_in_another_role_is_told_how_to_take_this_one_on(world, name, pages, role):
    browser = world.browser(getattr(world, name))
    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 403, page
        assert f"for {role}" in answer.text
        assert reverse("profile") in answer.text


def test_a_part_that_outlives_its_session_reloads_the_whole_page(world, client):
    job = world.job()
    answer = client.get(reverse("job_progress", args=[job.public_id]), HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Refresh"], answer.content) == (200, "true", b"")


@pytest.mark.parametrize("name", OF_A_JOB)
def test_somebody_elses_job_does_not_exist(world, name):
    address = reverse(name, args=[world.job().public_id])
    assert world.browser(world.rita).get(address).status_code == 200
    assert world.browser(world.rosa).get(address).status_code == 404


@pytest.mark.parametrize("name", CHANGES)
def test_somebody_elses_job_cannot_be_changed(world, name):
    job = world.job()
    address = reverse(name, args=[job.public_id])
    assert world.browser(world.rosa).post(address, {"text": "x"}).status_code == 404
    assert world.browser(world.wei).post(address, {"text": "x"}).status_code == 403
    job.refresh_from_db()
    assert (job.state, job.tasks.count()) == ("draft", 2)


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"job_images"}))
def test_looking_changes_nothing(world, name):
    assert world.browser(world.rita).get(reverse(name, args=[world.job().public_id])).status_code == 405
