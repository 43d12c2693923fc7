"""Rita decides images of masks that votes could not: she picks an answer, merges two, and sends one of her own."""

from __future__ import annotations

import io

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from annotation.geometry.rle import decode, encode
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.models import Assignment, Decision, Job
from marketplace.posting import make_places, publish
from marketplace.submitting import submit
from marketplace.uploading import add_images, prepare_images
from tests.browser.test_an_adjudication import shot

HEIGHT, WIDTH = 360, 480


def street(name: str, *, horizon: int) -> SimpleUploadedFile:
    """A sky, a road and two people, so that whoever looks at the pictures sees what is marked."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (120, 170, 220))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, horizon, WIDTH, HEIGHT], fill=(96, 96, 92))
    for left in (90, 300):
        draw.ellipse([left + 15, 90, left + 45, 120], fill=(214, 170, 140))
        draw.rectangle([left, 120, left + 60, 290], fill=(150, 60, 70))
    content = io.BytesIO()
    image.save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def area(label: str, mode: str, *boxes: tuple[int, int, int, int]) -> dict[str, object]:
    """A mask of these rectangles, each left, top, right, bottom."""
    pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = True
    counts = encode(pixels)
    return {"type": "mask", "label": label, "mode": mode, "segmentation": {"size": [HEIGHT, WIDTH], "counts": counts}}


def parted(horizon: int) -> list[dict[str, object]]:
    return [
        area("sky", "semantic", (0, 0, WIDTH, horizon)),
        area("road", "semantic", (0, horizon, WIDTH, HEIGHT)),
    ]


def person(left: int, top: int = 90) -> dict[str, object]:
    return area("person", "instance", (left, top, left + 60, 290))


ANSWERS = {
    "semantic": [parted(120), parted(200), [area("road", "semantic", (0, 60, WIDTH, HEIGHT))]],
    "instance": [[person(90), person(300)], [person(96)], [person(20), person(150, 150)]],
}


def undecided(world, mode: str) -> Job:
    """Two images on which three workers differ in most of what they mark."""
    names = ("sky", "road") if mode == "semantic" else ("person",)
    labels = [{"name": name, "shapes": ["mask"]} for name in names]
    job = world.job(images=0, labels=labels, overlap=3, policy={"target_confidence": 0.99}, title=f"Streets, {mode}")
    add_images(job=job, files=[street(f"street-{n}.png", horizon=200 + 20 * n) for n in range(2)], now=world.now)
    world.fund(job.owner, "100.00")
    publish(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    prepare_images(job_id=job.pk)
    for number, shapes in enumerate(ANSWERS[mode]):
        worker = world.worker(f"Walt {mode} {number}")
        world.later(seconds=1)
        for _ in range(2):
            handout = claim(job=job, worker=worker, now=world.now)
            payload = {"shapes": shapes}
            submit(assignment_id=handout.assignment_id, worker=worker, payload=payload, want_next=False, now=world.now)
    world.settled(job)
    return job


def adopted(decision: Decision, label: str) -> np.ndarray:
    """The pixels adopted for a label, of all its objects."""
    found = [one for one in decision.consensus.body["objects"] if one["label"] == label]
    masks = [decode(one["segmentation"]["counts"], height=HEIGHT, width=WIDTH) for one in found]
    return np.logical_or.reduce(masks)


@pytest.mark.story
@pytest.mark.parametrize("mode", ["semantic", "instance"])
def test_masks_from_the_queue_to_what_is_adopted(visit, world, mode):
    job = undecided(world, mode)
    page = visit(world.rita, path=f"/jobs/{job.public_id}/undecided/")
    expect(page.locator(".answer-panel")).to_have_count(3)
    expect(page.locator(".answer-panel .line[data-fill=mask]").first).to_be_visible()
    expect(page.get_by_role("link", name="None: draw it")).to_have_count(0)
    shot(page, f"masks-{mode}-1280")
    page.keyboard.press("2")
    shot(page, f"masks-{mode}-chosen-1280")
    page.keyboard.press("a")
    expect(page.get_by_text("The answer you picked is adopted.")).to_be_visible()
    picked = Decision.objects.get(kind="adjudication", task__job=job)
    assert adopted(picked, "sky" if mode == "semantic" else "person").sum() in (200 * WIDTH, 200 * 60)

    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("a")
    expect(page.get_by_text("2 answers are merged and adopted.")).to_be_visible()
    merged = Decision.objects.filter(kind="adjudication", task__job=job).latest("pk")
    assert merged.task_id != picked.task_id
    page.goto(f"/jobs/{job.public_id}/results/{merged.task_id}/")
    expect(page.locator(".line[data-fill=mask]").first).to_be_visible()
    shot(page, f"masks-{mode}-decided-1280")
    assert not Assignment.objects.filter(job=job, state="submitted").exists()

    own = [area("sky", "semantic", (0, 0, WIDTH, 50))] if mode == "semantic" else [person(90)]
    answer = world.api(world.rita).post(
        f"/api/v1/tasks/{merged.task_id}/adjudicate/", {"annotation": {"shapes": own}}, format="json"
    )
    assert answer.status_code == 200, answer.content
    sent = Decision.objects.get(task=merged.task_id, current=True)
    assert adopted(sent, own[0]["label"]).sum() == (50 * WIDTH if mode == "semantic" else 200 * 60)
    assert audit() == []


@pytest.mark.parametrize("mode", ["semantic", "instance"])
def test_undecided_masks_fit_a_phone(visit, world, mode):
    job = undecided(world, mode)
    phone = visit(world.rita, narrow=True, path=f"/jobs/{job.public_id}/undecided/")
    expect(phone.locator(".answer-panel .line[data-fill=mask]").first).to_be_visible()
    width = phone.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 390, f"{width} px wide"
    shot(phone, f"masks-{mode}-390")
