"""The frame of `bench consensus`: which parts are measured, on what data, and what is said of the rest."""

from __future__ import annotations

import gzip
import json
import sys
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from marketplace.demo.showing import Shows
from tests.bench import __main__ as program
from tests.bench import telling
from tests.bench.consensus import run as consensus
from tests.bench.consensus.goals import GOALS
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers
from tests.bench.consensus.sets import UNKNOWN, answer_sets, tag_sets


def packed(path, text):
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """Runs parts given as functions; returns what was found."""

    def measured(data=tmp_path, **parts):
        for name, measure in parts.items():
            monkeypatch.setattr(consensus, "PARTS", {**consensus.PARTS, name: consensus.Part(name)})
            monkeypatch.setitem(sys.modules, f"tests.bench.consensus.{name}", SimpleNamespace(measure=measure))
        options = SimpleNamespace(data=data, peers=None, seed=3, only=tuple(parts))
        return consensus.run(shows=Shows(console=Console(file=StringIO())), options=options, described={})

    return measured


def test_parts_stand_in_their_order_and_get_what_they_ask_for(measured, tmp_path):
    def one(*, data, seed):
        return {"tags_mean_accuracy": 0.85, "detail": {"seed": seed, "data": data}}

    found = measured(one=one, two=lambda: {"boxes_7": [0.93, 0.7], "notes": ["datumaro is not here."]})
    assert found["tags_mean_accuracy"] == 0.85
    assert found["parts"] == {"one": {"seed": 3, "data": tmp_path}, "two": {}}
    assert found["missed"] == ["boxes_7"]
    assert found["notes"] == {"two": ["datumaro is not here."]}


def test_a_part_that_cannot_be_measured_says_so_and_the_rest_goes_on(measured):
    def one(*, data):
        raise Missing("no such set")

    found = measured(one=one, two=lambda: {"masks_iou": 0.9})
    assert found["notes"] == {"one": ["no such set"]}
    assert found["masks_iou"] == 0.9


def test_without_data_nothing_is_measured_that_needs_it(measured):
    found = measured(data=None, one=lambda: {"masks_iou": 0.9})
    assert found["notes"] == {"one": [consensus.NO_DATA]}
    assert "masks_iou" not in found


def test_a_part_of_another_version_is_told(monkeypatch):
    with pytest.raises(Missing, match="not part of this version"):
        consensus.Part("nowhere").load()


def test_the_command_line_knows_the_parts_and_the_folder(tmp_path, capsys):
    options = program.arguments(["consensus", "--data", str(tmp_path), "--only", "scale,tags"])
    assert (options.only, options.data) == (("tags", "scale"), tmp_path)
    assert program.arguments(["consensus"]).only == tuple(consensus.PARTS)
    for wrong in (["--only", "speed"], ["--data", str(tmp_path / "none")]):
        with pytest.raises(SystemExit):
            program.arguments(["consensus", *wrong])
    assert "there is no folder" in capsys.readouterr().err


def test_votes_are_coded_and_the_later_of_two_counts(tmp_path):
    packed(tmp_path / "birds" / "votes.csv.gz", "task,worker,label\na,w1,no\nb,w1,yes\na,w2,yes\na,w1,maybe\nc,w2,no\n")
    packed(tmp_path / "birds" / "truth.csv.gz", "task,label\nb,yes\na,never\n")
    packed(tmp_path / "no truth" / "votes.csv.gz", "task,worker,label\n")
    (votes,) = tag_sets(tmp_path).values()
    assert (votes.name, votes.sizes, votes.classes) == ("birds", (3, 2), 3)
    by_task = sorted(zip(votes.tasks.tolist(), votes.workers.tolist(), votes.labels.tolist(), strict=True))
    assert by_task == [(0, 0, 0), (0, 1, 2), (1, 0, 2), (2, 1, 1)]
    assert np.array_equal(votes.truth, [3, 2, UNKNOWN])
    with pytest.raises(Missing):
        tag_sets(tmp_path / "birds")


def test_drawn_answers_are_found_by_their_files(tmp_path):
    packed(tmp_path / "people" / "boxes.json.gz", json.dumps({"images": [{"answers": [], "truth": []}]}))
    packed(tmp_path / "labels" / "boxes.json.gz", json.dumps({"images": [{"id": 1}]}))
    assert list(answer_sets(tmp_path, "boxes*.json.gz")) == ["people/boxes"]
    with pytest.raises(Missing, match="masks"):
        answer_sets(tmp_path, "masks*.json.gz")


def test_a_peer_answers_in_json_and_one_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.bench.consensus.peers.HERE", tmp_path)
    (tmp_path / "peer_sum.py").write_text("import json, sys\nprint('warm')\nprint(json.dumps(json.load(sys.stdin)))\n")
    (tmp_path / "peer_gone.py").write_text("import no_such_peer\n")
    (tmp_path / "peer_broken.py").write_text("raise SystemExit('out of luck')\n")
    assert Peers().ask("peer_sum.py", a=1, folder=tmp_path) == {"a": 1, "folder": str(tmp_path)}
    with pytest.raises(Missing, match="No module named 'no_such_peer'; --peers"):
        Peers().ask("peer_gone.py")
    with pytest.raises(Missing, match="out of luck"):
        Peers().ask("peer_broken.py")
    with pytest.raises(Missing, match="cannot be run"):
        Peers(python=str(tmp_path / "python")).ask("peer_sum.py")


def test_figures_that_belong_together_are_each_held_to_their_bound():
    boxes = next(goal for goal in GOALS if goal.key == "boxes_7")
    assert boxes.kept([0.92, 0.78])
    assert not boxes.kept([0.99, 0.77])
    assert boxes.bound == "≥ 0.92 / 0.78"
    shown = Console(file=StringIO(), width=200)
    shown.print(telling.table({"bench": "consensus", "seconds": 1, "seed": 1, "boxes_7": [0.9, 0.8]}, goals=GOALS))
    assert "0.9 / 0.8" in shown.file.getvalue()
