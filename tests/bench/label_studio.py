"""Tally under the load client of a Label Studio bench, so that one and the same client drives both.

That bench is a folder with `adapters.py` (a class `Adapter(base)` with `login(who)`, `next_task(session, project)` and
`submit(session, project, task, boxes)`, and the table `ADAPTERS`) and `loadclient.py`. A program of its own:
`python -m tests.bench.label_studio DIR KEYS [options of loadclient.py]` enters Tally there as the service `tally` and
runs that client; KEYS is a file with one API key a line, user 0 first. Knows no Django.
"""

from __future__ import annotations

import http.client
import importlib
import json
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SERVICE = "tally"
LOOPS = 2000


def adapter(base_class: type, keys: Sequence[str]) -> type:
    """The class that speaks to Tally for that client: submit brings the next task, so next_task is mostly free."""

    class Tally(base_class):  # type: ignore[misc]
        def login(self, who: int) -> dict[str, Any]:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
            headers = {"Authorization": f"Token {keys[who]}", "Content-Type": "application/json"}
            return {"connection": connection, "headers": headers, "held": None}

        def next_task(self, session: dict[str, Any], project: str) -> str | None:
            session["held"] = session["held"] or post(session, f"/api/v1/jobs/{project}/claim/", {})
            return task_of(session["held"]) if session["held"] else None

        def submit(self, session: dict[str, Any], project: str, task: str, boxes: Sequence[Any]) -> None:
            held, session["held"] = session["held"], None
            image = held["image"]
            body = {"annotation": answer(boxes, image["width"], image["height"]), "next": True}
            session["held"] = post(session, f"/api/v1/assignments/{held['assignment']}/submit/", body)["next"]

    return Tally


def task_of(handout: dict[str, Any]) -> str:
    """What tells a task from others: its picture's size, which is its own in a measurement."""
    return f"{handout['image']['width']}x{handout['image']['height']}"


def answer(boxes: Sequence[Any], width: int, height: int) -> dict[str, Any]:
    """That client's boxes, (x, y, width, height, label) in percent, as Tally takes them: in pixels."""
    across, down = width / 100, height / 100
    shapes = [
        {"type": "box", "label": label, "bbox": [round(x * across, 1), round(y * down, 1), w * across, h * down]}
        for x, y, w, h, label in boxes
    ]
    return {"schema": 1, "shapes": shapes, "empty": False}


def post(session: dict[str, Any], path: str, body: dict[str, Any]) -> Any:
    """One call; None for 204. Raises RuntimeError, as that client expects, for anything but success."""
    session["connection"].request("POST", path, json.dumps(body) if body else "", session["headers"])
    reply = session["connection"].getresponse()
    words = reply.read()
    if reply.status not in (200, 204):
        raise RuntimeError(f"POST {path} -> {reply.status}: {words[:300]!r}")
    return json.loads(words) if words else None


def measure(bench: Any) -> dict[str, Any]:
    """Tally's loops in units of Label Studio's: both under its own client where its bench is given, with settlement.

    Label Studio's own figure is what `--peer-loops-per-s` says: it was measured on this machine with that bench.
    """
    from tests.bench.driving import USERS

    theirs, found = bench.peer_loops_per_s, {}
    if bench.peer_dir:
        bench.ground.start_web()
        bench.ground.start_worker()
        job, users = bench.job(images=bench.of(10_000)), bench.users(USERS)
        found = run(
            Path(bench.peer_dir), base=f"http://127.0.0.1:{bench.ground.port}", job=job.public_id,
            keys=[key for _worker, key in users], loops=bench.of(LOOPS), overlap=3,
        )  # fmt: skip
        bench.ground.stop("worker")
        bench.say(f"{found['loops_per_s']} loops/s under the client of {bench.peer_dir}, errors {found['errors']}")
    ours = found.get("loops_per_s")
    figures = {"peer_loops_per_s": theirs, "peer_client_loops_per_s": ours}
    figures["peer_ratio"] = round(ours / theirs, 1) if ours and theirs else None
    return {"figures": figures, "errors": found.get("errors", 0), "client": found}


def run(folder: Path, *, base: str, job: str, keys: Sequence[str], loops: int, overlap: int) -> dict[str, Any]:
    """Run that folder's client against a Tally; returns what it found."""
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as file:
        file.write("\n".join(keys))
        file.flush()
        line = [sys.executable, "-m", "tests.bench.label_studio", str(folder), file.name, "--service", SERVICE]
        line += ["--base", base, "--project", job, "--users", str(len(keys)), "--loops", str(loops)]
        ended = subprocess.run([*line, "--overlap", str(overlap)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"the client in {folder} failed:\n{ended.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found


def main(folder: str, keys_file: str, arguments: list[str]) -> None:
    """Enter Tally into that bench's table and become its client."""
    sys.path.insert(0, folder)
    adapters = importlib.import_module("adapters")
    adapters.ADAPTERS[SERVICE] = adapter(adapters.Adapter, Path(keys_file).read_text().split())
    sys.argv = ["loadclient.py", *arguments]
    runpy.run_path(str(Path(folder) / "loadclient.py"), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
