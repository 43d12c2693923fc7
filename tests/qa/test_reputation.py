import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.models import Skill
from qa.reputation import record, records_of, repair, weight_of, weights

SCOPE = "labelset:4"
sums = st.floats(0, 1000)


def test_before_any_record_everybody_weighs_the_same(worker, django_assert_num_queries):
    people = [worker("wei"), worker("wanda")]
    with django_assert_num_queries(1):
        found = weights(records=records_of(worker_ids=people, scope=SCOPE))
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
    record(scope=SCOPE, agreements={wei: [1.0, 0.5], wanda: [0.25]})
    with django_assert_num_queries(1):
        record(scope=SCOPE, agreements={wei: [0.75]})
    assert list(Skill.objects.order_by("worker").values_list("worker", "right", "wrong", "answers")) == [
        (wei, 2.25, 0.75, 3),
        (wanda, 0.25, 0.75, 1),
    ]
    assert weights(records=records_of(worker_ids=[wei], scope=SCOPE)) == {wei: weight_of(right=2.25, wrong=0.75)}


def test_records_of_one_label_set_say_nothing_about_another(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={wei: [0.0] * 9})
    assert weights(records=records_of(worker_ids=[wei], scope="labelset:5")) == {wei: weight_of()}


def test_lessons_not_recorded_yet_count_as_if_they_were(worker):
    wei, wanda = worker("wei"), worker("wanda")
    record(scope=SCOPE, agreements={wei: [1.0]})
    records = records_of(worker_ids=[wei, wanda], scope=SCOPE)
    foreseen = weights(records=records, lessons={wei: [0.5], wanda: [0.25, 0.75]})
    record(scope=SCOPE, agreements={wei: [0.5], wanda: [0.25, 0.75]})
    assert weights(records=records_of(worker_ids=[wei, wanda], scope=SCOPE)) == pytest.approx(foreseen)


def test_many_full_agreements_never_break_the_rule_of_the_table(worker):
    wei = worker("wei")
    for agreement in (1.0, 0.1, 0.7, 1 / 3):
        record(scope=SCOPE, agreements={wei: [agreement] * 1000})
    skill = Skill.objects.get()
    assert skill.answers == 4000
    assert skill.right + skill.wrong == pytest.approx(4000)


@pytest.mark.parametrize("agreement", [-0.1, 1.1, float("nan")])
def test_an_agreement_that_is_none_is_refused_and_nothing_recorded(worker, agreement):
    with pytest.raises(ValueError, match="between 0 and 1"):
        record(scope=SCOPE, agreements={worker("wei"): [1.0], worker("wanda"): [agreement]})
    assert not Skill.objects.exists()


def test_no_lessons_are_no_statement(worker, django_assert_num_queries):
    people = worker("wei")
    with django_assert_num_queries(0):
        record(scope=SCOPE, agreements={people: []})


def test_a_wrong_lesson_is_taken_back_as_if_the_answer_had_been_right(worker, django_assert_num_queries):
    wei, wanda = worker("wei"), worker("wanda")
    record(scope=SCOPE, agreements={wei: [0.9, 0.2], wanda: [0.5]})
    with django_assert_num_queries(1):
        repair(worker_id=wei, scope=SCOPE, lesson=0.2)
    found = {skill.worker_id: (skill.right, skill.wrong, skill.answers) for skill in Skill.objects.all()}
    assert found == {wei: (pytest.approx(1.9), pytest.approx(0.1), 2), wanda: (0.5, 0.5, 1)}


def test_a_repair_never_makes_more_right_than_there_are_answers(worker):
    wei = worker("wei")
    record(scope=SCOPE, agreements={wei: [0.9]})
    repair(worker_id=wei, scope=SCOPE, lesson=0.0)
    repair(worker_id=wei, scope="labelset:5", lesson=0.0)
    skill = Skill.objects.get()
    assert (skill.right, skill.wrong, skill.answers) == (pytest.approx(1.0), 0, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        repair(worker_id=wei, scope=SCOPE, lesson=1.5)
