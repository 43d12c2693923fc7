from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given as when
from hypothesis import strategies as st

from qa.drawing_skill import DrawingSkill
from qa.models import Skill
from qa.reputation import is_skilled, known_of, record, records_of, repair, skills_of, weight_of, weights
from qa.skill import Record, faded, learn
from tests.qa.conftest import NOW

SCOPE = "labelset:4"
sums = st.floats(0, 1000)


def test_before_any_record_everybody_weighs_the_same(worker, django_assert_num_queries):
    people = [worker("wei"), worker("wanda")]
    with django_assert_num_queries(1):
        found = weights(records=records_of(worker_ids=people, scope=SCOPE, now=NOW))
    assert found == dict.fromkeys(people, weight_of())


@when(sums, sums)
def test_a_weight_is_above_0_and_below_1_and_grows_with_agreement(right, wrong):
    assert 0 < weight_of(right=right, wrong=wrong) < 1
    assert weight_of(right=right + 1, wrong=wrong) > weight_of(right=right, wrong=wrong)
    assert weight_of(right=right, wrong=wrong + 1) < weight_of(right=right, wrong=wrong)


def test_a_few_answers_tell_little_and_many_tell_much():
    assert weight_of(right=0, wrong=1) > weight_of(right=0, wrong=10) > weight_of(right=0, wrong=100)
    assert weight_of(right=80, wrong=20) == pytest.approx(0.64, abs=0.01)


def test_two_average_workers_outvote_a_good_one_and_a_spammer_outvotes_nobody():
    good, average, spammer = weight_of(right=65, wrong=35), weight_of(right=56, wrong=44), weight_of(wrong=100)
    assert 2 * average > good
    assert 100 * spammer < average


def test_records_add_up(worker, django_assert_num_queries):
    wei, wanda = worker("wei"), worker("wanda")
    record(scope=SCOPE, agreements={wei: [1.0, 0.5], wanda: [0.25]}, now=NOW)
    with django_assert_num_queries(1):
        record(scope=SCOPE, agreements={wei: [0.75]}, now=NOW)
    first = learn(record=Record(), right=1.5, wrong=0.5, answers=2, now=NOW)
    second = learn(record=first, right=0.75, wrong=0.25, answers=1, now=NOW)
    of_wei, of_wanda = Skill.objects.order_by("worker")
    assert (of_wei.right, of_wei.wrong, of_wei.answers) == (pytest.approx(second.right), pytest.approx(second.wrong), 3)
    assert (of_wanda.right, of_wanda.wrong, of_wanda.answers) == (0.25, 0.75, 1)
    weight = weight_of(right=second.right, wrong=second.wrong)
    assert weights(records=records_of(worker_ids=[wei], scope=SCOPE, now=NOW)) == {wei: pytest.approx(weight)}


def test_records_of_one_label_set_say_nothing_about_another(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={wei: [0.0] * 9}, now=NOW)
    assert weights(records=records_of(worker_ids=[wei], scope="labelset:5", now=NOW)) == {wei: weight_of()}


def test_lessons_not_recorded_yet_count_as_if_they_were(worker):
    wei, wanda = worker("wei"), worker("wanda")
    record(scope=SCOPE, agreements={wei: [1.0]}, now=NOW)
    records = records_of(worker_ids=[wei, wanda], scope=SCOPE, now=NOW)
    foreseen = weights(records=records, lessons={wei: [0.5], wanda: [0.25, 0.75]})
    record(scope=SCOPE, agreements={wei: [0.5], wanda: [0.25, 0.75]}, now=NOW)
    assert weights(records=records_of(worker_ids=[wei, wanda], scope=SCOPE, now=NOW)) == pytest.approx(foreseen)


def test_many_full_agreements_never_break_the_rule_of_the_table(worker):
    wei = worker("wei")
    for agreement in (1.0, 0.1, 0.7, 1 / 3):
        record(scope=SCOPE, agreements={wei: [agreement] * 1000}, now=NOW)
    skill = Skill.objects.get()
    assert skill.answers == 4000
    # Each thousand leaves a quarter of those before.
    assert skill.right + skill.wrong == pytest.approx(1000 * (1 + 1 / 4 + 1 / 16 + 1 / 64))


@pytest.mark.parametrize("agreement", [-0.1, 1.1, float("nan")])
def test_an_agreement_that_is_none_is_refused_and_nothing_recorded(worker, agreement):
    with pytest.raises(ValueError, match="between 0 and 1"):
        record(scope=SCOPE, agreements={worker("wei"): [1.0], worker("wanda"): [agreement]}, now=NOW)
    assert not Skill.objects.exists()


def test_no_lessons_are_no_statement(worker, django_assert_num_queries):
    people = worker("wei")
    with django_assert_num_queries(0):
        record(scope=SCOPE, agreements={people: []}, now=NOW)


def test_records_fade_in_the_table_as_they_do_on_paper(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={wei: [1.0] * 10}, now=NOW)
    later = NOW + timedelta(days=100)
    first = learn(record=Record(), right=10, wrong=0, answers=10, now=NOW)
    assert records_of(worker_ids=[wei], scope=SCOPE, now=later)[wei][0] < 7
    record(scope=SCOPE, agreements={wei: [0.0] * 5}, now=later)
    expected = learn(record=first, right=0, wrong=5, answers=5, now=later)
    skill = Skill.objects.get()
    assert (skill.right, skill.wrong) == (pytest.approx(expected.right), pytest.approx(expected.wrong))
    assert (skill.answers, skill.seen_at) == (15, later)


