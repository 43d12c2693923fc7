"""Folders of one's own, as an ordinary user would have them."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from marketplace.local import folders as folders_module
from marketplace.local.folders import SELF, lay_out


@pytest.fixture(autouse=True)
def _temporary_folders_go_away(monkeypatch):
    """Long test names make long paths, whose sockets go to a short folder under the temporary one."""
    with tempfile.TemporaryDirectory(prefix="t-") as short:
        Path(short).chmod(0o711)
        monkeypatch.setattr(tempfile, "tempdir", short)
        yield


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A laid-out data folder."""
    monkeypatch.setattr(folders_module, "unprivileged", lambda: SELF)
    return lay_out(root=tmp_path / "local")


@pytest.fixture
def started():
    """Start Python programs in a session of their own; whatever is left of them at the end is killed."""
    processes = []

    def start(code, **options):
        process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, **options)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
