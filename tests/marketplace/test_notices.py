import pytest

from billing.models import Outbox, Reconciliation
from marketplace import notices, overturning
from marketplace.appealing import uphold_overdue, waive
from marketplace.inviting import invite, withdraw
from marketplace.posting import publish
from tests.marketplace.test_appealing import contest


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


def test_a_bonus_says_what_for_and_a_requester_hears_that_their_job_pays_too_little(world, outbox, mailoutbox):
    job = world.job(images=0)
    outbox("bonus.paid", worker=world.wei.pk, amount=500_000, reason="Careful edges.")
    outbox("job.underpaid", job=job.pk)
    outbox("job.underpaid", job=0)

    assert notices.tell(now=world.now) == 3
    bonus, underpaid = mailoutbox
    assert (bonus.to, bonus.subject) == ([world.wei.email], "[Tally] You got a bonus of $0.50")
    assert "Why: Careful edges." in bonus.body
    assert (underpaid.to, "pays less than $8.00 an hour" in underpaid.subject) == ([world.rita.email], True)
    assert f"/jobs/{job.public_id}/" in underpaid.body


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


def test_an_invitation_is_one_letter_with_the_jobs_title_and_address(world, mailoutbox):
    job = world.published(images=1, visibility="link", title="Cells,\nround ones")
    Outbox.objects.all().delete()
    invite(job=job, addresses=["new@example.org"], now=world.now)

    notices.tell(now=world.now)
    notices.tell(now=world.now)

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (
        ["new@example.org"],
        "[Tally] You are invited to label images: Cells, round ones",
    )
    assert f"/work/{job.public_id}/" in mail.body
    assert "$0.05" in mail.body
    assert job.invite_key not in mail.body


def test_the_letter_is_the_same_whether_or_not_there_is_an_account(world, mailoutbox):
    job = world.published(images=1)
    Outbox.objects.all().delete()
    invite(job=job, addresses=[world.wei.email, "no@example.org"], now=world.now)

    notices.tell(now=world.now)

    letters = {mail.body.replace(mail.to[0], "") for mail in mailoutbox}
    assert (len(mailoutbox), len(letters)) == (2, 1)


def test_an_invitation_that_was_withdrawn_before_it_was_sent_is_not_sent(world, mailoutbox):
    job = world.published(images=1)
    [row] = invite(job=job, addresses=["no@example.org"], now=world.now).added
    withdraw(job=job, invitation_id=row.pk, now=world.now)
    Outbox.objects.exclude(topic="job.invited").delete()

    notices.tell(now=world.now)

    assert not mailoutbox


def test_whoever_is_on_the_list_of_a_draft_is_told_when_it_is_published(world, mailoutbox):
    job = world.job(images=1)
    invite(job=job, addresses=["new@example.org"], now=world.now)
    notices.tell(now=world.now)
    assert not mailoutbox
    world.fund(world.rita, "100.00")
    Outbox.objects.all().delete()

    publish(job=job, now=world.now)
    notices.tell(now=world.now)

    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]


def about_appeals(mailoutbox):
    return [mail for mail in mailoutbox if "appeal" in mail.subject]


def test_an_appeal_is_told_to_the_owner_without_a_name_and_its_end_to_the_worker(world, mailoutbox):
    refused = world.rejected()
    found = contest(world, refused)
    notices.tell(now=world.now)
    [mail] = about_appeals(mailoutbox)
    assert (mail.to, mail.subject) == ([world.rita.email], "[Tally] An appeal waits for you: Cans on shelves")
    assert "/appeals/" in mail.body
    assert not [secret for secret in (world.wei.name, world.wei.pseudonym, world.wei.email) if secret in mail.body]

    overturning.reject(appeal_id=found.pk, decider=world.ada, answer="It <is> a can.", now=world.now)
    notices.tell(now=world.now)
    told = mailoutbox[-1]
    assert (told.to, told.subject) == ([world.wei.email], "[Tally] Your appeal was lost: Cans on shelves")
    assert "They say: It <is> a can." in told.body
    assert str(refused.pk) in told.body
    assert world.ada.name not in told.body


def test_an_appeal_upheld_by_its_deadline_says_so_and_one_waived_meanwhile_is_not_told(world, mailoutbox):
    first, second = world.rejected(), world.rejected()
    contest(world, first)
    waive(assignment_id=first.pk, worker=world.wei, now=world.now)
    contest(world, second)
    uphold_overdue(now=world.later(days=8))
    notices.tell(now=world.now)
    [mail] = about_appeals(mailoutbox)
    assert mail.subject == "[Tally] Your appeal was upheld: Cans on shelves"
    assert "Nobody decided it in time" in mail.body
    assert "$0.05" in mail.body


def test_admins_hear_what_the_comparison_with_the_provider_found(world, outbox, mailoutbox):
    run = Reconciliation.objects.create(
        since=world.now, until=world.later(hours=1), started_at=world.now, finished_at=world.now, state="done", found=2
    )
    assert world.ada
    outbox("reconciliation.alarm", run=run.pk)
    outbox("reconciliation.alarm", run=run.pk + 1)
    assert notices.tell(now=world.now) == 2
    [mail] = mailoutbox
    assert mail.to == [world.ada.email]
    assert "2 new differences between the provider's books and ours." in mail.body
    assert "/reports/books/" in mail.body
