"""The parts of `bench consensus` that measure drawings, on a few of them."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from annotation.geometry.polygons import crosses_itself
from annotation.shapes import Keypoints, Polygon
from qa.policy import Policy
from tests.bench.consensus import adaptive_boxes, boxes, drawn, drawn_claims, geometry, masks
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers
from tests.bench.consensus.simulated import Scene, crowd_answers, some_workers
from tests.qa.answers import area

NO_PEERS = Peers(python="/nowhere/python")
A, B, C = [10, 10, 50, 50], [100, 10, 50, 50], [200, 10, 50, 50]


def keep(path, body):
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt") as file:
        json.dump(body, file)


def box_image(name, answers, truth, **more):
    given = [{"worker": f"w{k}", "boxes": some} for k, some in enumerate(answers)]
    return {"image": name, "width": 640, "height": 480, "answers": given, "truth": truth, **more}


@pytest.fixture
def data(tmp_path):
    sure = [[A, B]] * 7
    doubtful = [[A], [A, B], [A, C], [B], [A, B], [A, B], [A, B]]
    keep(
        tmp_path / "crowd" / "boxes.json.gz",
        {"images": [box_image("1", sure, [A, B]), box_image("2", doubtful, [A, B])]},
    )
    keep(tmp_path / "made" / "boxes.json.gz", {"simulated": True, "images": [box_image("1", [[A]], [A])]})
    full, part = ({"size": [480, 640], "counts": area(0, 0, 40, side).counts} for side in (40, 20))
    image = {
        "image": "1",
        "truth": full,
        "answers": [{"worker": f"w{k}", "mask": m} for k, m in enumerate((full, full, part))],
    }
    keep(tmp_path / "crowd" / "masks.json.gz", {"images": [image]})
    keep(tmp_path / "made" / "masks_2.json.gz", {"simulated": True, "images": [image] * 3})
    return tmp_path


def test_f1_is_counted_over_all_images_and_labels_must_agree():
    images = [box_image("1", [], [A, B], truth_labels=[0, 1]), box_image("2", [], [A])]
    adopted = {"1": [[*A, 0], [*B, 0]], "2": [[10, 10, 50, 30, 0], [*C, 0]]}
    # Of 3 true and 4 adopted one is right outright, and one from IoU 0.5 to 0.75.
    assert boxes.f1(images, adopted) == [pytest.approx(2 * 2 / 7), pytest.approx(2 * 1 / 7)]


def test_boxes_are_measured_on_what_people_drew(data):
    found = boxes.measure(data=data, peers=NO_PEERS)
    assert found["boxes_7"] == [1, 1]
    assert found["boxes_3"] == [pytest.approx(2 * 3 / 7)] * 2
    assert set(found["detail"]) == {"crowd/boxes", "made/boxes"}
    assert len(found["notes"]) == 4


def test_labels_of_any_kind_are_coded():
    image = box_image("1", [[A]], [A, B], truth_labels=["cat", 7])
    image["answers"][0]["labels"] = ["7"]
    boxes.code_labels([image])
    assert image["truth_labels"][1] == image["answers"][0]["labels"][0] != image["truth_labels"][0]


def test_the_doubtful_image_gets_more_answers(data):
    images = boxes.box_sets(data)["crowd/boxes"].images
    replay = adaptive_boxes.Replay(images, Policy())
    few, many = replay.bought(4.0)
    assert few < many
    assert few + many <= 8
    assert replay.fixed(2.5) == pytest.approx(np.mean([replay.score([2, 2]), replay.score([3, 3])], axis=0).tolist())
    assert adaptive_boxes.measure(data=data, seed=1)["detail"]["images"] == 2


def test_masks_are_measured_with_and_without_weights(data):
    found = masks.measure(data=data, peers=NO_PEERS)
    assert (found["masks_iou"], found["masks_sim_iou"]) == (1, 1)
    assert len(found["notes"]) == 2


@pytest.mark.parametrize("part", [boxes, masks])
def test_without_a_set_it_is_said_that_there_is_none(part, tmp_path):
    with pytest.raises(Missing, match="no set"):
        part.measure(data=tmp_path, peers=NO_PEERS)
    with pytest.raises(Missing, match="no COCO files"):
        drawn.measure(data=tmp_path, seed=1)


def test_rates_of_geometry_are_told_without_peers():
    found = geometry.measure(peers=NO_PEERS, seed=1)
    assert found["box_iou_ratio"] > 0
    assert found["mask_iou_ratio"] > 0
    assert "polygon_iou_ratio" not in found


def ring(x, y, reach):
    turns = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    return tuple(np.column_stack([x + np.cos(turns) * reach, y + np.sin(turns) * reach]).ravel().tolist())


SCENES = [
    Scene(640, 480, (Polygon("can", (ring(150, 200, 90),)), Polygon("can", (ring(450, 200, 60),)))),
    Scene(640, 480, (Keypoints("person", (100.0, 100.0, 2.0, 200.0, 120.0, 1.0, 0.0, 0.0, 0.0)),)),
]


def test_simulated_workers_draw_sound_shapes_near_the_truth_and_spammers_do_not():
    chance = np.random.default_rng(1)
    workers = some_workers(chance, 40)
    answers = crowd_answers(SCENES, workers, chance)
    scores = [drawn.score(SCENES[:1], [given.shapes], drawn.polygon_ious) for given in answers[0]]
    honest = [score for score, worker in zip(scores, workers, strict=True) if not worker.spams]
    assert np.mean(honest) > 0.6
    assert all(score < 0.5 for score, worker in zip(scores, workers, strict=True) if worker.spams)
    assert not any(crosses_itself(shape.segmentation) for given in answers[0] for shape in given.shapes)
    marked = [np.reshape(shape.keypoints, (-1, 3)) for given in answers[1] for shape in given.shapes]
    assert all((rows[rows[:, 2] == 0] == 0).all() and rows[2, 2] == 0 for rows in marked)


def test_what_crowds_come_to_is_nearer_the_truth_than_their_best_workers():
    told = [drawn.told(SCENES[:1] * 3, drawn.polygon_ious, Policy(), np.random.default_rng(seed)) for seed in range(6)]
    assert all(each["best_worker"] == max(each["workers"]) for each in told)
    assert all(len(each["workers"]) == drawn.WORKERS for each in told)
    assert np.mean([each["adopted"] for each in told]) > np.mean([each["best_worker"] for each in told])


def test_what_is_worth_drawing_is_read_from_coco_files():
    file = {
        "images": [{"id": 1, "width": 640, "height": 480}, {"id": 2, "width": 640, "height": 480}],
        "annotations": [
            {"image_id": 1, "category_id": 3, "segmentation": [list(ring(150, 200, 90))]},
            {"image_id": 1, "category_id": 3, "segmentation": [list(ring(150, 200, 3))]},
            {"image_id": 1, "category_id": 3, "segmentation": {"size": [480, 640], "counts": []}, "iscrowd": 1},
            {"image_id": 2, "category_id": 1, "keypoints": [5, 5, 2, 0, 0, 0], "segmentation": []},
        ],
    }
    (outlined,) = drawn.scenes_of(file, drawn.polygon_of)
    (person,) = drawn.scenes_of(file, drawn.keypoints_of)
    assert [shape.label for shape in outlined.truth] == ["3"]
    assert person.truth == (Keypoints("1", (5, 5, 2, 0, 0, 0)),)


def test_claims_about_drawings_are_held_against_images_that_are_not_gold(data, monkeypatch):
    kinds = {kind: drawn_claims.KINDS[kind] for kind in ("boxes", "masks", "keypoints")}
    monkeypatch.setattr(drawn_claims, "KINDS", kinds)
    # All leave out what is there in half of the images; of nine three are gold.
    rows = [box_image(str(n), [[A]] * 5, [A, B] if n % 2 else [A]) for n in range(9)]
    keep(data / "crowd" / "boxes.json.gz", {"images": rows})
    found = drawn_claims.measure(data=data, seed=1)
    boxes_told = found["drawn_claims"]["boxes"]
    assert 0.8 < boxes_told["true"] < boxes_told["raw_claimed"]
    assert found["drawn_claim_gap_boxes"] == pytest.approx(abs(boxes_told["claimed"] - boxes_told["true"]), abs=1e-4)
    assert len(found["detail"]["draws"]["boxes"]) == drawn_claims.DRAWS
    assert [note.split(":")[0] for note in found["notes"]] == ["masks", "keypoints"]
