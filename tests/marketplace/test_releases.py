import hashlib
import json

import pytest
from django.db import DatabaseError, transaction

from marketplace.errors import Conflict
from marketplace.models import Release
from marketplace.releases import file_name, make_release, open_release
from marketplace.reviewing import Said, decide
from tests.marketplace.test_settling import CAN, three_answers
from tests.world import picture


def content(release):
    with open_release(release=release) as file:
        return file.read()


def test_a_release_traces_every_object_to_its_votes_workers_and_cents(world):
    job = world.published(images=2)
    walt = three_answers(world, job)
    world.settled(job)

    release = make_release(job=job, by=world.rita, now=world.now)

    dataset = json.loads(content(release))
    [image], [found] = dataset["images"], dataset["annotations"]
    assert dataset["categories"][0]["name"] == "can"
    assert (found["image_id"], found["category_id"], found["votes_for"], found["votes_of"]) == (image["id"], 1, 2, 3)
    assert image["cost"] == "0.12"
    assert [vote["accepted"] for vote in image["votes"]] == [True, True, False]
    assert image["votes"][2]["worker"] == walt.pseudonym
    assert world.wei.email not in json.dumps(dataset)


def test_pycocotools_loads_it(world, tmp_path):
    from pycocotools.coco import COCO

    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    path = tmp_path / "coco.json"
    path.write_bytes(content(make_release(job=job, by=world.rita, now=world.now)))

    coco = COCO(str(path))

    assert [row["bbox"] for row in coco.loadAnns(coco.getAnnIds())] == [[11, 10.5, 30, 30]]


def test_an_image_carries_the_checksum_of_the_file_its_requester_uploaded(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wei, CAN)
    world.settled(job)

    [image] = json.loads(content(make_release(job=job, by=world.rita, now=world.now)))["images"]

    assert image["sha256"] == hashlib.sha256(picture("0.png", shade=0).read()).hexdigest()


def test_its_checksum_is_of_its_bytes_and_numbers_count_up(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)

    first, second = (make_release(job=job, by=world.rita, now=world.now) for _ in range(2))

    assert hashlib.sha256(content(first)).hexdigest() == first.sha256
    assert (first.number, second.number) == (1, 2)
    assert first.counts == {"images": 1, "objects": 1, "tags": 0, "by_label": {"can": 1}}
    assert file_name(release=second) == f"tally-{job.public_id}-2-coco.json"


def test_a_release_never_changes(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    release = make_release(job=job, by=world.rita, now=world.now)

    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(sha256="0" * 64)


def test_nothing_settled_makes_no_release(world):
    job = world.published(images=1)
    world.answer(job, world.wei, CAN)

    with pytest.raises(Conflict, match="settled yet"):
        make_release(job=job, by=world.rita, now=world.now)


def test_what_a_person_judged_by_itself_is_in_it_without_an_agreement(world):
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    decide(assignment_id=given.pk, reviewer=world.rita, said=Said("accept"), now=world.now)

    release = make_release(job=job, by=world.rita, now=world.now)

    assert release.counts["objects"] == 1
    assert '"agreement":null' in content(release).decode().replace(" ", "")