def test_labels_are_learnt_beside_the_whole_in_the_same_statement(worker, django_assert_num_queries):
    wei, wanda = worker("wei"), worker("wanda")
    with django_assert_num_queries(1):
        record(
            scope=SCOPE,
            agreements={wanda: [1.0], wei: [0.5]},
            labels={wei: {"can": [1.0] * 50, "bag": [0.0]}, wanda: {"can": []}},
            now=NOW,
        )
    with django_assert_num_queries(1):
        known = skills_of(worker_id=wei, now=NOW)
    assert [(one.label, one.estimate.answers) for one in known] == [("", 1), ("bag", 1), ("can", 50)]
    assert [one.label for one in skills_of(worker_id=wanda, now=NOW, scopes=[SCOPE, "labelset:9"])] == [""]
    # Weights are by the whole alone.
    assert records_of(worker_ids=[wei], scope=SCOPE, now=NOW) == {wei: (0.5, 0.5)}


def test_a_requirement_is_met_by_who_is_surely_good_enough_at_its_label(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={}, labels={wei: {"can": [1.0] * 60, "bag": [1.0] * 2}}, now=NOW)

    def good(label, **changes):
        return is_skilled(worker_id=wei, scope=SCOPE, label=label, at_least=0.9, now=NOW, **changes)

    assert good("can")
    assert not good("can", answers=61)
    assert not good("bag")
    assert not good("bottle")
    assert not is_skilled(worker_id=wei, scope="labelset:5", at_least=0.1, now=NOW)


def test_a_wrong_lesson_is_taken_back_as_if_the_answer_had_been_right(worker, django_assert_num_queries):
    wei, wanda = worker("wei"), worker("wanda")
    record(scope=SCOPE, agreements={wei: [0.9, 0.2], wanda: [0.5]}, now=NOW)
    with django_assert_num_queries(1):
        repair(worker_id=wei, scope=SCOPE, lesson=0.2)
    found = {skill.worker_id: (skill.right, skill.wrong, skill.answers) for skill in Skill.objects.all()}
    assert found == {wei: (pytest.approx(1.9), pytest.approx(0.1), 2), wanda: (0.5, 0.5, 1)}


def test_a_repair_never_makes_more_right_than_there_are_answers(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={wei: [0.9]}, now=NOW)
    repair(worker_id=wei, scope=SCOPE, lesson=0.0)
    repair(worker_id=wei, scope="labelset:5", lesson=0.0)
    skill = Skill.objects.get()
    assert (skill.right, skill.wrong, skill.answers) == (pytest.approx(1.0), 0, 1)


def test_what_a_wrong_verdict_taught_is_taken_back_once_and_for_the_whole_alone(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={wei: [1.0, 0.2]}, labels={wei: {"can": [0.0]}}, now=NOW)
    repair(worker_id=wei, scope=SCOPE, lesson=0.2)
    assert records_of(worker_ids=[wei], scope=SCOPE, now=NOW)[wei] == (pytest.approx(2.0), pytest.approx(0.0))
    assert Skill.objects.get(label="can").right == 0
    repair(worker_id=wei, scope=SCOPE, lesson=0.0)
    assert Skill.objects.get(label="").wrong == pytest.approx(0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        repair(worker_id=wei, scope=SCOPE, lesson=1.5)


def test_how_well_somebody_draws_adds_up_and_fades_with_their_record(worker, django_assert_num_queries):
    wei, wanda = worker("wei"), worker("wanda")
    first, second = DrawingSkill(found=9, overlooked=1, strayed=0.5, drawn=8), DrawingSkill(found=2, invented=1)
    record(scope=SCOPE, agreements={wei: [1.0] * 10, wanda: [1.0]}, drawings={wei: first}, now=NOW)
    later = NOW + timedelta(days=90)
    lessons = {"agreements": {wei: [1.0], wanda: [1.0]}, "labels": {wei: {"can": [1.0]}}}
    with django_assert_num_queries(1):
        record(scope=SCOPE, drawings={wei: second}, now=later, **lessons)
    kept = faded(days=90, answers=1)
    with django_assert_num_queries(1):
        records, skills = known_of(worker_ids=[wei, wanda], scope=SCOPE, now=later)
    assert skills[wei].counts == pytest.approx((first.faded(kept=kept) + second).counts)
    assert set(skills) == {wei}, "of Wanda nothing was drawn"
    assert records[wei][0] == pytest.approx(10 * kept + 1)
    record(scope=SCOPE, agreements={wei: [1.0]}, now=later)
    _, again = known_of(worker_ids=[wei], scope=SCOPE, now=later)
    assert again[wei].counts == pytest.approx(skills[wei].faded(kept=faded(answers=1)).counts)
    assert Skill.objects.get(label="can").drawing is None


@pytest.mark.parametrize("drawing", [[1.0] * 5, [1.0] * 5 + [-1.0], []])
def test_the_table_takes_no_counts_that_are_none(worker, drawing):
    with pytest.raises(IntegrityError, match="skill_drawing_is_counts"), transaction.atomic():
        Skill.objects.create(worker_id=worker("wei"), scope=SCOPE, drawing=drawing)


def test_the_table_keeps_drawing_with_the_record_over_all_labels(worker):
    with pytest.raises(IntegrityError, match="skill_drawing_is_counts"), transaction.atomic():
        Skill.objects.create(worker_id=worker("wei"), scope=SCOPE, label="can", drawing=[1.0] * 6)
