"""A small HTTP client for Tally's API, on the standard library alone: one connection, kept alive, for one person."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

API = "/api/v1/"
TIMEOUT = 120.0  # seconds for one answer
TRIES = 5
_BROKEN = (http.client.HTTPException, ConnectionError, TimeoutError)
_BUSY = frozenset({429, 502, 503, 504})
_JSON = "application/json"


class ApiFault(RuntimeError):
    """The server refused; `status` and the problem details it gave."""

    def __init__(self, *, call: str, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        faults = problem.get("errors") or []
        named = "; ".join(f"{fault.get('field', '')}: {fault.get('message', '')}" for fault in faults[:5])
        words = problem.get("detail") or problem.get("title") or "no reason given"
        super().__init__(f"{call} was answered with {status}: {words}{f' ({named})' if named else ''}")


@dataclass(frozen=True)
class Reply:
    """One answer: status, body, headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None


@dataclass
class Client:
    """Speaks for the holder of one token. For one thread at a time."""

    url: str
    token: str
    pause: Callable[[float], None] = time.sleep
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def get(self, path: str) -> Any:
        """The JSON at this path below the API, or at this whole path when it begins with a slash."""
        return self._call("GET", path).json()

    def rows(self, path: str) -> Iterable[dict[str, Any]]:
        """All rows of a paged list."""
        following: str | None = path
        while following:
            page = self.get(following)
            yield from page["results"]
            following = page.get("next") and _path_of(page["next"])

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Post JSON; the Idempotency-Key, new unless given, makes repeats one. None for 204."""
        data = json.dumps({} if body is None else body).encode()
        return self._call("POST", path, data, _JSON, key or uuid.uuid4().hex).json()

    def post_files(self, path: str, files: Iterable[tuple[str, bytes]]) -> Any:
        """Post files, (name, bytes) each, as multipart form data under the name `files`."""
        data, content_type = multipart(files=files)
        return self._call("POST", path, data, content_type, uuid.uuid4().hex).json()

    def download(self, path: str) -> bytes:
        """The bytes at this path."""
        return self._call("GET", path).body

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, method: str, path: str, data: bytes | None = None, kind: str = "", key: str = "") -> Reply:
        """Send, and send again while the line breaks or the server is busy: the key makes that safe for a POST."""
        target = path if path.startswith("/") else API + path
        headers = {"Authorization": f"Token {self.token}", "Accept": _JSON}
        headers |= {"Content-Type": kind} if kind else {}
        headers |= {"Idempotency-Key": key} if key else {}
        for attempt in range(1, TRIES + 1):
            try:
                reply = self._send(method, target, data, headers)
            except _BROKEN as fault:
                self.close()
                if attempt == TRIES:
                    raise ConnectionError(f"{method} {target}: {self.url} does not answer ({fault!r})") from fault
                self.pause(0.1 * attempt**2)
                continue
            if reply.status not in _BUSY or attempt == TRIES:
                break
            self.pause(_wait_of(reply, attempt))
        if reply.status >= 300:
            raise ApiFault(call=f"{method} {target}", status=reply.status, problem=_problem_of(reply))
        return reply

    def _send(self, method: str, target: str, data: bytes | None, headers: Mapping[str, str]) -> Reply:
        if self._connection is None:
            self._connection = connection_to(url=self.url)
        self._connection.request(method, target, body=data, headers=dict(headers))
        return _reply_of(self._connection.getresponse())


def connection_to(*, url: str) -> http.client.HTTPConnection:
    """A connection to the host of this address. Raises ValueError for anything but http and https."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=TIMEOUT)


def multipart(*, files: Iterable[tuple[str, bytes]]) -> tuple[bytes, str]:
    """The body and the content type of a form with these files."""
    boundary = uuid.uuid4().hex
    body = bytearray()
    for name, data in files:
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{quoted}"\r\n'
        body += head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def pay_at_checkout(*, url: str) -> None:
    """Open a hosted checkout page and press Pay, as a browser does. Raises ValueError when there is no such button."""
    page = _visit("GET", url)
    reader = _Forms()
    reader.feed(page.body.decode("utf-8", "replace"))
    pressed = next(
        ((form, button) for form in reader.forms for button in form.buttons if "pay" in button.words.lower()), None
    )
    if pressed is None:
        raise ValueError(f"{url}: the page has no Pay button; the demo needs the sandbox as its bank")
    form, button = pressed
    fields = form.fields | ({button.name: button.value} if button.name else {})
    reply = _visit("POST", urljoin(url, button.action or form.action or url), urlencode(fields).encode())
    if reply.status >= 400:
        raise ValueError(f"{url}: paying was answered with {reply.status}")


def _visit(method: str, url: str, data: bytes | None = None) -> Reply:
    connection = connection_to(url=url)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if data is not None else {}
    try:
        connection.request(method, target, body=data, headers=headers)
        return _reply_of(connection.getresponse())
    finally:
        connection.close()


@dataclass
class _Button:
    name: str = ""
    value: str = ""
    action: str = ""
    words: str = ""


@dataclass
class _Form:
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[_Button] = field(default_factory=list)


class _Forms(HTMLParser):
    """The forms of a page: where they go, their fields, their buttons and the words on them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._in_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        name, value = named.get("name", ""), named.get("value", "")
        if tag == "form":
            self.forms.append(_Form(action=named.get("action", "")))
        elif self.forms and (tag == "button" or (tag == "input" and named.get("type") == "submit")):
            self._in_button = tag == "button"
            words = value if tag == "input" else ""
            self.forms[-1].buttons.append(_Button(name, value, named.get("formaction", ""), words))
        elif self.forms and tag == "input" and name:
            self.forms[-1].fields[name] = value

    def handle_data(self, data: str) -> None:
        if self._in_button:
            self.forms[-1].buttons[-1].words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._in_button = False


def _reply_of(response: http.client.HTTPResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(status=response.status, body=response.read(), headers=headers)


def _wait_of(reply: Reply, attempt: int) -> float:
    told = reply.headers.get("retry-after", "")
    return min(float(told), 30.0) if told.isdigit() else 0.2 * attempt**2


def _problem_of(reply: Reply) -> Mapping[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {"detail": reply.body[:200].decode("utf-8", "replace")}
    return found if isinstance(found, dict) else {"detail": str(found)}


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
