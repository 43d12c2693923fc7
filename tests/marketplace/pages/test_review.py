"""The review queue as its requester sees it, and what its workers see of it."""

import json
import re

import pytest
from django.urls import reverse

from marketplace import rejecting
from marketplace.auditing import audit
from marketplace.models import Assignment, Decision, Review
from marketplace.uploading import prepare_images

CAN = ("can", [10, 10, 30, 30])
BAG = ("bag", [70, 50, 20, 20])


@pytest.fixture
def by_hand(world):
    """Two images that Rita judges herself, answered by Wei."""
    job = world.published(overlap=1, policy={"judge": "requester"})
    prepare_images(job_id=job.pk)
    world.given = [world.answer(job, world.wei, CAN) for _ in range(2)]
    world.settled(job)
    return job


def page(world, job, person=None, **query):
    return world.browser(person or world.rita).get(reverse("job_review", args=[job.public_id]), query)


def say(world, job, given, **typed):
    address = reverse("review_decide", args=[job.public_id, given.pk])
    return world.browser(world.rita).post(address, typed, follow=True)


def layers(response):
    drawn = re.search(r'<script id="viewer-data" type="application/json">(.*?)</script>', response.content.decode())
    return [layer["name"] for layer in json.loads(drawn[1])["layers"]]


def test_one_answer_at_a_time_over_its_image_under_a_pseudonym(world, by_hand):
    shown = page(world, by_hand)
    assert shown.context["review"].assignment == world.given[0]
    text = shown.content.decode()
    assert world.wei.pseudonym in text
    assert "Wei" not in text
    assert layers(shown) == ["The answer"]
    assert page(world, by_hand, after=world.given[0].pk).context["review"].assignment == world.given[1]
    assert page(world, by_hand, after=world.given[1].pk).context["review"].assignment == world.given[0]
    assert page(world, by_hand, answer="nonsense").context["review"].assignment == world.given[0]


def test_accepting_leads_to_the_next_and_at_last_to_none(world, by_hand):
    assert b"Accepted and paid." in say(world, by_hand, world.given[0], decision="accept").content
    last = say(world, by_hand, world.given[1], decision="accept")
    assert b"Nothing waits for you" in last.content
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    assert audit() == []


def test_a_rejection_without_words_is_shown_again_with_what_was_typed(world, by_hand):
    refused = say(world, by_hand, world.given[1], decision="reject", reason="loose", note=" ")
    assert refused.status_code == 422
    assert refused.context["review"].assignment == world.given[1]
    assert b'<option value="loose" selected>' in refused.content
    assert b"Say what is wrong" in refused.content
    nothing = say(world, by_hand, world.given[1], decision="reject", note="Much too wide.")
    assert b"Choose a reason." in nothing.content or b"Much too wide." in nothing.content
    assert Review.objects.filter(said="").count() == 2


def test_a_rejected_worker_reads_the_reason_and_the_words_and_can_contest(world, by_hand):
    say(world, by_hand, world.given[0], decision="reject", reason="loose", note="Much too wide.")
    seen = world.browser(world.wei).get(reverse("answer", args=[world.given[0].pk])).content.decode()
    assert "Much too wide." in seen
    assert "Drawn too loosely" in seen
    assert "None" not in re.sub(r"<[^>]+>", "", seen)
    assert "Is this wrong?" in seen


def test_an_answer_sent_back_is_told_to_its_worker_and_cannot_go_back_twice(world, by_hand):
    say(world, by_hand, world.given[0], decision="return", note="Closer, please.")
    seen = world.browser(world.wei).get(reverse("answer", args=[world.given[0].pk])).content.decode()
    assert "Closer, please." in seen
    assert reverse("label", args=[by_hand.public_id]) in seen
    assert b"Returned" in world.browser(world.wei).get(reverse("history")).content
    label = world.browser(world.wei).get(reverse("label", args=[by_hand.public_id])).content.decode()
    assert '"note": "Closer, please."' in label


def test_a_correction_may_be_picked_among_the_other_answers(world):
    job = world.published(images=1, policy={"judge": "both"})
    prepare_images(job_id=job.pk)
    walt = world.worker("Walt")
    for worker, box in ((world.wei, CAN), (world.wanda, CAN), (walt, BAG)):
        world.answer(job, worker, box)
    world.settled(job)
    odd = Assignment.objects.get(worker=walt)
    shown = page(world, job)
    assert b"Votes would reject it" in shown.content
    assert layers(shown) == ["The answer", "Adopted", world.wei.pseudonym, world.wanda.pseudonym]
    assert b"or pick another answer" in say(world, job, odd, decision="fix", pick="nonsense").content
    fixed = say(world, job, odd, decision="fix", pick=Assignment.objects.get(worker=world.wei).pk)
    assert b"Now say what becomes of the answer" in fixed.content
    assert fixed.context["review"].assignment == odd
    assert Decision.objects.get(current=True).kind == "review"
    assert audit() == []


def test_a_sample_is_marked_as_paid_and_offers_no_rejection(world):
    job = world.published(images=1, overlap=1, policy={"review_share": 1.0})
    prepare_images(job_id=job.pk)
    world.answer(job, world.wei, CAN)
    world.settled(job)
    shown = page(world, job).content
    assert b"Sample: accepted and paid" in shown
    assert b'value="reject"' not in shown
    assert b'value="return"' not in shown


def test_who_was_stopped_is_told_and_offered_no_rejection(world, by_hand, monkeypatch):
    monkeypatch.setattr(rejecting, "A_DAY", 0)
    told = say(world, by_hand, world.given[0], decision="reject", reason="other", note="No.")
    assert b"You cannot reject at the moment." in told.content
    assert b'value="reject"' not in told.content
    again = say(world, by_hand, world.given[1], decision="reject", reason="other", note="No.")
    assert b"until then you cannot reject" in again.content


def test_a_job_judged_by_votes_says_why_nothing_comes(world):
    assert b"judged by votes" in page(world, world.published(images=1)).content


def test_the_queue_is_its_requesters_alone(world, by_hand):
    assert page(world, by_hand, world.rosa).status_code == 404
    assert page(world, by_hand, world.wei).status_code == 403
    address = reverse("review_decide", args=[by_hand.public_id, world.given[0].pk])
    assert world.browser(world.rosa).post(address, {"decision": "accept"}).status_code == 404
    other = world.published(images=1, overlap=1)
    elsewhere = reverse("review_decide", args=[other.public_id, world.given[0].pk])
    assert world.browser(world.rita).post(elsewhere, {"decision": "accept"}).status_code == 404


def test_the_job_says_how_much_waits(world, by_hand):
    text = world.browser(world.rita).get(reverse("job", args=[by_hand.public_id])).content.decode()
    assert re.search(r"Review\s*<span class=\"count\">2</span>", text)
