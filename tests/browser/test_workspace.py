from __future__ import annotations

import pytest
from playwright.sync_api import expect

CAN, BAG = [20, 15, 30, 25], [70, 40, 30, 30]


@pytest.fixture
def job(world):
    return world.published()


def test_a_draft_survives_a_reload(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.drag(CAN)
    desk.has("can")
    expect(desk.page.get_by_text("Draft saved")).to_be_visible()
    desk.page.reload()
    desk.ready()
    desk.has("can")
