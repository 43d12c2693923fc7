"""The results browser and the page of one image."""

import json
import re

import pytest
from django.urls import reverse

from marketplace.assigning import claim
from marketplace.pages import results
from marketplace.submitting import submit
from marketplace.uploading import prepare_images
from tests.marketplace.test_settling import CAN, ELSEWHERE, three_answers


def drawn(response, key):
    """What the page hands to the viewer."""
    found = re.search(rf'<script id="{key}" type="application/json">(.*?)</script>', response.content.decode())
    assert found, f"no drawing {key}"
    return json.loads(found[1])


@pytest.fixture
def job(world):
    return world.recalled(a_job_at_work)


def a_job_at_work(world):
    """Three images: one settled with a rejection, one with one answer, one untouched."""
    job = world.published(images=3)
    prepare_images(job_id=job.pk)
    three_answers(world, job)
    world.answer(job, world.wei, CAN)
    world.settled(job)
    return job


def grid(world, job, show=""):
    return world.browser(world.rita).get(reverse("job_results", args=[job.public_id]), {"show": show} if show else {})


def page(world, job, task, show="all"):
    address = reverse("task_result", args=[job.public_id, task.pk])
    return world.browser(world.rita).get(address, {"show": show})


def test_each_image_shows_its_consensus_and_how_far_the_answers_agree(world, job):
    response = grid(world, job)

    task = job.tasks.first()
    [layer] = drawn(response, f"tile-{task.pk}")["layers"]
    assert [shape["label"] for shape in layer["shapes"]] == ["can"]
    assert b"agreement" in response.content
    assert b"1 of 3 answers" in response.content


def test_the_filters_count_and_narrow(world, job):
    assert grid(world, job).context["shows"] == [("all", 3), ("settled", 1), ("disputed", 0), ("waiting", 2)]
    assert len(grid(world, job, "settled").context["tiles"]) == 1
    assert len(grid(world, job, "waiting").context["tiles"]) == 2
    assert b"Nothing is disputed" in grid(world, job, "disputed").content
    assert len(grid(world, job, "nonsense").context["tiles"]) == 3


def test_disputed_images_carry_a_badge(world):
    job = world.published(images=1, overlap=2)
    for worker, box in ((world.wei, CAN), (world.wanda, ELSEWHERE)):
        world.answer(job, worker, box)
    world.settled(job)

    assert b'data-state="disputed"' in grid(world, job, "disputed").content
    assert b"differ too much" in page(world, job, job.tasks.get()).content


def test_a_draft_has_no_results_yet(world):
    assert b"No results yet" in grid(world, world.job()).content


def test_the_number_of_statements_does_not_grow_with_the_images(world, django_assert_max_num_queries):
    few, many = world.published(images=2), world.published(images=12)
    for job in (few, many):
        prepare_images(job_id=job.pk)
    browser = world.browser(world.rita)
    for job in (few, many):
        with django_assert_max_num_queries(9):
            assert browser.get(reverse("job_results", args=[job.public_id])).status_code == 200


def test_one_image_shows_the_consensus_with_its_votes_and_each_answer_as_a_layer(world, job):
    response = page(world, job, job.tasks.first())

    consensus, *answers = drawn(response, "viewer-data")["layers"]
    assert (consensus["name"], len(consensus["shapes"])) == ("Consensus", 1)
    assert consensus["shapes"][0]["note"].startswith("2 of 3 votes")
    assert [(layer["name"], layer["hidden"]) for layer in answers] == [
        (worker.pseudonym, True) for worker in (world.wei, world.wanda, answers_of(job, "Walt"))
    ]
    assert b"2 of 3" in response.content


def answers_of(job, name):
    return job.assignments.filter(worker__name=name).first().worker


