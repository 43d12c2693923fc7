"""The e-mails of the console back end, found in a service's log, so that whoever runs the demo sees them."""

import email
import email.message
import email.policy
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FIRST = re.compile(r"(?:^|\] )(Content-Type: (?:text|multipart)/.*)$")
LAST = re.compile(r"^-{79}$")
LONGEST = 2_000


@dataclass
class Mailbox:
    """Reads one log from where it ends now; each call of `new` gives the mails written since."""

    log: Path
    position: int = 0
    rest: bytes = b""
    open_mail: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.position = self.log.stat().st_size if self.log.exists() else 0

    def new(self) -> list[str]:
        """Mails that arrived since the last call, each as text for the terminal."""
        return [as_text(mail) for mail in self.mails(self.lines())]

    def lines(self) -> list[str]:
        """Whole lines added to the log; a log that was put away is read from its beginning."""
        try:
            with self.log.open("rb") as words:
                if os.fstat(words.fileno()).st_size < self.position:
                    self.position, self.rest = 0, b""
                words.seek(self.position)
                read = words.read()
        except OSError:
            return []
        self.position += len(read)
        *lines, self.rest = (self.rest + read).split(b"\n")
        return [line.decode(errors="replace").rstrip("\r") for line in lines]

    def mails(self, lines: list[str]) -> Iterator[list[str]]:
        """The mails that end within these lines; one that only begins here is kept for the next call."""
        for line in lines:
            if self.open_mail and LAST.match(line):
                yield self.open_mail
                self.open_mail = []
            elif self.open_mail:
                if len(self.open_mail) < LONGEST:
                    self.open_mail.append(line)
            elif found := FIRST.search(line):
                self.open_mail = [found[1]]


def as_text(lines: list[str]) -> str:
    """A mail as a reader wants it: to whom, about what, and the plain body."""
    message = email.message_from_string("\n".join(lines), policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    body = message.get_body(("plain", "html"))
    try:
        text = str(body.get_content()) if body else ""
    except (LookupError, ValueError):
        text = "\n".join(lines)
    return f"E-mail to {message['To']}: {message['Subject']}\n" + "".join(
        f"    {line}\n" for line in text.strip().splitlines()
    )
