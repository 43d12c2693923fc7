"""Several runs of pytest share the tests: each takes, module by module, what none has taken yet.

Active when TALLY_SHARED names the folder in which the runs meet; `manage.py test` starts one run a core.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest

# One installation serves all stories of such a folder, and it takes long to start.
TOGETHER = ("tests/stories/faults",)


def group_of(nodeid: str) -> str:
    """What is taken as one: the tests of a module, or of a folder whose tests share something dear."""
    module = nodeid.split("::")[0]
    return next((folder for folder in TOGETHER if module.startswith(f"{folder}/")), module)


def take(*, folder: Path, group: str) -> bool:
    """True for the first run that asks for this group."""
    try:
        (folder / group.replace("/", "+")).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def taken(items: Sequence[pytest.Item], *, folder: Path) -> Iterator[pytest.Item]:
    """The tests this run has to do, those of a group one after the other, each group taken when its turn comes."""
    numbers: dict[str, int] = {}
    for group, members in groupby(items, key=lambda item: group_of(item.nodeid)):
        # A module can come twice: pytest-django puts the tests that commit behind those that do not.
        numbers[group] = numbers.get(group, 0) + 1
        if take(folder=folder, group=f"{group}.{numbers[group]}"):
            yield from members


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no run ends long after the others."""
    items.sort(key=lambda item: group_of(item.nodeid) not in TOGETHER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """pytest's own loop over the tests taken. The next is known before one ends: its clearing up goes by that."""
    shared = os.environ.get("TALLY_SHARED")
    if not shared or session.testsfailed or session.config.option.collectonly:
        return None
    tests = taken(session.items, folder=Path(shared))
    test = next(tests, None)
    while test is not None:
        following = next(tests, None)
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        test = following
    return True
