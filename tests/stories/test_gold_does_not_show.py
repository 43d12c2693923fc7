"""Whatever workers are sent, they cannot tell gold from other images by it."""

import numpy as np
import pytest

from marketplace.auditing import audit
from tests.leak_market import look
from tests.leaks import classified

pytestmark = pytest.mark.django_db


def test_no_classifier_finds_gold_in_what_workers_are_sent():
    seen = look(claims=300, workers=5, known=30, seed=3)

    found = classified(features=seen.features, truth=seen.truth, generator=np.random.default_rng(1))

    assert 15 <= seen.truth.sum() <= 60
    assert found <= 0.65  # by chance it is below that 49 times of 50, for so few
    assert audit() == []
