from datetime import UTC, datetime, timedelta

import pytest

from marketplace import tokens
from marketplace.demo import people
from marketplace.models import User

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_a_simulated_person_has_one_role_a_plain_name_and_no_password():
    people.requester(seed=4, now=NOW)
    people.worker(seed=4, number=2, now=NOW)
    asker, worker = User.objects.order_by("email")
    assert (asker.email, asker.is_requester, asker.is_worker) == ("demo-requester-4@demo.tally.test", True, False)
    assert (worker.name, worker.is_requester, worker.is_worker) == ("Simulated worker 2", False, True)
    assert not asker.has_usable_password()
    assert not worker.has_usable_password()


def test_a_second_run_meets_the_same_people_with_new_keys():
    first, second = (people.worker(seed=4, number=2, now=NOW) for _ in range(2))
    assert first != second
    assert tokens.holder_of(key=first, now=NOW) == tokens.holder_of(key=second, now=NOW) == User.objects.get()


def test_a_key_is_good_for_a_day():
    key = people.requester(seed=4, now=NOW)
    assert tokens.holder_of(key=key, now=NOW + timedelta(hours=23)) is not None
    assert tokens.holder_of(key=key, now=NOW + timedelta(hours=25)) is None
