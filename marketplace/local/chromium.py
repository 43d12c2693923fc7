"""The browser of the browser tests: found, or installed where that needs no asking, or the command that installs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where Playwright keeps the browser that it downloads itself, by platform.
DOWNLOADED = (
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


def find(*, environ: Mapping[str, str] = os.environ, home: Path | None = None) -> str | None:
    """Path of a Chromium: the variable CHROMIUM, one on PATH, or Playwright's own; None when there is none."""
    if named := environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        if path := shutil.which(name, path=environ.get("PATH")):
            return path
    downloaded = [path for pattern in DOWNLOADED for path in sorted((home or Path.home()).glob(pattern))]
    return str(downloaded[-1]) if downloaded else None


def find_or_install(*, say: Callable[[str], None]) -> str:
    """A Chromium, installed from the distribution when we may. Raises SystemExit with the command that installs it."""
    found = find()
    apt = shutil.which("apt-get")
    if not found and apt and os.geteuid() == 0:
        say("Chromium is missing: installing Debian's package (once).")
        environ = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
        for line in ([apt, "update", "-q"], [apt, "install", "-q", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(line, env=environ, stdin=subprocess.DEVNULL, check=False)
        found = find()
    if not found:
        raise SystemExit(
            "The browser tests need Chromium, and none was found. Install it with one of\n"
            "    apt-get install chromium        (Debian, as root)\n"
            f"    {sys.executable} -m playwright install chromium\n"
            "or set CHROMIUM to the path of one, then run this again."
        )
    return found
