"""Known answers for practice and exam: given by the requester, prepared like images, never work."""

import pytest
from django.db import connection

from annotation.images import ImageRefused
from annotation.models import Image
from annotation.shapes import AnswerRefused
from marketplace.auditing import audit
from marketplace.drafting import delete_draft, duplicate_job
from marketplace.errors import Conflict, Refused
from marketplace.models import Question, Task
from marketplace.posting import publish
from marketplace.questions import add_question, answer_question, questions_of, remove_question, usable
from marketplace.uploading import UNHEARD_AFTER, add_images, prepare_images, prepare_left
from tests.marketplace.examining import RIGHT, asking, question
from tests.world import picture


def test_a_question_is_prepared_with_the_jobs_images_and_is_no_task(world):
    job = world.job(images=1)
    added = question(world, job, "practice", shade=50)
    prepare_images(job_id=job.pk)

    added.refresh_from_db()
    assert added.image.state == "ready"
    assert added.answer["shapes"][0]["label"] == "can"
    assert Task.objects.filter(job=job).count() == 1


def test_a_question_whose_bell_nobody_heard_is_prepared_by_the_sweeper(world, monkeypatch):
    job = world.job(images=0)
    added = question(world, job, "exam", shade=50)
    Image.objects.update(created_at=world.now)

    prepare_left(now=world.now + UNHEARD_AFTER * 2)

    added.image.refresh_from_db()
    assert added.image.state == "ready"


def test_an_image_is_either_work_or_a_question(world):
    job = world.job(images=1)
    with pytest.raises(ImageRefused) as refused:
        add_question(job=job, kind="exam", file=picture("a.png", shade=0), payload=RIGHT, now=world.now)
    assert refused.value.rule == "is_work"

    question(world, job, "exam", shade=50)
    report = add_images(job=job, files=[picture("b.png", shade=50)], now=world.now)
    assert [file.rule for file in report.refused] == ["is_question"]
    assert not Question.objects.filter(image__in=Task.objects.values("image")).exists()


def test_the_audit_finds_a_question_that_is_work(world):
    job = asking(world, practice=1)
    assert audit() == []
    task = Task.objects.filter(job=job).first()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotation_image SET sha256 = (SELECT sha256 FROM annotation_image WHERE id = %s) WHERE id = %s",
            [task.image_id, Question.objects.get().image_id],
        )

    assert any("is work of the same job" in fault for fault in audit())


def test_a_bad_answer_names_the_shape_and_leaves_no_image_behind(world):
    job = world.job(images=0)
    bad = {"shapes": [{"type": "box", "label": "can", "bbox": [0, 0, 999, 5]}]}
    with pytest.raises(AnswerRefused) as refused:
        add_question(job=job, kind="exam", file=picture("a.png"), payload=bad, now=world.now)

    assert refused.value.problems[0].field == "shapes[0].bbox"
    assert not Image.objects.exists()


def test_there_are_ten_images_to_practise_on_at_most(world):
    job = world.job(images=0)
    for number in range(10):
        question(world, job, "practice", shade=50 + number)

    with pytest.raises(Refused) as refused:
        question(world, job, "practice", shade=60)
    assert refused.value.problems[0].rule == "too_many"
    question(world, job, "exam", shade=61)


def test_a_kind_is_practice_or_exam(world):
    with pytest.raises(Refused) as refused:
        question(world, world.job(images=0), "gold", shade=50)
    assert refused.value.problems[0].field == "kind"


def test_a_question_goes_with_its_draft_and_stays_with_a_published_job(world):
    draft = world.job(images=0)
    one, _ = (question(world, draft, "exam", shade=shade) for shade in (50, 51))
    remove_question(job=draft, question_id=one.pk)
    assert questions_of(job=draft).count() == 1
    delete_draft(job=draft)
    assert not Image.objects.exists()

    job = asking(world, practice=1)
    with pytest.raises(Conflict):
        remove_question(job=job, question_id=Question.objects.get().pk)


def test_a_question_of_another_job_is_not_found(world):
    job, other = world.job(images=0), world.job(images=0)
    added = question(world, job, "exam", shade=50)

    with pytest.raises(Question.DoesNotExist):
        remove_question(job=other, question_id=added.pk)


def test_a_job_is_not_published_with_fewer_questions_than_its_exam_asks(world):
    job = world.job(images=1, requirements={"exam": {"questions": 2}})
    question(world, job, "exam", shade=50)
    question(world, job, "practice", shade=51)
    world.fund(world.rita, "10.00")

    with pytest.raises(Refused) as refused:
        publish(job=job, now=world.now)

    assert refused.value.problems[0].message.startswith("The exam asks 2 questions, and there is 1.")
    question(world, job, "exam", shade=52)
    publish(job=job, now=world.now)


def test_a_closed_job_takes_no_questions(world):
    job = asking(world)
    job.state = "closing"
    job.save()

    with pytest.raises(Conflict):
        question(world, job, "exam", shade=50)


def test_nobody_is_asked_a_question_before_it_has_its_answer(world):
    job = world.job(images=0)
    file = picture("a.png", shade=50)
    added = add_question(job=job, kind="practice", file=file, payload=None, now=world.now)
    assert not usable(job=job, kind="practice").exists()

    answer_question(job=job, question_id=added.pk, payload=RIGHT)

    assert usable(job=job, kind="practice").get().answer["shapes"][0]["label"] == "can"


def test_a_known_answer_changes_in_a_draft_only(world):
    job = world.job(images=0)
    added = question(world, job, "practice", shade=50)
    answer_question(job=job, question_id=added.pk, payload={"empty": True})
    added.refresh_from_db()
    assert added.answer["empty"]
    with pytest.raises(AnswerRefused):
        answer_question(job=job, question_id=added.pk, payload={"shapes": [{"type": "box"}]})

    job = asking(world, practice=1)
    with pytest.raises(Conflict) as refused:
        answer_question(job=job, question_id=questions_of(job=job).get().pk, payload=RIGHT)
    assert refused.value.reason == "job_published"


def test_a_copied_job_has_the_questions_with_their_answers(world):
    job = world.job(images=0)
    for kind, shade in (("practice", 50), ("exam", 60)):
        question(world, job, kind, shade=shade)
    copy = duplicate_job(job=job, now=world.now)
    told = [(each.kind, each.image.name, each.answer) for each in questions_of(job=job)]
    assert [(each.kind, each.image.name, each.answer) for each in questions_of(job=copy)] == told
    assert usable(job=copy, kind="exam").count() == 1
    delete_draft(job=copy)
    assert questions_of(job=job).count() == 2
    assert audit() == []
