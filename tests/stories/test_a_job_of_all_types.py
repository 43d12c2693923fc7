"""A job of all five types of label with attributes, from posting over the API to the dataset that others load."""

import json

import pytest
from django.urls import reverse
from pycocotools.coco import COCO

from annotation.formats.coco_reading import read_coco
from annotation.label_sets import taxonomy_of
from marketplace.auditing import audit
from marketplace.models import Job
from marketplace.posting import make_places
from marketplace.uploading import prepare_images
from tests.all_types import BODY, shapes
from tests.world import picture

pytestmark = [
    pytest.mark.django_db,
    # pycocotools hands NumPy an array in a way that NumPy has deprecated.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def ok(response):
    assert response.status_code in (200, 201, 202), response.content
    return response.json()


def answered(world, job):
    """Three careful workers, and one image; the last saves a draft first and takes it up again."""
    given = {}
    for worker, shift, told in (
        (world.wei, 0, {"dented": True, "rows": 2}),
        (world.wanda, 1, {"dented": True, "rows": 4, "print": "Cola"}),
        (world.worker("Walt"), 2, {"metal": "steel", "rows": 3}),
    ):
        api = world.api(worker)
        claimed = ok(api.post(f"/api/v1/jobs/{job}/claim/"))
        annotation = {"tags": ["night"], "shapes": shapes(shift, **told)}
        address = f"/api/v1/assignments/{claimed['assignment']}/"
        ok(api.put(f"{address}draft/", {"annotation": annotation}))
        kept = ok(api.post(f"/api/v1/jobs/{job}/claim/"))["draft"]["annotation"]
        assert ok(api.post(f"{address}submit/", {"annotation": kept}))["state"] == "submitted"
        given[worker] = address
        world.later(seconds=40)
    return given


@pytest.fixture
def settled(world):
    """Its public id and the address of each worker's answer."""
    rita = world.api(world.rita)
    job = ok(rita.post("/api/v1/jobs/", BODY))["id"]
    ok(rita.post(f"/api/v1/jobs/{job}/images/", {"files": [picture("street.png")]}, format="multipart"))
    world.fund(world.rita, "5.00")
    ok(rita.post(f"/api/v1/jobs/{job}/publish/"))
    found = Job.objects.get(public_id=job)
    make_places(job_id=found.pk, now=world.now)
    prepare_images(job_id=found.pk)
    given = answered(world, job)
    assert world.settled(found) == 1
    return found, given


def test_careful_workers_are_paid_and_see_their_shapes_beside_the_adopted_ones(world, settled):
    _, given = settled
    for worker, address in given.items():
        told = ok(world.api(worker).get(address))
        assert (told["state"], told["earned"]) == ("accepted", "0.10")
        assert [shape["type"] for shape in told["annotation"]["shapes"]] == [
            "box", "polygon", "mask", "mask", "mask", "keypoints",
        ]  # fmt: skip
        adopted = told["consensus"]["objects"]
        assert sorted(found["type"] for found in adopted) == ["box", "keypoints", "mask", "mask", "mask", "polygon"]
        assert all(found["votes_for"] == 3 for found in adopted)
        others = [other.split("/")[-2] for other in given.values() if other != address]
        assert not any(other in json.dumps(told) for other in others)
    assert audit() == []


def test_the_pages_of_both_sides_draw_every_type(world, settled):
    job, given = settled
    task = job.tasks.get()
    results = (reverse("job_results", args=[job.public_id]), reverse("task_result", args=[job.public_id, task.pk]))
    for address in results:
        page = world.browser(world.rita).get(address)
        assert page.status_code == 200
        for kind in ("polygon", "mask", "keypoints"):
            assert f'"type": "{kind}"' in page.text
    for worker, address in given.items():
        page = world.browser(worker).get(reverse("answer", args=[address.split("/")[-2]]))
        assert page.status_code == 200
        assert "metal tin" in page.text or "metal steel" in page.text
        assert not any(other.split("/")[-2] in page.text for other in given.values() if other != address)


def test_the_dataset_is_loaded_by_others_and_read_back_by_us(world, settled, tmp_path):
    job, _ = settled
    release = ok(world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/releases/"))
    file = world.api(world.rita).get(f"/api/v1/releases/{release['id']}/files/coco")
    path = tmp_path / "coco.json"
    path.write_bytes(b"".join(file.streaming_content))

    coco = COCO(str(path))
    names = {each["id"]: each["name"] for each in coco.dataset["categories"]}
    rows = {(names[row["category_id"]], row.get("mode")): row for row in coco.dataset["annotations"]}
    can, roof, face = rows["can", None], rows["roof", None], rows["face", None]
    assert (can["bbox"], can["attributes"]["metal"], can["attributes"]["dented"]) == ([11, 10, 30, 20], "tin", True)
    assert 2 <= can["attributes"]["rows"] <= 4
    assert list(can["texts"]["print"].values()) == ["Cola"]
    assert coco.annToMask(roof)[51:84, 8:44].all()
    assert face["keypoints"] == [61, 20, 2, 56, 15, 1, 0, 0, 0]
    assert face["num_keypoints"] == 2
    sky, sea = coco.annToMask(rows["sky", "semantic"]), coco.annToMask(rows["sea", "semantic"])
    assert (sky.sum(), (sky & sea).sum()) == (61 * 8, 0)
    assert coco.annToMask(rows["dog", "instance"]).sum() == 29 * 40
    assert [image["tags"][0]["name"] for image in coco.dataset["images"]] == ["night"]

    [again] = read_coco(json.loads(path.read_text()), taxonomy=taxonomy_of(label_set=job.label_set)).images
    assert again.problems == ()
    assert len(again.answer.shapes) == 6
