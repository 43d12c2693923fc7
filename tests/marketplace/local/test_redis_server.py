"""The embedded Redis. test_throwaway.py beside this runs a real one."""

from pathlib import Path

import pytest
import redis

from marketplace.local import redis_server


def test_the_server_has_no_port_and_keeps_nothing(tmp_path):
    line = redis_server.command(program=Path("/bin/redis-server"), sockets=tmp_path)
    options = dict(zip(line[1::2], line[2::2], strict=True))
    assert (options["--port"], options["--save"], options["--appendonly"]) == ("0", "", "no")
    assert options["--unixsocket"] == str(tmp_path / "redis.sock")


def test_its_address_is_read_back_by_the_client():
    client = redis.from_url(redis_server.redis_url(Path("/tmp/a b")))
    assert client.connection_pool.connection_kwargs["path"] == "/tmp/a b/redis.sock"


def test_a_server_that_died_is_not_waited_for(tmp_path):
    with pytest.raises(SystemExit, match="Redis did not start"):
        redis_server.wait_ready(sockets=tmp_path, alive=lambda: False)
