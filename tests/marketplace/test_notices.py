import pytest

from billing.models import Outbox
from marketplace import notices


@pytest.fixture
def outbox(world):
    def put(topic, **payload):
        return Outbox.objects.create(topic=topic, payload=payload, created_at=world.now)

    return put


def test_a_deposit_that_arrived_is_told_once(world, outbox, mailoutbox):
    outbox("deposit.paid", owner=world.rita.pk, amount=50_000_000)

    assert [notices.tell(now=world.now), notices.tell(now=world.now)] == [1, 0]
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([world.rita.email], "[Tally] Your deposit of $50.00 has arrived")
    assert "/wallet/" in mail.body


def test_a_payout_that_failed_says_why(world, outbox, mailoutbox):
    outbox("payout.failed", worker=world.wei.pk, amount=2_000_000, reason="The account is closed.")

    notices.tell(now=world.now)

    assert "Why: The account is closed." in mailoutbox[0].body


def test_mail_that_cannot_be_sent_is_tried_again(world, outbox, monkeypatch, mailoutbox):
    outbox("deposit.paid", owner=world.rita.pk, amount=1_000_000)

    def down(*_, **__):
        raise OSError("no route to the mail server")

    with monkeypatch.context() as patch:
        patch.setattr(notices, "send_mail", down)
        assert notices.tell(now=world.now) == 0
    assert notices.tell(now=world.now) == 1
    assert len(mailoutbox) == 1


def test_news_for_nobody_is_ticked_off(world, outbox, mailoutbox):
    outbox("something.else", amount=1)
    outbox("deposit.paid", owner=0, amount=1_000_000)

    assert notices.tell(now=world.now) == 2
    assert mailoutbox == []


def test_a_row_that_cannot_be_told_neither_holds_up_nor_repeats_the_others(world, outbox, mailoutbox, caplog):
    outbox("deposit.paid", owner=world.rita.pk, amount=1_000_000)
    outbox("deposit.paid", owner=world.rita.pk, amount="much")
    outbox("deposit.paid", owner=world.rosa.pk, amount=2_000_000)

    assert [notices.tell(now=world.now), notices.tell(now=world.now)] == [2, 0]
    assert [mail.to for mail in mailoutbox] == [[world.rita.email], [world.rosa.email]]
    assert "cannot be told" in caplog.text
