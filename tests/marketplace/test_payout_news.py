"""News of a payout account: a letter, and a look at who else is paid there."""

import pytest

from billing import payout_accounts
from billing.models import Outbox, PayoutAccount
from marketplace import enrolling, notices
from marketplace.models import Enrolment

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(world, mailoutbox):
    """What a worker was told of."""

    def tell():
        mailoutbox.clear()
        notices.tell(now=world.now)
        assert not Outbox.objects.filter(consumed_at=None).exists()
        return [(mail.subject, mail.to[0]) for mail in mailoutbox]

    return tell


def give(world, person, details):
    return payout_accounts.give_details(worker=person, country="IN", details=details, now=world.now)


def test_who_set_it_up_and_who_changed_it_is_told(world, told, mailoutbox):
    give(world, world.wei, "Wei 0012 3456")
    assert told() == [("[Tally] Payouts to you go to the bank account you named", "wei@example.org")]
    give(world, world.wei, "Mallory 6666")
    assert told() == [("[Tally] Where your payouts go was changed", "wei@example.org")]
    assert "change your password" in mailoutbox[0].body
    assert "/work/earnings/account/" in mailoutbox[0].body
    assert "6666" not in mailoutbox[0].body


def test_what_their_bank_sent_back_is_told_with_its_words(world, told, mailoutbox):
    PayoutAccount.objects.create(worker=world.wei, provider_account="acct_1", updated_at=world.now)
    payout_accounts.note_bank_payment(
        provider_account="acct_1", made_at=world.now, problem="The account is closed.", now=world.now
    )
    assert told() == [("[Tally] Your bank sent a payout back", "wei@example.org")]
    assert "Why: The account is closed. The money waits" in mailoutbox[0].body


def test_two_who_name_one_bank_account_are_parted(world, told, settings):
    settings.SHARING_PARTS = True
    job = world.published()
    for person in (world.wei, world.wanda):
        enrolling.enrol(job=job, worker=person, now=world.later(minutes=1))
    give(world, world.wei, "One account 0012")
    give(world, world.wanda, "one ACCOUNT 00-12")
    told()
    assert list(Enrolment.objects.order_by("pk").values_list("state", "reason")) == [
        ("ready", ""), ("blocked", "shared"),
    ]  # fmt: skip


def test_nobody_writes_to_the_suspended(world, told):
    give(world, world.wei, "Wei 0012 3456")
    world.wei.is_active = False
    world.wei.save()
    assert told() == []
