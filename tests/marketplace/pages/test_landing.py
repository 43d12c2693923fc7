"""The front door: an explanation for strangers, the shortest way to work for everybody else."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_stranger_reads_what_tally_does_and_what_an_image_costs(client):
    page = client.get("/")
    assert page.status_code == 200
    assert reverse("account_signup") in page.text
    assert "$0.18" in page.text  # three answers at $0.05 and a fifth of it as the fee


def test_the_example_follows_the_platforms_own_fee(client, settings):
    settings.PLATFORM_FEE_BPS = 1000
    assert "$0.165" in client.get("/").text


@pytest.mark.parametrize(
    ("name", "page"), [("rita", "jobs"), ("wei", "work"), ("ada", "report_quality"), ("sam", "profile")]
)
def test_whoever_is_logged_in_goes_where_their_work_is(world, name, page):
    answer = world.browser(getattr(world, name)).get("/")
    assert (answer.status_code, answer["Location"]) == (302, reverse(page))


def test_who_posts_and_works_starts_at_their_jobs(world):
    both = world.person("Bo", is_requester=True, is_worker=True, is_staff=True)
    assert world.browser(both).get("/")["Location"] == reverse("jobs")


def test_the_front_door_takes_no_posts(client):
    assert client.post("/").status_code == 405
