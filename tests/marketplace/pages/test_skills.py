"""What a worker's answers show, in plain words."""

import pytest
from django.utils import timezone

from tests.marketplace.test_skills import teach

pytestmark = pytest.mark.django_db


def test_a_worker_reads_how_often_they_were_right(world):
    job = world.job(images=0, title="Cars in the street")
    world.now = timezone.now()
    teach(world, job, world.wei, [0.9] * 40, car=[1.0] * 230 + [0.0] * 10, lorry=[1.0] * 3)

    page = world.browser(world.wei).get("/work/history/skills/").text

    assert "Cars in the street" in page
    assert "You agree with the others by 89 %, over 40 answers." in page
    assert "right 96 of 100 times, from 240 answers" in page
    assert "too early to say, 3 answers" in page
    assert "Cars" not in world.browser(world.wanda).get("/work/history/skills/").text


def test_a_new_worker_is_led_to_the_work(world):
    assert "Nothing known yet" in world.browser(world.wei).get("/work/history/skills/").text
    assert world.browser(world.rita).get("/work/history/skills/").status_code == 403
