import inspect

import pytest

from marketplace import background

RUNG = (
    "prepare_images",
    "make_places",
    "settle",
    "refit_tags",
    "calibrate",
    "replace_flagged",
    "watch",
    "finish_closing",
)


def test_every_background_task_makes_one_domain_call():
    for name in (*RUNG, "sweep"):
        body = inspect.getsource(getattr(background, name).run).split('"""')[2].strip()
        assert len(body.splitlines()) == 1, name


def test_the_bell_knows_its_tasks_by_these_names():
    assert background.settle.name == "marketplace.background.settle"


@pytest.mark.django_db
@pytest.mark.parametrize("name", RUNG)
def test_a_bell_for_a_job_that_is_gone_is_no_fault(name):
    getattr(background, name).run(0)
