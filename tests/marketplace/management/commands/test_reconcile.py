import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.marketplace.test_auditing import FAULTS, plant
from tests.marketplace.test_settling import three_answers


@pytest.fixture
def job(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    return job


def reconcile(**options):
    out = io.StringIO()
    call_command("reconcile", stdout=out, **options)
    return out.getvalue()


def test_it_says_that_all_is_well(job):
    assert "All accounts balance" in reconcile()
    assert json.loads(reconcile(json=True)) == {"faults": []}


def test_it_names_the_fault_and_fails(job):
    plant(FAULTS["accepted means paid"])
    out = io.StringIO()

    with pytest.raises(CommandError, match="found"):
        call_command("reconcile", stdout=out)

    assert "its reward was not paid" in out.getvalue()
