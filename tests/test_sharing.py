"""Runs of pytest that share the tests: each test is done once, by one of them."""

from types import SimpleNamespace

import pytest

from tests import sharing

NODES = (
    "tests/stories/faults/test_a.py::test_1",
    "tests/stories/faults/test_b.py::test_2",
    "tests/qa/test_c.py::test_3",
    "tests/qa/test_c.py::test_4[x]",
    "tests/qa/test_d.py::test_5",
    "tests/qa/test_c.py::test_6",
)


@pytest.fixture
def items():
    return [SimpleNamespace(nodeid=nodeid) for nodeid in NODES]


def test_every_test_is_done_by_exactly_one(items, tmp_path):
    runs = [sharing.taken(items, folder=tmp_path) for _ in range(3)]
    done = []
    while runs:
        for run in list(runs):
            test = next(run, None)
            if test is None:
                runs.remove(run)
            else:
                done.append(test.nodeid)
    assert sorted(done) == sorted(NODES)


def test_what_shares_something_dear_stays_together(items, tmp_path):
    one, other = (sharing.taken(items, folder=tmp_path) for _ in range(2))
    assert [next(one).nodeid, next(other).nodeid] == [NODES[0], NODES[2]]
    assert [test.nodeid for test in one] == [NODES[1], NODES[4], NODES[5]]
    assert [test.nodeid for test in other] == [NODES[3]]


def test_the_long_ones_come_first(items):
    late = [*items[2:], *items[:2]]
    sharing.pytest_collection_modifyitems(late)
    assert [item.nodeid for item in late] == [*NODES]
