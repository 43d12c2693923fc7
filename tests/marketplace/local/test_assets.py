"""Static files are collected again only when one changed."""

import pytest

from marketplace.local import assets


@pytest.fixture
def source(settings, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.css").write_text("a{}")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    return tmp_path / "source"


def test_unchanged_files_are_not_collected_twice(source, settings):
    assert assets.collect() is True
    assert (settings.STATIC_ROOT / "a.css").read_text() == "a{}"
    assert assets.collect() is False


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_any_change_is_collected(source, settings, change):
    (source / "gone.css").write_text("")
    assets.collect()
    if change == "edited":
        (source / "a.css").write_text("a{color:red}")
    elif change == "added":
        (source / "b.css").write_text("")
    else:
        (source / "gone.css").unlink()
    assert assets.collect() is True
    assert {path.name for path in settings.STATIC_ROOT.glob("*.css")} == {path.name for path in source.iterdir()}


def test_an_interrupted_collection_is_done_again(source, monkeypatch):
    assets.collect()
    (source / "a.css").write_text("a{color:red}")
    with monkeypatch.context() as patch:
        patch.setattr(assets, "call_command", interrupted)
        with pytest.raises(KeyboardInterrupt):
            assets.collect()
    assert assets.collect() is True


def interrupted(*_args, **_options):
    raise KeyboardInterrupt
