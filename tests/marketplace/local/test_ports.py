"""Which port to listen on."""

import socket

import pytest

from marketplace.local import ports


def test_the_wanted_port_is_taken_when_it_is_free():
    assert ports.choose(wanted=8000, free=lambda port: True) == 8000


def test_a_port_in_use_by_another_program_gives_the_next_free_one():
    assert ports.choose(wanted=8000, taken={8002}, free=lambda port: port not in {8000, 8001}) == 8003


def test_when_none_is_free_the_range_is_named():
    with pytest.raises(OSError, match="between 8000 and 8099"):
        ports.choose(wanted=8000, free=lambda port: False)


def test_no_port_beyond_the_last_is_tried():
    tried = []
    with pytest.raises(OSError, match="No free port"):
        ports.choose(wanted=65530, free=lambda port: bool(tried.append(port)))
    assert max(tried) == 65535


def test_a_port_somebody_listens_on_is_not_free():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)
