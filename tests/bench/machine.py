"""What the machine spends: CPU and memory of a process and all below it, from /proc (nothing where there is none)."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(*pids: int) -> float:
    """CPU seconds of these processes and their descendants so far, ended and reaped ones included."""
    spent, children = {}, family()
    for pid in with_descendants(pids, children):
        stat = _stat(pid)
        if stat:
            spent[pid] = sum(int(field) for field in stat[11:15]) / TICK
    return sum(spent.values())


def memory_of(*pids: int) -> int:
    """Bytes of memory that these processes and their descendants hold (proportional set size: shared pages once)."""
    total = 0
    for pid in with_descendants(pids, family()):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def busy() -> float:
    """CPU seconds that all of the machine was busy since it started."""
    try:
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except OSError:
        return 0.0
    return (sum(fields) - fields[3] - fields[4]) / TICK


def family() -> dict[int, list[int]]:
    """The children of every process."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir() if Path("/proc/stat").exists() else ():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat:
                found.setdefault(int(stat[1]), []).append(int(entry.name))
    return found


def with_descendants(pids: tuple[int, ...], children: dict[int, list[int]]) -> set[int]:
    """These processes and all below them."""
    found: set[int] = set()
    left = list(pids)
    while left:
        pid = left.pop()
        if pid not in found:
            found.add(pid)
            left += children.get(pid, [])
    return found


def description() -> dict[str, Any]:
    """The machine and the programs, for whoever reads the figures later."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name: state, parent, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
