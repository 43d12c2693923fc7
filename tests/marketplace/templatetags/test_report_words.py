"""How the figures of reports are coloured and said."""

import pytest

from marketplace.templatetags.report_words import answers_words, correct_words, rejected_words, tone, workers_words


@pytest.mark.parametrize(
    ("share", "kind"), [(None, ""), (0, "danger"), (0.49, "danger"), (0.5, "warn"), (0.7, "ok"), (1, "ok")]
)
def test_a_share_of_agreement_has_its_tone(share, kind):
    assert tone(share) == kind


def test_counts_are_said_in_words():
    assert (workers_words(1), workers_words(1200)) == ("by 1 worker", "by 1,200 workers")
    assert rejected_words(3) == "3 rejected"
    assert [answers_words(rate) for rate in (None, 0.8, 1234.4)] == [
        "over accepted work",
        "by 1 answer",
        "by 1,234 answers",
    ]
    assert (correct_words(None), correct_words(65_000)) == ("fees included", "$0.07 a right one")
