"""The browser of the browser tests."""

import pytest

from marketplace.local import chromium


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(0o755)
    return str(path)


def test_the_named_browser_comes_first_then_path_then_playwrights_own(tmp_path):
    own = executable(tmp_path / ".cache/ms-playwright/chromium-1200/chrome-linux/chrome")
    on_path = executable(tmp_path / "bin" / "chromium")
    environ = {"CHROMIUM": "/named", "PATH": str(tmp_path / "bin")}
    assert chromium.find(environ=environ, home=tmp_path) == "/named"
    assert chromium.find(environ={"PATH": environ["PATH"]}, home=tmp_path) == on_path
    assert chromium.find(environ={"PATH": ""}, home=tmp_path) == own
    assert chromium.find(environ={"PATH": ""}, home=tmp_path / "bin") is None


@pytest.fixture
def nowhere(monkeypatch):
    """No browser until something is installed; the list of what was run."""
    ran = []
    monkeypatch.setattr(chromium, "find", lambda: "/usr/bin/chromium" if len(ran) == 2 else None)
    monkeypatch.setattr(chromium.subprocess, "run", lambda line, **_: ran.append(line))
    monkeypatch.setattr(chromium.shutil, "which", lambda name: f"/usr/bin/{name}")
    return ran


def test_root_on_debian_gets_it_installed(nowhere, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    assert chromium.find_or_install(say=lambda line: None) == "/usr/bin/chromium"
    assert nowhere[1][:2] == ["/usr/bin/apt-get", "install"]


def test_anybody_else_is_told_the_command(nowhere, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="playwright install chromium"):
        chromium.find_or_install(say=lambda line: None)
    assert nowhere == []
