import pytest
from django.db import IntegrityError, transaction

from qa.calibration import LEAST_OUTCOMES
from qa.drawing_worth import Trial
from qa.kept_worth import GROWTH, LEAST_ANSWERS, is_due, learn_worth, trials_seen, worth_of
from qa.models import DrawingWorth

SCOPE = "job:4"
TRIAL = Trial((0.9,), (0.7,), whole=True)


@pytest.mark.django_db
def test_what_claims_are_worth_is_kept_once_enough_is_known(now):
    assert (worth_of(scope=SCOPE), trials_seen(scope=SCOPE)) == (None, 0)
    assert learn_worth(scope=SCOPE, trials=[TRIAL] * (LEAST_OUTCOMES - 1), answers=90, now=now) is None
    assert (worth_of(scope=SCOPE), trials_seen(scope=SCOPE)) == (None, LEAST_OUTCOMES - 1)
    learnt = learn_worth(scope=SCOPE, trials=[TRIAL] * LEAST_OUTCOMES, answers=120, now=now)
    assert worth_of(scope=SCOPE) == learnt
    assert float(learnt.of(0.9)) == pytest.approx(0.7, abs=0.01)
    # Known answers that fell into doubt do not count any more.
    learn_worth(scope=SCOPE, trials=[TRIAL], answers=120, now=now)
    assert worth_of(scope=SCOPE) is None


@pytest.mark.django_db
def test_the_database_keeps_one_a_scope_and_no_nonsense(now):
    learn_worth(scope=SCOPE, trials=[], answers=0, now=now)
    for wrong in ({"scope": SCOPE}, {"scope": ""}, {"scope": "job:5", "outcomes": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DrawingWorth.objects.create(**{"learnt_at": now, **wrong})


def test_a_look_is_due_now_and_then():
    assert not is_due(answers=LEAST_ANSWERS - 1, at_last=0)
    assert is_due(answers=LEAST_ANSWERS, at_last=0)
    assert not is_due(answers=120, at_last=100)
    assert is_due(answers=round(100 * GROWTH), at_last=100)
