"""A requester pauses, resumes and closes while sixteen people claim: after the reply nobody is given anything."""

import time

import pytest

from billing import ledger
from billing.money import parse_amount
from billing.wallets import wallet_of
from marketplace.auditing import audit
from marketplace.models import Assignment, Job
from tests.stories.faults.books import demand_each_once, demand_paid
from tests.stories.faults.site import FUNDS

pytestmark = pytest.mark.story

TASKS, OVERLAP, WORKERS = 300, 3, 16
TURNED_AWAY = 3  # times each, before a pause counts as tried
EVERY = 40  # answers


def work(member):
    """As fast as they can; some answers ask for the next image, some do not."""
    reply = member.claim() if member.held is None else member.submit(want_next=member.dice.random() < 0.7)
    if reply.status != 200:
        time.sleep(0.01)
    return member.crowd.open_for_work or member.held is not None


def given_out(job):
    """Every assignment that was ever shown to somebody."""
    return set(Assignment.objects.filter(job=job, shown_at__isnull=False).values_list("pk", flat=True))


def stop_while_they_claim(site, crowd, rita, job, verb):
    """POST pause or close; whatever anybody asks for after the reply gives them nothing new."""
    more = len(crowd.given) + EVERY
    site.until(lambda: crowd.gave(more), crowd)
    assert rita.post(f"jobs/{job.public_id}/{verb}/").status == 200
    replied = time.monotonic()
    shown = given_out(job)
    # What was reserved ahead has gone back with the reply.
    assert not Assignment.objects.filter(job=job, state="reserved").exists()
    tried = [(member, member.refused["job_not_open"] + TURNED_AWAY) for member in crowd.members]
    site.until(lambda: not crowd.faults and all(m.refused["job_not_open"] >= n for m, n in tried), crowd)
    assert given_out(job) == shown, "something was given out after the reply"
    first = {}
    for name, sent in sorted(crowd.handed, key=lambda each: each[1]):
        first.setdefault(name, sent)
    assert [name for name, sent in first.items() if sent > replied] == []
    # All that was held could be submitted: the only refusals are those of new work.
    assert not Assignment.objects.filter(job=job, state__in=Assignment.LIVE).exists()
    assert {reason for member in crowd.members for reason in member.refused} == {"job_not_open"}
    demand_each_once(job, given=crowd.given)


def test_after_a_pause_or_a_close_nothing_is_given_out_and_what_was_held_is_paid(site, gather):
    wallet = wallet_of(owner=site.world.rita).pk
    before = ledger.balance(account_id=wallet)
    job, rita = site.job(images=TASKS, overlap=OVERLAP), site.client(site.world.rita)
    crowd = gather(job, "pause", workers=WORKERS)
    crowd.begin(act=work)
    for verb in ("pause", "resume", "pause", "resume", "pause", "resume"):
        if verb == "resume":
            assert rita.post(f"jobs/{job.public_id}/resume/").status == 200
        else:
            stop_while_they_claim(site, crowd, rita, job, "pause")
    stop_while_they_claim(site, crowd, rita, job, "close")
    crowd.open_for_work = False
    site.until(lambda: not crowd.at_work, crowd)

    site.until(lambda: Job.objects.get(pk=job.pk).state == Job.State.CLOSED, "the job is closed")
    demand_paid(job, workers=[member.worker for member in crowd.members])
    spent = len(crowd.given) * (job.reward + job.reward * job.fee_bps // 10_000)
    assert ledger.balance(account_id=wallet) == before + parse_amount(FUNDS) - spent, "the rest came back"
    assert audit() == []
