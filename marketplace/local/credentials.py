"""The secrets of one local installation: made at random once, kept in its data folder, readable by its owner alone."""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "secrets.json"
# Without the characters that are easily mistaken for another: these passwords are typed from the screen.
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
LOGINS = {"requester": "requester@tally.test", "worker": "worker@tally.test", "admin": "admin@tally.test"}


@dataclass(frozen=True)
class Credentials:
    """Django's key, the key that signs the sandbox's events, and the password of each demo login by role."""

    secret_key: str
    webhook_secret: str
    passwords: dict[str, str]


def load_or_make(folder: Path) -> Credentials:
    """The kept credentials; on the first start, new ones. Raises SystemExit when the file is damaged."""
    path = folder / FILE
    if path.exists():
        try:
            return Credentials(**json.loads(path.read_text()))
        except (ValueError, TypeError):
            raise SystemExit(f"{path} is damaged. Restore it, or remove it to get new keys and passwords.") from None
    made = Credentials(
        secret_key=secrets.token_urlsafe(60),
        webhook_secret=f"whsec_{secrets.token_hex(24)}",
        passwords={role: "".join(secrets.choice(ALPHABET) for _ in range(14)) for role in LOGINS},
    )
    write_private(path, json.dumps(asdict(made), indent=1))
    return made


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.replace(beside, path)
