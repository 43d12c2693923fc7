import pytest
from django.core.exceptions import ImproperlyConfigured

from annotation.shapes import AnswerRefused, Limits, parse_taxonomy
from marketplace import sheets
from marketplace.answer_limits import answer_limits, limits_of, parse_limits
from marketplace.assigning import claim
from marketplace.drafting import duplicate_job
from marketplace.errors import Refused
from marketplace.gold import add_gold
from marketplace.models import Job
from marketplace.submitting import submit
from tests.marketplace.test_settling import CAN

BOX = {"type": "box", "label": "can", "bbox": [10, 10, 20, 20]}


@pytest.fixture
def limited(settings):
    """Set the setting, and forget it afterwards."""

    def limit(**limits):
        settings.ANSWER_LIMITS = limits
        answer_limits.cache_clear()

    yield limit
    answer_limits.cache_clear()


def test_without_the_setting_the_usual_limits_hold(limited):
    limited()
    assert answer_limits() == Limits()


@pytest.mark.django_db
def test_a_site_takes_smaller_answers_only(limited, world):
    limited(shapes=1)
    job = world.published(images=1)
    with pytest.raises(AnswerRefused, match="at most 1"):
        world.answer(job, world.wei, CAN, CAN)
    world.answer(job, world.wei, CAN)


@pytest.mark.parametrize("wrong", [{"shape": 1}, {"shapes": 0}, {"vertices": "many"}, {"bytes": True}])
def test_a_setting_that_means_nothing_is_said_so(limited, wrong):
    limited(**wrong)
    with pytest.raises(ImproperlyConfigured, match="ANSWER_LIMITS"):
        answer_limits()


@pytest.mark.django_db
def test_a_job_takes_smaller_answers_only_whoever_handed_the_image_out(limited, world):
    """The process that handed an image out remembers its job; any other reads it anew."""
    job = world.published(images=2, answer_limits={"shapes": 1})
    limited()
    for forget in (False, True):
        handout = claim(job=job, worker=world.wei, now=world.now)
        if forget:
            sheets.forget(assignment_id=handout.assignment_id)
        given = {"worker": world.wei, "assignment_id": handout.assignment_id, "want_next": False, "now": world.now}
        with pytest.raises(AnswerRefused, match="at most 1"):
            submit(payload={"shapes": [BOX, BOX]}, **given)
        submit(payload={"shapes": [BOX]}, **given)
    other = world.published(images=1)
    world.answer(other, world.wei, CAN, CAN)
    assert duplicate_job(job=job, now=world.now).answer_limits == {"shapes": 1}


@pytest.mark.django_db
def test_a_known_answer_is_no_bigger_than_workers_may_give(world):
    job = world.job(images=1, answer_limits={"shapes": 1})
    with pytest.raises(Refused, match="at most 1"):
        add_gold(job=job, image="0.png", annotation={"shapes": [BOX, BOX]}, now=world.now)


def test_a_job_never_raises_what_the_site_allows(limited):
    limited(shapes=5)
    found = limits_of(job=Job(answer_limits={"shapes": 9, "vertices": 100}))
    assert (found.shapes, found.vertices, found.bytes) == (5, 100, Limits().bytes)
    assert limits_of(job=Job()) is answer_limits()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ([], "answer_limits"),
        ({"shape": 1}, "answer_limits.shape"),
        ({"shapes": 2_001}, "answer_limits.shapes"),
        ({"shapes": True}, "answer_limits.shapes"),
        ({"shapes": 4}, "answer_limits.shapes"),
        ({"vertices_per_shape": 3}, "answer_limits.vertices_per_shape"),
        ({"bytes": 10}, "answer_limits.bytes"),
    ],
)
def test_limits_by_which_nobody_could_answer_are_refused(sent, field):
    problems = []
    taxonomy = parse_taxonomy([{"name": "can", "shapes": ["box"]}])
    parse_limits(sent, taxonomy=taxonomy, shapes_paid=5, problems=problems)
    assert [problem.field for problem in problems] == [field]
