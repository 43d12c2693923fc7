import pytest
from allauth.account.models import EmailAddress

from billing.models import Outbox
from marketplace.closing import close
from marketplace.enrolling import enrol
from marketplace.errors import Conflict, Refused
from marketplace.inviting import (
    MAX_A_DAY,
    MAX_AT_ONCE,
    addresses_of,
    announce,
    invitations_of,
    invite,
    is_invited,
    link_of,
    renew_link,
    set_visibility,
    withdraw,
)
from marketplace.models import AuditEntry, Enrolment, Invitation


def asked(job, world, *emails):
    return invite(job=job, addresses=emails, now=world.now)


def state(worker):
    return Enrolment.objects.values_list("state", "reason").get(worker=worker)


def told():
    return Outbox.objects.filter(topic="job.invited").count()


def test_good_addresses_are_kept_and_each_bad_one_is_named(world):
    job = world.published(images=1, visibility="invited")

    done = asked(
        job, world, "Wei@Example.org", " wanda@example.org ", "wanda at example.org", "wei@example.org", "a\x00@b.c"
    )

    assert [row.email for row in invitations_of(job=job)] == ["wanda@example.org", "wei@example.org"]
    assert [(fault.field, fault.rule) for fault in done.problems] == [("emails[2]", "email"), ("emails[4]", "email")]
    assert "wanda at example.org" in done.problems[0].message


def test_inviting_again_adds_nobody_and_writes_no_second_letter(world):
    job = world.published(images=1)

    assert len(asked(job, world, "a@example.org").added) == 1
    again = asked(job, world, "A@example.org", "b@example.org")

    assert (again.known, [row.email for row in again.added], told()) == (1, ["b@example.org"], 2)


def test_the_list_of_a_draft_is_told_when_it_is_published_and_not_before(world):
    job = world.job(images=1)
    asked(job, world, "a@example.org", "b@example.org")
    assert told() == 0

    announce(job=job, now=world.now)

    assert told() == 2


def test_too_many_at_once_are_refused(world):
    job = world.published(images=1)

    with pytest.raises(Refused, match="At most 500 addresses at once"):
        asked(job, world, *[f"{n}@example.org" for n in range(MAX_AT_ONCE + 1)])


def test_strangers_get_only_so_many_letters_a_day_however_often_they_are_withdrawn(world):
    job = world.published(images=1)
    for start in range(0, MAX_A_DAY, MAX_AT_ONCE):
        asked(job, world, *[f"{n}@example.org" for n in range(start, start + MAX_AT_ONCE)])
    withdraw(job=job, invitation_id=invitations_of(job=job)[0].pk, now=world.now)

    with pytest.raises(Refused, match="today you can send 0 more"):
        asked(job, world, "one.more@example.org")
    world.later(days=1, seconds=1)
    assert asked(job, world, "one.more@example.org").added


def test_a_confirmed_address_of_ones_own_is_what_counts(world, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    job = world.published(images=1, visibility="invited")
    asked(job, world, "wei@example.org", "wei@work.example.org")
    assert not is_invited(job=job, person=world.wei)

    address = EmailAddress.objects.create(user=world.wei, email="wei@work.example.org", verified=False)
    assert not is_invited(job=job, person=world.wei)
    address.verified = True
    address.save()

    assert is_invited(job=job, person=world.wei)
    assert addresses_of(person=world.wei) == {"wei@work.example.org"}


def test_where_nobody_has_to_confirm_an_address_the_accounts_own_counts(world):
    job = world.published(images=1, visibility="invited")
    asked(job, world, "wei@example.org")

    assert is_invited(job=job, person=world.wei)
    assert not is_invited(job=job, person=world.wanda)


def test_withdrawing_an_invitation_ends_the_work_and_inviting_again_brings_it_back(world):
    job = world.published(images=1, visibility="invited")
    [row] = asked(job, world, "wei@example.org").added
    enrol(job=job, worker=world.wei, now=world.now)

    withdraw(job=job, invitation_id=row.pk, now=world.now)
    assert state(world.wei) == ("blocked", "invitation")

    asked(job, world, "wei@example.org")
    assert state(world.wei) == ("ready", "")


def test_who_is_invited_by_another_address_stays_in(world):
    job = world.published(images=1, visibility="invited")
    EmailAddress.objects.create(user=world.wei, email="second@example.org", verified=True)
    first, _ = asked(job, world, "wei@example.org", "second@example.org").added
    enrol(job=job, worker=world.wei, now=world.now)

    withdraw(job=job, invitation_id=first.pk, now=world.now)

    assert state(world.wei) == ("ready", "")


def test_a_public_job_lets_in_again_and_its_list_keeps_nobody_out(world):
    job = world.published(images=1, visibility="invited")
    [row] = asked(job, world, "wei@example.org").added
    enrol(job=job, worker=world.wei, now=world.now)
    withdraw(job=job, invitation_id=row.pk, now=world.now)

    set_visibility(job=job, visibility="public", now=world.now)
    assert state(world.wei) == ("ready", "")

    [row] = asked(job, world, "wei@example.org").added
    withdraw(job=job, invitation_id=row.pk, now=world.now)
    assert state(world.wei) == ("ready", "")


def test_an_invitation_of_another_job_is_not_found(world):
    job, other = world.published(images=1), world.published(images=1)
    [row] = asked(other, world, "wei@example.org").added

    with pytest.raises(Invitation.DoesNotExist):
        withdraw(job=job, invitation_id=row.pk, now=world.now)


def test_a_job_gets_its_key_when_it_is_first_open_by_link_and_keeps_it(world):
    job = world.published(images=1)
    assert (job.invite_key, link_of(job=job)) == ("", "")

    job = set_visibility(job=job, visibility="link", now=world.now)
    first = job.invite_key
    assert link_of(job=job).endswith(f"/work/{job.public_id}/?key={first}")
    assert len(first) >= 20

    job = set_visibility(job=job, visibility="invited", now=world.now)
    assert link_of(job=job) == ""
    assert set_visibility(job=job, visibility="link", now=world.now).invite_key == first


def test_a_new_link_kills_the_old_one(world):
    job = world.published(images=1, visibility="link")

    assert renew_link(job=job, now=world.now).invite_key not in ("", job.invite_key)
    with pytest.raises(Conflict, match="not open by link"):
        renew_link(job=world.published(images=1), now=world.now)


def test_who_may_work_does_not_change_once_a_job_is_closed(world):
    job = close(job=world.published(images=1), now=world.now)

    for change in (
        lambda: set_visibility(job=job, visibility="link", now=world.now),
        lambda: asked(job, world, "wei@example.org"),
        lambda: renew_link(job=job, now=world.now),
    ):
        with pytest.raises(Conflict, match="closed"):
            change()


def test_a_word_that_is_no_visibility_is_refused(world):
    with pytest.raises(Refused, match="public, invited, link"):
        set_visibility(job=world.published(images=1), visibility="friends", now=world.now)


def test_each_act_is_noted_without_addresses_and_without_keys(world):
    job = world.published(images=1)
    job = set_visibility(job=job, visibility="link", now=world.now)
    job = renew_link(job=job, now=world.now)
    [row] = asked(job, world, "wei@example.org").added
    withdraw(job=job, invitation_id=row.pk, now=world.now)

    noted = AuditEntry.objects.filter(object_id=str(job.pk)).order_by("pk")
    assert [entry.action for entry in noted][-4:] == [
        "job.visibility",
        "job.link_renewed",
        "job.invited",
        "job.invitation_withdrawn",
    ]
    words = str([(entry.before, entry.after) for entry in noted])
    assert "wei@" not in words
    assert job.invite_key not in words
