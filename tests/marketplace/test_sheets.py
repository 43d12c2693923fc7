import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import sheets
from marketplace.assigning import claim
from marketplace.models import Assignment
from marketplace.sheets import forget, sheet_of


@pytest.fixture
def handout(world):
    return claim(job=world.published(images=2), worker=world.wei, now=world.now)


def test_the_process_that_handed_it_out_need_not_ask_again(world, handout):
    with CaptureQueriesContext(connection) as seen:
        sheet = sheet_of(assignment_id=handout.assignment_id, worker=world.wei)

    assert not seen.captured_queries
    assert (sheet.image_id, sheet.width, sheet.height) == (handout.image_id, 120, 90)


def test_any_other_reads_the_same_from_the_database(world, handout):
    known = sheet_of(assignment_id=handout.assignment_id, worker=world.wei)
    forget(assignment_id=handout.assignment_id)

    read = sheet_of(assignment_id=handout.assignment_id, worker=world.wei)

    assert read is not known
    assert read == known


def test_a_sheet_is_its_workers_alone(world, handout):
    for _ in range(2):
        with pytest.raises(Assignment.DoesNotExist):
            sheet_of(assignment_id=handout.assignment_id, worker=world.wanda)
        forget(assignment_id=handout.assignment_id)


def test_the_oldest_are_forgotten_first(world, handout, monkeypatch):
    monkeypatch.setattr(sheets, "REMEMBERED", 1)
    monkeypatch.setattr(sheets, "_known", {})
    job = handout.job
    first, second = (claim(job=job, worker=world.worker(name), now=world.now) for name in ("Walt", "Wim"))

    assert first.assignment_id not in sheets._known
    assert second.assignment_id in sheets._known
