import json
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from marketplace.demo import client as module
from marketplace.demo.client import ApiFault, Client, pay_at_checkout

CHECKOUT = b"""<html><form action="/pay/cs_1" method="post"><input type="hidden" name="session" value="cs_1">
<button name="answer" value="cancel">Cancel</button><button name="answer" value="yes"><b>Pay</b> 5.00 USD</button>
</form>"""


class Stub(ThreadingHTTPServer):
    """A server that answers each path with what it was told to, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        self.asked = []
        self.answers = {}
        self.connections = set()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def on(self, path, *answers):
        self.answers[path] = list(answers)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        self.server.connections.add(self.client_address)
        queue = self.server.answers.get(self.path, [(404, {"title": "Nothing here"})])
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if answer is None:
            self.close_connection = True
            return
        status, content, *headers = answer
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = handle_any

    def log_message(self, *args):
        pass


@pytest.fixture
def stub():
    server = Stub()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(stub):
    client = Client(url=stub.url, token="tly_key", pause=lambda seconds: None)
    yield client
    client.close()


def test_a_call_carries_the_key_and_goes_below_the_api(stub, client):
    stub.on("/api/v1/wallet/", (200, {"balance": "1.00"}))
    assert client.get("wallet/") == {"balance": "1.00"}
    assert stub.asked[0][2]["Authorization"] == "Token tly_key"


def test_many_calls_share_one_connection(stub, client):
    stub.on("/api/v1/wallet/", (200, {}))
    for _ in range(5):
        client.get("wallet/")
    assert len(stub.connections) == 1


def test_each_post_has_a_key_of_its_own_against_doing_it_twice(stub, client):
    stub.on("/api/v1/jobs/", (201, {"id": "a"}))
    client.post("jobs/", {"title": "x"})
    client.post("jobs/", {"title": "x"})
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in stub.asked]
    assert len(set(keys)) == 2
    assert json.loads(stub.asked[0][3]) == {"title": "x"}


@pytest.mark.parametrize("trouble", [None, (503, {"title": "busy"}), (429, {}, ("Retry-After", "1"))])
def test_a_broken_line_or_a_busy_server_is_tried_again_under_the_same_key(stub, client, trouble):
    stub.on("/api/v1/jobs/", trouble, (201, {"id": "a"}))
    assert client.post("jobs/") == {"id": "a"}
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in stub.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_server_that_stays_silent_is_given_up_with_its_address(stub, client):
    stub.on("/api/v1/wallet/", None)
    with pytest.raises(ConnectionError, match=stub.url):
        client.get("wallet/")
    assert len(stub.asked) == module.TRIES


def test_a_refusal_names_the_call_the_reason_and_the_fields(stub, client):
    problem = {"detail": "Not so.", "errors": [{"field": "reward", "rule": "decimals", "message": "too many"}]}
    stub.on("/api/v1/jobs/", (400, problem))
    with pytest.raises(
        ApiFault, match=r"POST /api/v1/jobs/ was answered with 400: Not so. \(reward: too many\)"
    ) as fault:
        client.post("jobs/")
    assert (fault.value.status, fault.value.problem) == (400, problem)


def test_a_refusal_that_is_no_json_is_still_told(stub, client):
    stub.on("/api/v1/jobs/", (500, b"<h1>Oh no</h1>"))
    with pytest.raises(ApiFault, match="Oh no"):
        client.post("jobs/")


def test_nothing_left_is_none(stub, client):
    stub.on("/api/v1/jobs/a/claim/", (204, b""))
    assert client.post("jobs/a/claim/") is None


def test_all_pages_of_a_list_are_read(stub, client):
    stub.on("/api/v1/jobs/", (200, {"results": [{"n": 1}], "next": f"{stub.url}/api/v1/jobs/?cursor=b"}))
    stub.on("/api/v1/jobs/?cursor=b", (200, {"results": [{"n": 2}], "next": None}))
    assert [row["n"] for row in client.rows("jobs/")] == [1, 2]


def test_files_are_sent_as_form_data_whatever_their_names(stub, client):
    stub.on("/api/v1/jobs/a/images/", (200, {"added": 2}))
    client.post_files("jobs/a/images/", [("a.jpg", b"\xff\x00--x\r\n"), ('größe "2".png', b"png")])
    _, _, headers, body = stub.asked[0]
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())
    assert [part.get_content() for part in parts] == [b"\xff\x00--x\r\n", b"png"]
    assert b'name="files"; filename="gr\xc3\xb6\xc3\x9fe %222%22.png"' in body


def test_paying_presses_the_button_that_says_pay(stub):
    stub.on("/checkout/cs_1", (200, CHECKOUT))
    stub.on("/pay/cs_1", (303, b"", ("Location", "http://tally/wallet/")))
    pay_at_checkout(url=f"{stub.url}/checkout/cs_1")
    method, path, _, body = stub.asked[1]
    assert (method, path) == ("POST", "/pay/cs_1")
    assert parse_qs(body.decode()) == {"session": ["cs_1"], "answer": ["yes"]}


def test_a_page_without_a_pay_button_is_refused(stub):
    stub.on("/checkout/cs_1", (200, b"<form><button>Cancel</button></form>"))
    with pytest.raises(ValueError, match="no Pay button"):
        pay_at_checkout(url=f"{stub.url}/checkout/cs_1")


def test_only_http_addresses_are_called():
    with pytest.raises(ValueError, match="not an http address"):
        module.connection_to(url="file:///etc/passwd")
