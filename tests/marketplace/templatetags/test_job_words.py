"""Words and figures of a job's page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.models import Label
from billing.models import Dispute
from billing.money import parse_amount
from marketplace.models import Job
from marketplace.templatetags import job_words


def test_every_state_of_a_dispute_has_words_for_who_paid():
    told = {state: job_words.dispute_words(Dispute(state=state, amount=2_000_000)) for state in Dispute.State}
    assert len(set(told.values())) == len(Dispute.State)
    assert told["open"] == "your bank took $2.00 back"


@given(st.integers(1, 10**10))
def test_money_to_type_reads_back_as_the_same_amount(micro):
    assert parse_amount(job_words.plain_money(micro)) == micro


@pytest.mark.parametrize(
    ("micro", "text"), [(None, "–"), (0, "$0.00"), (9_191_489, "$9.19"), (1_234_567_890_000, "$1,234,567.89")]
)
def test_measured_pay_is_written_to_the_cent(micro, text):
    assert job_words.to_cents(micro) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "no image disputed"), (1, "1 image disputed"), (1_200, "1,200 images disputed")]
)
def test_disputes_are_counted_in_words(count, text):
    assert job_words.disputed_words(count) == text


@pytest.mark.parametrize("basis", ["measured", "trial", "unknown"])
def test_every_basis_of_pay_has_words(basis):
    assert job_words.basis_words(basis)


def test_words_come_before():
    assert job_words.add_before("3", "of ") == "of 3"


@pytest.mark.django_db
def test_the_share_bar_tells_answers_apart(world):
    from marketplace.progress import progress

    parts = job_words.work_parts(progress(job=world.published(images=1), now=world.now))
    assert parts == [("accepted", 0, "ok"), ("waiting for others", 0, "warn"), ("rejected", 0, "danger")]


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        (None, ""),
        ({}, ""),
        (
            {"dented": True, "seen": False, "metal": "tin", "rows": 2.0, "age": 1.5},
            "dented, metal tin, rows 2, age 1.5",
        ),
    ],
)
def test_what_was_answered_about_an_object_is_told_in_words_and_what_is_off_is_not(attributes, text):
    assert job_words.answers_words(attributes) == text


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (Label(shapes=["box", "tag"]), "box, tag"),
        (Label(shapes=["polygon"], attributes=[{"name": "flat"}, {"name": "tin"}]), "polygon; asks flat, tin"),
        (Label(shapes=["box", "keypoints"], skeleton={"points": ["nose", "chin"]}), "box, keypoints (2 points)"),
    ],
)
def test_a_label_says_what_it_may_be_given_to_and_what_is_asked_about_it(label, text):
    assert job_words.label_words(label) == text


def test_a_job_says_how_big_an_answer_may_be_where_it_limits_that():
    assert job_words.size_words(Job()) == ""
    assert (
        job_words.size_words(Job(answer_limits={"vertices": 3000, "shapes": 20}))
        == "at most 20 shapes, 3,000 points in all"
    )
