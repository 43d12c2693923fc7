"""Yearly totals: all workers' for admins, one's own for each."""

import pytest
from django.utils import timezone

from marketplace.models import User
from tests.marketplace.test_settling import CAN

pytestmark = pytest.mark.django_db


@pytest.fixture
def earned(world):
    job = world.published(images=1, overlap=1, reward="2.00")
    world.answer(job, world.wei, CAN)
    world.settled(job)


def test_admins_see_each_year_and_take_it_as_a_sheet(world, earned):
    User.objects.filter(pk=world.wei.pk).update(name="=Wei()")
    admin = world.browser(world.ada)
    page = admin.get("/reports/years/", {"year": "2026"})
    assert "wei@example.org" in page.text
    assert page.context["report"].earned == 2_000_000
    sheet = admin.get("/reports/years/", {"year": "2026", "format": "csv"}).text
    assert sheet.splitlines()[1] == f"2026,'=Wei(),wei@example.org,{world.wei.pseudonym},,2.00,0.00"
    assert "Nothing in this year" in admin.get("/reports/years/", {"year": "2019"}).text


@pytest.mark.parametrize("year", ["", "soon", "99999999999999999999", "²⁰²⁶", "-1"])
def test_nonsense_is_this_year(world, year):
    assert world.browser(world.ada).get("/reports/years/", {"year": year}).context["report"].year == timezone.now().year


def test_a_worker_takes_their_own_and_nobody_elses(world, earned):
    assert world.browser(world.wei).get("/work/earnings/years/").text == "year,earned,paid_out\r\n2026,2.00,0.00\r\n"
    assert world.browser(world.wanda).get("/work/earnings/years/").text == "year,earned,paid_out\r\n"
    assert world.browser(world.wei).get("/reports/years/").status_code == 403