def test_each_answer_has_its_verdict_beside_it_under_a_pseudonym(world, job):
    response = page(world, job, job.tasks.first())

    rejected = next(panel for panel in response.context["panels"] if panel.given.assignment.state == "rejected")
    assert {status: count for status, _, count in rejected.counts} == {"missed": 1, "extra": 1}
    text = response.content.decode()
    assert rejected.given.verdict.explanation in text
    assert rejected.given.pseudonym in text
    assert not any(person in text for person in ("Walt", "wei@example.org", "wanda@example.org"))


def test_an_image_without_consensus_shows_its_answers_at_once(world, job):
    response = page(world, job, job.tasks.all()[1])

    assert [layer["hidden"] for layer in drawn(response, "viewer-data")["layers"]] == [False]
    assert b"1 of 3 answers are in" in response.content


def test_an_image_nobody_answered_says_so(world, job):
    assert b"Nobody has answered" in page(world, job, job.tasks.all()[2]).content


def test_previous_and_next_stay_within_the_filter(world, job):
    first, second, third = job.tasks.all()

    response = page(world, job, second, "waiting")

    assert (response.context["found"].previous_id, response.context["found"].next_id) == (None, third.pk)
    assert 'rel="next" aria-keyshortcuts="ArrowRight"' in response.content.decode()
    assert f"/results/{third.pk}/?show=waiting" in response.content.decode()
    assert page(world, job, second).context["found"].previous_id == first.pk


def test_what_is_not_ones_own_does_not_exist(world, job):
    other = world.job(owner=world.rosa)
    task = job.tasks.first()
    rita, rosa = world.browser(world.rita), world.browser(world.rosa)

    assert rosa.get(reverse("job_results", args=[job.public_id])).status_code == 404
    assert rosa.get(reverse("task_result", args=[job.public_id, task.pk])).status_code == 404
    assert rita.get(reverse("task_result", args=[job.public_id, other.tasks.first().pk])).status_code == 404
    assert world.browser(world.wei).get(reverse("job_results", args=[job.public_id])).status_code == 403
    assert world.browser(None).get(reverse("job_results", args=[job.public_id])).status_code == 302


def test_a_job_of_tags_alone_shows_tags_with_their_votes_and_speaks_of_no_objects(world):
    labels = [{"name": "day", "shapes": ["tag"]}, {"name": "night", "shapes": ["tag"]}]
    job = world.published(images=1, labels=labels, tag_choice="one")
    prepare_images(job_id=job.pk)
    for name, tag in (("Xia", "day"), ("Yves", "day"), ("Zoe", "night")):
        world.answer_tags(job, world.worker(name), tag)
    world.settled(job)

    assert b"object" not in grid(world, job).content
    assert b"day" in grid(world, job).content
    response = page(world, job, job.tasks.get())
    text = response.content.decode()
    assert drawn(response, "viewer-data")["layers"] == []
    assert "Adopted tags with their votes" in text
    assert "2 of 3" in text


def test_a_very_ragged_mask_does_not_burden_the_list_of_images(world, monkeypatch):
    job = world.published(images=1, overlap=1, labels=[{"name": "sky", "shapes": ["mask"]}])
    prepare_images(job_id=job.pk)
    mask = {"type": "mask", "label": "sky", "mode": "semantic", "segmentation": {"size": [90, 120], "counts": "0`a:"}}
    handout = claim(job=job, worker=world.wei, now=world.now)
    payload = {"shapes": [mask]}
    submit(assignment_id=handout.assignment_id, worker=world.wei, payload=payload, want_next=False, now=world.now)
    world.settled(job)
    task = job.tasks.get()
    for longest, shown in ((4, 1), (3, 0)):
        monkeypatch.setattr(results, "TILE_COUNTS", longest)
        [layer] = drawn(grid(world, job), f"tile-{task.pk}")["layers"]
        assert len(layer["shapes"]) == shown
    [shape] = drawn(page(world, job, task), "viewer-data")["layers"][0]["shapes"]
    assert shape["segmentation"] == mask["segmentation"]
