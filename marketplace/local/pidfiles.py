"""Which processes an earlier start left behind: one small file a service, believed only when the process agrees.

A process id is reused by the system sooner or later, so a file's word is not enough: the process must have begun when
the file says, or, where only its children are left, they must run the same program.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from marketplace.local.processes import Process, read_proc, running


@dataclass(frozen=True)
class Record:
    """What a pid file says: the service, its process id (also its group's), when it began, its program."""

    service: str
    pid: int
    began: str
    program: str


def write(*, folder: Path, service: str, pid: int, program: str) -> None:
    """Remember a service just started."""
    process = read_proc(pid=pid) or running().get(pid)
    record = Record(service, pid, process.began if process else "", program)
    beside = folder / f"{service}.new"
    beside.write_text(json.dumps(asdict(record)))
    os.replace(beside, folder / f"{service}.json")


def forget(*, folder: Path, service: str) -> None:
    """The service has ended."""
    (folder / f"{service}.json").unlink(missing_ok=True)


def read(folder: Path) -> list[Record]:
    """Every record in the folder; a file that cannot be read counts for nothing."""
    records = []
    for path in sorted(folder.glob("*.json")):
        try:
            records.append(Record(**json.loads(path.read_text())))
        except (OSError, ValueError, TypeError):
            continue
    return records


def ours(*, record: Record, processes: Mapping[int, Process]) -> bool:
    """True when something of what the record names still runs: the process itself, or children of its group."""
    leader = processes.get(record.pid)
    if leader:
        return leader.began == record.began
    members = [process for process in processes.values() if process.group == record.pid]
    return any(Path(record.program).name in process.command for process in members)


def orphans(folder: Path) -> list[Record]:
    """The services of an earlier start that still run."""
    processes = running()
    return [record for record in read(folder) if ours(record=record, processes=processes)]
