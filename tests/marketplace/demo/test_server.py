import fcntl
import subprocess
import sys
import tempfile

import pytest

from marketplace.demo import server
from tests.marketplace.demo.test_client import Stub


@pytest.fixture
def tally():
    stub = Stub()
    stub.on("/api/v1/wallet/", (401, {"title": "Who are you?"}, ("Content-Type", "application/problem+json")))
    yield stub
    stub.shutdown()
    stub.server_close()


def test_a_tally_is_told_from_another_program(tally):
    assert server.answers(url=tally.url)
    tally.on("/api/v1/wallet/", (404, b"<h1>Not here</h1>", ("Content-Type", "text/html")))
    assert not server.answers(url=tally.url)


def test_nobody_answers_where_nobody_listens(tally):
    url = tally.url
    tally.shutdown()
    tally.server_close()
    assert not server.answers(url=url)


def test_the_running_installation_is_the_one_that_holds_its_folder(tally, tmp_path):
    assert server.running_url(folder=tmp_path, site_url=tally.url) is None
    with (tmp_path / "lock").open("w") as lock:
        assert server.running_url(folder=tmp_path, site_url=tally.url) is None
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert server.running_url(folder=tmp_path, site_url=tally.url) == tally.url
    assert server.running_url(folder=tmp_path, site_url=tally.url) is None


def run(words, program):
    return subprocess.Popen([sys.executable, "-c", program], stdout=words)


def test_waiting_passes_on_what_is_said_until_it_is_ready():
    program = "import time; print('Redis: 0.1 s\\n\\nTally is at http://x/', flush=True); time.sleep(60)"
    said = []
    with tempfile.TemporaryFile() as words:
        up = run(words, program)
        server._wait_ready(up, words, said.append)
        up.kill()
        up.wait()
    assert said == ["  Redis: 0.1 s"]


def test_a_start_that_fails_says_why():
    with tempfile.TemporaryFile() as words:
        up = run(words, "import sys; sys.exit('PostgreSQL is not there') if print('a') else sys.exit(print('no disk'))")
        with pytest.raises(server.NoServer, match="no disk"):
            server._wait_ready(up, words, lambda line: None)


def test_an_up_started_here_decides_anew_on_what_the_last_one_left():
    environ = {"DATABASE_URL": "postgres://old", "PATH": "/bin", "REDIS_URL": "redis://mine"}
    assert server._as_called(environ, {"DATABASE_URL"}) == {"PATH": "/bin", "REDIS_URL": "redis://mine"}
