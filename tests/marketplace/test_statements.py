from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from marketplace.assigning import alone, claim
from marketplace.statements import Statement
from marketplace.submitting import submit
from tests.world import World

EMPTY = {"schema": 1, "shapes": [], "empty": True}
ECHO = Statement("SELECT %(number)s::bigint + 1, %(text)s::text, %(number)s::bigint")


def prepared(beginning):
    """How often statements that begin so were run on this connection: with their own plan, and with one for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(generic_plans), 0), coalesce(sum(custom_plans), 0), count(*) "
            "FROM pg_prepared_statements WHERE statement LIKE %s",
            [beginning + "%"],
        )
        generic, custom, count = cursor.fetchone()
    return int(generic), int(custom), count


@pytest.mark.django_db
def test_parameters_go_by_name_each_as_often_as_it_is_named():
    assert ECHO.names == ("number", "text")
    assert ECHO.rows(number=1, text="%(x)s $1 '", unused=0) == [(2, "%(x)s $1 '", 1)]
    assert ECHO.row(number=1, text=None) == (2, None, 1)
    assert Statement("SELECT 1 WHERE false").row() is None
    with pytest.raises(KeyError):
        ECHO.rows(number=1)


@pytest.mark.django_db
def test_a_statement_that_returns_nothing_gives_no_rows():
    assert Statement("SET LOCAL statement_timeout = 0").rows() == []


@pytest.mark.django_db
def test_numbers_of_every_size_are_one_prepared_statement_with_one_plan():
    before = prepared("SELECT $1::bigint + 1")
    for number in (1, 40_000, 3_000_000_000, -5):
        assert ECHO.row(number=number, text="")[0] == number + 1

    generic, custom, count = prepared("SELECT $1::bigint + 1")
    assert (generic - before[0], custom, count) == (4, 0, 1)


@pytest.mark.django_db
def test_truth_is_no_number():
    assert Statement("SELECT %(flag)s::boolean").row(flag=True) == (True,)


def test_handing_out_and_taking_an_answer_are_planned_once_a_connection(world):
    job = world.published(images=9, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    for _ in range(3):
        reply = submit(
            assignment_id=handout.assignment_id, worker=world.wei, payload=EMPTY, want_next=True, now=world.now
        )
        handout = reply.next

    claims, answers = prepared("WITH"), prepared("%marketplace_submit")
    assert claims[0] >= 1  # the claim, and the first place reserved ahead
    assert answers[0] >= 3
    assert (claims[1], answers[1:]) == (0, (0, 1))


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_each_statement_is_one_of_its_own_and_inside_it_belongs_to_it():
    number = Statement("SELECT pg_current_xact_id()::text")

    assert number.row() != number.row()
    with transaction.atomic():
        assert number.row() == number.row()


@pytest.mark.django_db
def test_a_statement_sees_and_shares_the_fate_of_the_transaction_it_is_in():
    world = World()
    name = Statement("UPDATE marketplace_user SET name = %(name)s WHERE id = %(id)s RETURNING name")
    wei = world.wei
    with transaction.atomic():
        assert name.row(name="Weiwei", id=wei.pk) == ("Weiwei",)
        transaction.set_rollback(True)

    wei.refresh_from_db()
    assert wei.name == "Wei"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT 1 / %(n)s::int", DataError),
        ("SELECT nothing FROM nowhere", ProgrammingError),
        ("INSERT INTO marketplace_workevent (kind) VALUES ('x')", IntegrityError),
    ],
)
def test_a_statement_that_fails_alone_spoils_nothing_and_raises_djangos_errors(sql, fault):
    with transaction.atomic():
        for _ in range(2):
            with pytest.raises(fault), alone():
                Statement(sql).rows(n=0)
            assert ECHO.row(number=1, text="")[0] == 2


@pytest.mark.django_db
def test_in_a_transaction_that_failed_nothing_is_run():
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            ECHO.row(number=1, text="")


@pytest.mark.django_db(transaction=True)
def test_after_a_rollback_which_lets_go_of_what_was_prepared_it_is_prepared_anew():
    assert ECHO.row(number=1, text="")[0] == 2
    for _ in range(3):
        with transaction.atomic():
            ECHO.row(number=1, text="")
            transaction.set_rollback(True)
        assert ECHO.row(number=5, text="")[0] == 6
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        assert ECHO.row(number=5, text="")[0] == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sql", "fault"), [("SELECT 1 / %(n)s::int", DataError), ("SELECT nowhere", ProgrammingError)])
def test_outside_a_transaction_what_fails_raises_djangos_errors_too(sql, fault):
    for _ in range(2):
        with pytest.raises(fault):
            Statement(sql).rows(n=0)
        assert ECHO.row(number=1, text=None) == (2, None, 1)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_times_and_nothing_read_as_inside_it():
    moment = Statement("SELECT %(now)s::timestamptz, %(none)s::int, %(flag)s::boolean, %(id)s::uuid")
    values = {"now": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "none": None, "flag": True, "id": uuid4()}
    with transaction.atomic():
        inside = moment.row(**values)

    assert moment.row(**values) == inside == tuple(values.values())


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_gets_a_cursor_of_its_own():
    ECHO.row(number=1, text="")
    connection.close()
    assert ECHO.row(number=2, text="")[0] == 3
