import threading

import pytest
from django.db import connection, transaction

from marketplace.locks import Purpose, hold, try_hold


def elsewhere(call):
    """What `call` says on another connection, in a transaction of its own."""
    said = []

    def run():
        with transaction.atomic():
            said.append(call())
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return said[0]


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_one_jobs_and_one_purposes_until_the_transaction_ends():
    with transaction.atomic():
        hold(Purpose.SETTLING, job_id=7)
        assert not elsewhere(lambda: try_hold(Purpose.SETTLING, job_id=7))
        assert elsewhere(lambda: try_hold(Purpose.SETTLING, job_id=8))
        assert elsewhere(lambda: try_hold(Purpose.TURNS, job_id=7))
    assert elsewhere(lambda: try_hold(Purpose.SETTLING, job_id=7))
