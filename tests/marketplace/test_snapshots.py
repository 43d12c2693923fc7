import pytest
from django.db import connection

from marketplace.models import User
from marketplace.snapshots import one_snapshot
from tests.marketplace.test_assigning import together
from tests.world import World


@pytest.mark.django_db(transaction=True)
def test_what_others_write_meanwhile_is_not_seen():
    world = World()
    with one_snapshot():
        before = User.objects.count()
        together(1, lambda _: world.person("Walt"))
        during = User.objects.count()

    assert (before, during, User.objects.count()) == (0, 0, 1)


def test_inside_a_transaction_already_begun_it_changes_nothing(world):
    with one_snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
