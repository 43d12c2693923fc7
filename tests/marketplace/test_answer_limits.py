import pytest
from django.core.exceptions import ImproperlyConfigured

from annotation.shapes import AnswerRefused, Limits
from marketplace.answer_limits import answer_limits
from tests.marketplace.test_settling import CAN


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
