"""Hashed names reach into our ES modules, and only into ours."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.management import call_command

from marketplace.staticfiles import HashedStaticFiles


@pytest.fixture
def collected(settings, tmp_path):
    """Collect a small set of files with the storage of production."""

    def collect(**files):
        storage = HashedStaticFiles(location=tmp_path / "static", base_url="/static/")
        paths = {}
        for name, text in files.items():
            storage._save(name, ContentFile(text.encode()))
            paths[name] = (storage, name)
        for _name, _hashed, fault in storage.post_process(paths):
            if isinstance(fault, Exception):
                raise fault
        return storage

    return collect


def read(storage, name):
    with storage.open(storage.stored_name(name)) as file:
        return file.read().decode()


def test_an_import_between_our_modules_names_the_hashed_file(collected):
    storage = collected(
        **{
            "annotation/app.js": 'import { area } from "./geometry.js";\narea();\n',
            "annotation/geometry.js": "export const area = () => 1;\n",
        }
    )
    assert re.search(r'from "\./geometry\.[0-9a-f]{12}\.js"', read(storage, "annotation/app.js"))


def test_a_comment_about_an_import_in_somebody_elses_script_is_left_alone(collected):
    text = "/* import('no-such-thing') */\n"
    assert read(collected(**{"django_htmx/extra.js": text}), "django_htmx/extra.js") == text


def test_every_file_of_this_project_can_be_collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "marketplace.staticfiles.HashedStaticFiles"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert re.fullmatch(r".*/base\.[0-9a-f]{12}\.css", staticfiles_storage.url("admin/css/base.css"))
