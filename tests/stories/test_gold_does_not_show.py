"""Whatever workers are sent, they cannot tell gold from other images by it."""

import numpy as np
import pytest

from marketplace.auditing import audit
from tests.leak_market import look
from tests.leaks import classified


@pytest.mark.django_db
def test_no_classifier_finds_gold_in_what_workers_are_sent():
    seen = look(claims=200, workers=4, known=12, seed=3, settle_every=30)

    found = classified(features=seen.features, truth=seen.truth, generator=np.random.default_rng(1))

    assert 8 <= seen.truth.sum() <= 60
    assert found <= 0.7  # by chance it lies above that once in a hundred times, for so few
    assert audit() == []


def test_the_classifier_finds_what_does_show():
    generator = np.random.default_rng(2)
    truth = generator.random(600) < 0.1
    features = generator.normal(size=(600, 40))
    assert classified(features=features, truth=truth, generator=generator) < 0.65
    features[:, 7] += 2.0 * truth  # say, a reply that takes a little longer
    assert classified(features=features, truth=truth, generator=generator) > 0.8
