"""The role that web and workers use does all their work, and cannot change the books whatever SQL it is made to run."""

import pytest
from django.db import DatabaseError, connection, transaction

from billing import ledger
from billing.ledger import Posting
from billing.models import Account
from billing.wallets import wallet_of
from marketplace import app_role, auditing, auditlog, leaving
from marketplace.models import AuditEntry
from marketplace.table_statistics import renew_outgrown

ROLE = "tally_app_of_a_test"
BOX = ("can", [10, 10, 40, 30])
INSERT = (
    "INSERT INTO billing_transfer (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence,"
    " details, created_at) SELECT 'x', 'y', {}, '{{}}', now() FROM billing_account a, billing_account b"
    " WHERE a.kind = 'wallet' AND b.kind = 'stripe_pending'"
)
WELL_FORMED = INSERT.format("a.id, b.id, 5, 'USD', 99, NULL::int")
REFUSED = {
    "transfers are changed": "UPDATE billing_transfer SET amount = amount + 1",
    "transfers are deleted": "DELETE FROM billing_transfer",
    "transfers are truncated": "TRUNCATE billing_transfer",
    "an account is deleted": "DELETE FROM billing_account",
    "an account changes hands": "UPDATE billing_account SET owner_id = owner_id",
    "an account changes its kind": "UPDATE billing_account SET kind = kind",
    "accounts are truncated": "TRUNCATE billing_account CASCADE",
    "a wallet is overdrawn": "UPDATE billing_account SET balance = -1 WHERE kind = 'wallet'",
    "audit entries are changed": "UPDATE marketplace_auditentry SET action = ''",
    "audit entries lose where they came from": "UPDATE marketplace_auditentry SET address = NULL",
    "audit entries are deleted": "DELETE FROM marketplace_auditentry",
    "audit entries are truncated": "TRUNCATE marketplace_auditentry",
    "the trigger is switched off": "ALTER TABLE billing_transfer DISABLE TRIGGER ALL",
    "the trigger is dropped": "DROP TRIGGER billing_transfer_only_added ON billing_transfer",
    "all triggers are switched off": "SET session_replication_role = replica",
    "its function is replaced": (
        "CREATE OR REPLACE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'"
    ),
    "the table is dropped": "DROP TABLE billing_transfer",
    "a migration is forged": "DELETE FROM django_migrations",
    "a transfer of nothing": INSERT.format("a.id, b.id, 0, 'USD', 99, NULL::int"),
    "one of less than nothing": INSERT.format("a.id, b.id, -5, 'USD', 99, NULL::int"),
    "one leg only": INSERT.format("a.id, NULL::int, 5, 'USD', 99, NULL::int"),
    "one to nowhere": INSERT.format("a.id, 999999999, 5, 'USD', 99, NULL::int"),
    "another currency": INSERT.format("a.id, b.id, 5, 'EUR', 99, NULL::int"),
    "one outside the account's history": INSERT.format("a.id, b.id, 5, 'USD', NULL::int, NULL::int"),
}


@pytest.fixture
def as_app(world):
    """Rita has five dollars; from here on the connection is the program's, which cannot become its owner's again."""
    world.fund(world.rita, "5.00")
    AuditEntry.objects.create(action="x", created_at=world.now)
    app_role.give_rights(role=ROLE)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked, as the owner
        cursor.execute(f"SET SESSION AUTHORIZATION {ROLE}")
    yield world
    with connection.cursor() as cursor:
        cursor.execute("RESET SESSION AUTHORIZATION")


def is_refused(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
    except DatabaseError:
        return True
    return False


def test_the_database_refuses_it_everything_that_would_change_the_books(as_app):
    before = list(Account.objects.order_by("pk").values_list("pk", "balance"))
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE ON billing_transfer TO {ROLE}")  # warns that it has nothing to give
    assert not is_refused(WELL_FORMED), "so the others are refused for what is wrong with them"
    taken = [what for what, statement in REFUSED.items() if not is_refused(statement)]
    assert taken == []
    assert list(Account.objects.order_by("pk").values_list("pk", "balance")) == before
    assert auditing.audit() == []


def test_all_work_is_done_as_it(as_app):
    job = as_app.published(images=1, overlap=1, reward="1.00")
    as_app.answer(job, as_app.wei, BOX)
    assert as_app.settled(job) == 1
    assert auditing.audit() == []
    renew_outgrown()


def test_it_can_add_to_the_books(as_app, purse_of_wei):
    wallet = wallet_of(owner=as_app.rita)
    ledger.post(postings=[Posting("spend", "k", wallet.pk, purse_of_wei, 1_000_000)], now=as_app.now)
    assert wallet_of(owner=as_app.rita).balance == 4_000_000


@pytest.fixture
def purse_of_wei(world):
    return wallet_of(owner=world.wei).pk


def test_giving_rights_again_changes_nothing_and_it_is_told_whether_they_are_there(world):
    assert not app_role.is_there(role=ROLE)
    for _ in range(2):
        app_role.give_rights(role=ROLE, password="it's secret")
    assert app_role.is_there(role=ROLE)


def test_an_old_server_makes_it_a_member_of_the_owner(world, monkeypatch):
    monkeypatch.setattr(app_role, "MAINTAIN_SINCE", 10**9)
    app_role.give_rights(role=ROLE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(%s, current_user, 'MEMBER')", [ROLE])
        assert cursor.fetchone() == (True,)


def test_it_forgets_where_those_came_from_who_leave(as_app):
    auditlog.record(actor=as_app.sam, action="x", subject=as_app.sam, now=as_app.now, address="203.0.113.5")
    leaving.leave(person=as_app.sam, gives_up=False, now=as_app.now)
    assert not AuditEntry.objects.filter(address__isnull=False).exists()
