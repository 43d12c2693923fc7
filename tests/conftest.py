"""What every test stands on."""

import hypothesis
import pytest
import stripe
from django.db import connection
from django.db.migrations.state import ProjectState
from django.test import TransactionTestCase

from marketplace.local.chromium import find as find_chromium

# How long an example takes on a busy machine is no property of ours.
hypothesis.settings.register_profile("tally", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tally")


@pytest.fixture(scope="session")
def _no_static_files(tmp_path_factory):
    return tmp_path_factory.mktemp("static")


@pytest.fixture(autouse=True)
def _media_in_a_folder_of_its_own(settings, tmp_path, _no_static_files):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = _no_static_files
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _people_without_second_factors_and_verified_addresses(settings):
    """As in the demo; the tests of these two rules turn them on."""
    settings.MFA_REQUIRED = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


@pytest.fixture(autouse=True)
def _open_places_are_counted_anew():
    from marketplace import lookahead

    lookahead.forget()


@pytest.fixture(scope="session")
def chromium():
    """Path of the browser for Playwright's `executable_path`. Without one the test fails: it never passes over."""
    path = find_chromium()
    assert path, "No Chromium: run `python3 manage.py test`, or install it and set CHROMIUM to its path."
    return path


@pytest.fixture
def world(db):
    """The named people, made when first asked for."""
    from tests.world import World  # here, so that pure tests load none of the market

    return World()


@pytest.fixture(scope="session", autouse=True)
def _what_is_replaced_is_noticed():
    from tests.patches import noticed

    with noticed():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """Migrating takes most of its time for models of the past, made anew with all that refer to them after every step.
    A constraint or an index needs none of that: it belongs to its table alone."""
    change = {name: getattr(ProjectState, name) for name in ("_append_option", "_remove_option")}

    def without_models(name):
        def changed(self, *args):
            models = self.__dict__.pop("apps", None)
            change[name](self, *args)
            if models is not None:
                self.__dict__["apps"] = models
                app, model, option = args[:3]
                setattr(models.get_model(app, model)._meta, option, list(self.models[app, model].options[option]))

        return changed

    with pytest.MonkeyPatch.context() as patch:
        for name in change:
            patch.setattr(ProjectState, name, without_models(name))
        yield


@pytest.fixture(scope="session", autouse=True)
def _the_provider_is_asked_again_at_once():
    """Its client waits between tries, from half a second up; a sandbox on this machine needs no mercy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
        patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.001)
        yield


# What a test with real commits left, in one statement. Most tables are empty, and the rest hold a few rows: deleting
# them is a matter of milliseconds, where Django's TRUNCATE of every table makes hundreds of files anew. Triggers are
# off, as the ledger's refuse to delete, as they should. TRUNCATE is for large tables, and for those that were analysed:
# what the planner believes of them must not outlive the test. Permissions and content types stay: no test changes them.
_EMPTY_ALL = """
    SET session_replication_role = replica;
    DO $$ DECLARE one regclass; analysed bool; BEGIN
      FOR one, analysed IN SELECT oid, reltuples >= 0 FROM pg_class
          WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
      LOOP
        IF pg_relation_size(one) > 4194304 OR analysed THEN EXECUTE format('TRUNCATE %s CASCADE', one);
        ELSE EXECUTE format('DELETE FROM %s', one); END IF;
      END LOOP;
    END $$;
    SET session_replication_role = DEFAULT
"""


@pytest.fixture(scope="session", autouse=True)
def _tests_with_real_commits_clear_up_quickly():
    def empty_all(_self):
        with connection.cursor() as cursor:
            cursor.execute(_EMPTY_ALL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_all)
        yield
