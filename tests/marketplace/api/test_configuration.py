from django.db.models import Choices
from django.utils.module_loading import import_string

from marketplace.api.configuration import REST_FRAMEWORK, SPECTACULAR_SETTINGS


def test_whoever_is_not_logged_in_is_let_nowhere_unless_a_view_says_so():
    assert REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["rest_framework.permissions.IsAuthenticated"]


def test_every_name_of_a_state_in_the_schema_is_of_a_state_there_is():
    for path in SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"].values():
        where, _, name = path.rpartition(".")
        try:
            found = import_string(path)
        except ImportError:
            found = getattr(import_string(where), name)
        assert issubclass(found, Choices), path
