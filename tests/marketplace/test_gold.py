import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace import gold, posting, uploading
from marketplace.auditing import audit
from marketplace.drafting import delete_draft
from marketplace.errors import Conflict, Refused
from marketplace.models import Job, Place, Task
from qa.models import Gold
from tests.known import TRUE, job_with_gold, work

pytestmark = pytest.mark.django_db

BOX = {"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 20, 20]}]}


def test_an_image_whose_answer_is_given_is_no_longer_labelled_for_its_own_sake(world):
    job = world.job(images=3, policy={"gold_share": 0.1})
    before = posting.quote(job=job)
    found = gold.add_gold(job=job, image="1.png", annotation=BOX, now=world.now)
    after = posting.quote(job=job)
    assert (found.source, found.state, found.body["shapes"][0]["bbox"]) == ("chosen", "active", [10, 10, 20, 20])
    assert (before.images, after.images) == (3, 2)
    assert [line.name for line in after.lines][-1] == "Answers to images you know the answer of"
    assert after.at_most == sum(line.amount for line in after.lines)


@pytest.mark.parametrize(
    ("image", "annotation", "field"),
    [
        ("none.png", BOX, "image"),
        (None, BOX, "image"),
        ("1.png", {"shapes": [{"type": "box", "label": "cat", "bbox": [0, 0, 5, 5]}]}, "annotation.shapes[0].label"),
        ("1.png", None, "annotation"),
    ],
)
def test_what_is_wrong_with_a_known_answer_is_named(world, image, annotation, field):
    job = world.job(images=2)
    with pytest.raises(Refused) as refused:
        gold.add_gold(job=job, image=image, annotation=annotation, now=world.now)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Gold.objects.exists()


def test_one_name_for_two_images_is_not_guessed(world):
    job = world.job(images=2)
    Task.objects.select_related("image").get(job=job, image__name="1.png").image.__class__.objects.update(name="a.png")
    with pytest.raises(Refused) as refused:
        gold.add_gold(job=job, image="a.png", annotation=BOX, now=world.now)
    assert refused.value.problems[0].rule == "ambiguous"


def test_an_image_whose_answers_are_asked_for_waits_until_it_is_settled(world):
    job = world.published(images=2)
    task = Task.objects.filter(job=job).first()
    with pytest.raises(Conflict):
        gold.add_gold(job=job, image=task.pk, annotation=BOX, now=world.now)
    Task.objects.filter(pk=task.pk).update(state="settled")
    gold.add_gold(job=job, image=task.pk, annotation=BOX, now=world.now)
    assert sorted(Task.objects.filter(image=task.image).values_list("state", flat=True)) == ["gold", "settled"]
    with pytest.raises(Conflict):
        gold.add_gold(job=job, image=task.pk, annotation=BOX, now=world.now)


def test_files_are_read_and_a_bad_one_costs_no_good_one(world):
    job = world.job(images=3)
    coco = {
        "categories": [{"id": 1, "name": "can"}, {"id": 2, "name": "cat"}],
        "images": [
            {"id": 1, "file_name": "0.png", "width": 120, "height": 90},
            {"id": 2, "file_name": "x.png", "width": 120, "height": 90},
        ],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]}],
    }
    voc = """<annotation><filename>1.png</filename><size><width>120</width><height>90</height></size><object>
        <name>bag</name><bndbox><xmin>5</xmin><ymin>5</ymin><xmax>25</xmax><ymax>30</ymax></bndbox></object>
        </annotation>"""
    files = [
        SimpleUploadedFile("known.json", json.dumps(coco).encode()),
        SimpleUploadedFile("1.xml", voc.encode()),
        SimpleUploadedFile("bad.json", b"{"),
        SimpleUploadedFile("notes.txt", b"hello"),
    ]
    report = gold.import_files(job=job, files=files, now=world.now)
    assert [(one.image.name, one.source) for one in report.added] == [("0.png", "imported"), ("1.png", "imported")]
    assert [(one.field, one.rule) for one in report.refused] == [
        ("known.json: x.png.image", "unknown"),
        ("bad.json", "json"),
        ("notes.txt", "format"),
    ]


def test_retired_gold_is_handed_out_no_more_and_its_money_goes_to_other_gold(world):
    job = job_with_gold(world, known=3)
    first = gold.golds_of(job=job)[0]
    gold.retire(job=job, gold_id=first.pk, now=world.now)
    open_places = Place.objects.filter(job=job, lane=2, state="open")
    assert not open_places.filter(task__image=first.image).exists()
    posting.make_places(job_id=job.pk, now=world.now)
    assert open_places.count() == job.gold_budget == 60
    assert audit() == []
    with pytest.raises(Conflict):
        gold.retire(job=job, gold_id=first.pk, now=world.now)


def test_gold_cannot_be_removed_as_an_image_but_goes_with_its_draft(world):
    job = world.job(images=2)
    gold.add_gold(job=job, image="1.png", annotation=BOX, now=world.now)
    with pytest.raises(Conflict):
        uploading.remove_image(job=job, task_id=Task.objects.get(job=job, state="gold").pk)
    delete_draft(job=job)
    assert not Job.objects.exists()
    assert not Gold.objects.exists()


def test_gold_of_a_settled_image_is_shown_to_nobody_who_answered_it(world):
    job = job_with_gold(world, images=8, known=0)
    given = work(world, job, world.wei, answers=6)
    Task.objects.filter(pk__in=[one.task_id for one in given]).update(state="settled")
    for one in given:
        gold.add_gold(job=job, image=one.task_id, annotation=TRUE, now=world.now)
    posting.make_places(job_id=job.pk, now=world.now)
    assert Place.objects.filter(job=job, lane=2).exists()
    more = work(world, job, world.wei, answers=9)
    assert {one.task.state for one in more} == {"open"}
