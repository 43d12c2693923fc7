from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from billing import ledger
from billing.models import Payout, Transfer
from billing.wallets import wallet_of
from marketplace import auditing, bell
from marketplace.demo import seeding
from marketplace.demo.seeding import Login
from marketplace.models import Assignment, Job, Place, Release, Task, User

LOGINS = {role: Login(f"{role}@tally.test", f"{role}-secret-1") for role in ("requester", "worker", "admin")}

pytestmark = pytest.mark.django_db(transaction=True)


def seed(now):
    return seeding.seed(logins=LOGINS, site="http://tally", now=now)


@pytest.fixture
def small(monkeypatch, bank):
    """A bank, no broker, and a world of fewer images, so that it is made quickly."""
    monkeypatch.setattr(bell, "ring", lambda name, *args: None)
    monkeypatch.setattr(seeding, "IMAGES", {seeding.FINISHED: 2, seeding.OPEN: 2, seeding.DRAFT: 1})


def test_the_whole_world_is_alive_and_adds_up(bank, monkeypatch):
    monkeypatch.setattr(bell, "ring", lambda name, *args: None)
    now = timezone.now()
    assert seed(now)
    assert auditing.audit() == []
    states = dict(Job.objects.values_list("title", "state"))
    assert states == {seeding.FINISHED: "closed", seeding.OPEN: "open", seeding.DRAFT: "draft"}
    check_finished(Job.objects.get(title=seeding.FINISHED))
    check_open(Job.objects.get(title=seeding.OPEN), now)
    assert Payout.objects.filter(state="sent").count() >= 3
    assert ledger.balance(account_id=wallet_of(owner=User.objects.get(email="requester@tally.test")).pk) > 0
    assert Transfer.objects.filter(created_at__gt=now).count() == 0


def check_finished(job):
    assert not Task.objects.filter(job=job).exclude(state="settled").exists()
    assert not Place.objects.filter(job=job, held__gt=0).exists()
    assert Release.objects.filter(job=job).count() == 1
    assert job.closed_at > job.published_at


def check_open(job, now):
    worker = User.objects.get(email="worker@tally.test")
    mine = Assignment.objects.filter(worker=worker)
    assert mine.filter(state="accepted").count() >= 4
    assert mine.filter(state="rejected").exclude(verdict__explanation="").exists()
    answered = mine.filter(job=job).values("task")
    assert Place.objects.filter(job=job, state="open").exclude(task__in=answered).count() >= 3
    assert Task.objects.filter(job=job, state="settled").count() >= 3
    assert not Assignment.objects.filter(state="claimed").exists()
    assert Assignment.objects.filter(submitted_at__gt=now).count() == 0


def test_three_people_can_log_in_and_the_crowd_is_named_as_simulated(small):
    seed(timezone.now())
    for role, login in LOGINS.items():
        person = User.objects.get(email=login.email)
        assert person.check_password(login.password)
        assert EmailAddress.objects.get(user=person).verified
        roles = (person.is_requester, person.is_worker, person.is_staff)
        assert roles == tuple(role == name for name in ("requester", "worker", "admin"))
    others = User.objects.exclude(email__in=[login.email for login in LOGINS.values()])
    assert all(person.name.startswith("Simulated worker") for person in others)
    assert not any(person.has_usable_password() for person in others)


def test_a_second_seeding_changes_nothing(small):
    assert seed(timezone.now())
    before = (User.objects.count(), Job.objects.count(), Transfer.objects.count())
    assert not seed(timezone.now())
    assert (User.objects.count(), Job.objects.count(), Transfer.objects.count()) == before


@pytest.mark.parametrize("step", ["finished_job", "open_job", "draft_job"])
def test_a_seeding_that_was_cut_short_is_gone_on_with(small, monkeypatch, step):
    def cut(**arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(seeding, step, cut)
        with pytest.raises(KeyboardInterrupt):
            seed(timezone.now() - timedelta(minutes=5))
    assert seed(timezone.now())
    assert Job.objects.count() == 3
    assert auditing.audit() == []
