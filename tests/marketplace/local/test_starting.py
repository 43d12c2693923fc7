"""One start: whether the site answers, and when the demo world is made."""

import http.server
import os
import threading
from types import SimpleNamespace

import pytest

from marketplace.local import starting
from marketplace.models import User


@pytest.fixture(params=[200, 404, 500])
def port(request):
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(request.param)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


def test_any_answer_shows_that_the_server_is_up(port, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert starting.answers(port=port)


def test_silence_shows_that_it_is_not():
    assert not starting.answers(port=9)


def test_a_service_that_died_is_explained_by_its_own_words(folders):
    folders.log("web").write_text("a traceback\n")
    children = SimpleNamespace(folders=folders, alive=lambda name: False)
    with pytest.raises(SystemExit, match=r"web did not start[^\n]*\n    a traceback"):
        starting.wait_until_answering(children=children, name="web", port=9)


@pytest.fixture
def seeding(folders, monkeypatch):
    """Calls `seed`; returns how often the demo world was made."""
    made = []
    monkeypatch.setattr(starting, "call_command", made.append)
    for role in ("REQUESTER", "WORKER", "ADMIN"):
        monkeypatch.setenv(f"DEMO_{role}_PASSWORD", "")
        monkeypatch.setenv(f"DEMO_{role}_EMAIL", "")
    passwords = {"requester": "r", "worker": "w", "admin": "a"}
    installation = SimpleNamespace(folders=folders, credentials=SimpleNamespace(passwords=passwords))

    def seed(*, demo=True):
        starting.seed(installation=installation, demo=demo)
        return len(made)

    return seed


@pytest.mark.django_db
def test_an_empty_database_gets_the_demo_world_with_our_passwords(seeding):
    assert seeding() == 1
    assert os.environ["DEMO_WORKER_PASSWORD"] == "w"
    assert os.environ["DEMO_ADMIN_EMAIL"] == "admin@tally.test"


@pytest.mark.django_db
def test_a_database_with_people_in_it_is_left_alone(seeding):
    User.objects.create_user(email="rita@example.org")
    assert seeding() == 0


@pytest.mark.django_db
def test_a_demo_world_whose_making_was_interrupted_is_gone_on_with(seeding, folders):
    (folders.root / "seeding").touch()
    User.objects.create_user(email="rita@example.org")
    assert seeding() == 1
    assert seeding() == 1


@pytest.mark.django_db
def test_without_the_demo_nothing_is_made(seeding):
    assert seeding(demo=False) == 0


@pytest.mark.django_db
def test_a_site_with_real_money_gets_no_demo_world(seeding, settings):
    settings.BILLING_GATEWAY = "stripe"
    assert seeding() == 0


@pytest.mark.django_db
def test_tables_that_are_up_to_date_are_not_migrated_again(monkeypatch):
    monkeypatch.setattr(starting, "call_command", lambda *_, **__: pytest.fail("migrated"))
    starting.migrate()
