"""A requester is told once of what is amiss with their known answers."""

import pytest

from billing.models import Outbox
from marketplace import gold_alerts, gold_standing, notices
from marketplace.models import GoldAlert, Place
from qa.models import Gold
from tests.known import job_with_gold

pytestmark = pytest.mark.django_db


def about_gold(letters):
    return [letter for letter in letters if "known answers" in letter.subject]


def test_each_thing_is_told_once_by_mail_and_again_when_it_came_back(world, mailoutbox):
    job = job_with_gold(world, known=2)
    gold_standing.attend(job_id=job.pk, now=world.now)
    assert gold_alerts.tell(job=job, now=world.now) == []
    notices.tell(now=world.now)
    [mail] = about_gold(mailoutbox)
    assert (mail.to, job.title in mail.subject) == ([world.rita.email], True)
    assert "Only 2 known answers are in use" in mail.body
    assert f"/jobs/{job.public_id}/gold/" in mail.body

    Gold.objects.update(state="review")
    Place.objects.filter(job=job, lane=2).update(state="taken")
    assert gold_alerts.tell(job=job, now=world.now) == ["none", "review"]
    assert set(GoldAlert.objects.values_list("why", flat=True)) == {"none", "review"}, "few was mended, after a fashion"
    notices.tell(now=world.now)
    assert "2 known answers need a look" in about_gold(mailoutbox)[-1].body
    Gold.objects.update(state="active")
    assert gold_alerts.tell(job=job, now=world.now) == ["used_up"]


def test_what_was_mended_before_the_mail_went_is_not_told(world, mailoutbox):
    job = job_with_gold(world, images=8, known=4)
    assert gold_alerts.tell(job=job, now=world.now) == ["few"]
    Gold.objects.update(state="review")
    Gold.objects.filter(pk=Gold.objects.first().pk).update(state="retired")
    Outbox.objects.create(topic="gold.alert", payload={"job": 0, "why": "few"}, created_at=world.now)
    notices.tell(now=world.now)
    assert about_gold(mailoutbox) == []


def test_where_nothing_is_amiss_nothing_is_told(world):
    job = job_with_gold(world)
    assert gold_alerts.tell(job=job, now=world.now) == []
    assert gold_alerts.tell(job=world.published(images=1), now=world.now) == []
