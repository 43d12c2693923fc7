"""The workspace for a person's own answer."""

import json
import re

from django.urls import reverse

from marketplace.models import Assignment, Task
from marketplace.pages.drawing import can_draw
from marketplace.uploading import prepare_images

CAN, BAG = ("can", [10, 10, 30, 30]), ("bag", [70, 50, 20, 20])


def config(response):
    found = re.search(
        r'<script id="workspace-config" type="application/json">(.*?)</script>', response.content.decode()
    )
    return json.loads(found[1])


def given_to(world, **changes):
    job = world.published(images=1, **changes)
    prepare_images(job_id=job.pk)
    for worker, box in zip((world.wei, world.wanda), (CAN, BAG), strict=False):
        if job.max_overlap > 1 or worker is world.wei:
            world.answer(job, worker, box)
    world.settled(job)
    return job


def test_an_undecided_image_begins_with_what_is_adopted_and_is_decided_over_the_api(world):
    job = given_to(world, overlap=2)
    task = Task.objects.get()
    address = reverse("task_draw", args=[job.public_id, task.pk])
    found = config(world.browser(world.rita).get(address))
    assert (found["mode"], found["first"]["reward"], found["decision"]) == ("decide", None, {})
    assert found["urls"]["decide"] == reverse("api:task-adjudicate", args=[task.pk])
    assert found["first"]["draft"]["annotation"]["shapes"] == []
    assert [world.browser(who).get(address).status_code for who in (world.rosa, world.wei)] == [404, 403]


def test_an_answer_that_waits_is_corrected_beginning_with_itself(world):
    job = given_to(world, overlap=1, policy={"judge": "requester"})
    answer = Assignment.objects.get()
    address = reverse("review_draw", args=[job.public_id, answer.pk])
    found = config(world.browser(world.rita).get(address))
    assert found["decision"] == {"decision": "fix"}
    assert found["first"]["draft"]["annotation"]["shapes"][0]["bbox"] == CAN[1]
    assert found["urls"]["exit"].endswith(f"?answer={answer.pk}")
    assert world.browser(world.rosa).get(address).status_code == 404
    other = world.published(images=1)
    assert world.browser(world.rita).get(reverse("review_draw", args=[other.public_id, answer.pk])).status_code == 404


def test_what_can_be_drawn_is_offered(world):
    assert can_draw(world.job())
    job = given_to(world, overlap=2)
    page = reverse("task_undecided", args=[job.public_id, Task.objects.get(job=job).pk])
    assert b"None: draw it" in world.browser(world.rita).get(page).content
