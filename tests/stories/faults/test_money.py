"""kill -9 while people pay in and are paid out: what was acknowledged arrives, once, and the provider says the same."""

import threading
from datetime import timedelta
from random import Random

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from billing import gateway, ledger, reconciling
from billing.ledger import AccountKind, Posting
from billing.models import Deposit, Payout
from billing.wallets import earnings_of
from marketplace import tokens
from marketplace.auditing import audit
from marketplace.sweeping import sweep
from tests.bench.money.payers import Person, be_paid, pay_in

pytestmark = pytest.mark.story

VICTIMS = ["web", "worker", "postgres", "backend"]
SEED = 5
LATER = timedelta(minutes=11)  # the sweeper takes over what a dead worker was just sending


@pytest.fixture
def provider(site, settings):
    site.start_sandbox()
    settings.STRIPE_API_BASE = site.env["STRIPE_API_BASE"]
    yield
    gateway._client_for.cache_clear()


def people(site):
    """Two who pay in, two who are paid out of a gift; the first deposits are what the provider sends on."""
    gift, found = ledger.platform(AccountKind.GOODWILL).pk, []
    for number in range(2):
        payer = site.world.person(f"Payer{number}", is_requester=True)
        Authenticator.objects.create(user=payer, type=Authenticator.Type.TOTP, data={})
        worker = site.world.worker(f"Paid{number}")
        purse = earnings_of(worker=worker).pk
        ledger.post(postings=[Posting("opening", f"gift:{number}", gift, purse, 500_000_000)], now=timezone.now())
        for who, act in ((payer, pay_in), (worker, be_paid)):
            key = tokens.issue(user=who, name="story")
            found.append(Person(name=f"{act.__name__}{number}", key=key, port=site.port, act=act, seed=SEED))
    for found[0].number in range(-6, 0):
        pay_in(found[0])
    return found


def test_money_that_was_acknowledged_survives_every_kill_and_arrives_once(site, provider):
    crowd, dice, victims = people(site), Random(SEED), list(VICTIMS)
    dice.shuffle(victims)
    for person in crowd:
        person.start()
    try:
        for victim in victims:
            enough = sum(len(person.made) for person in crowd) + dice.randint(6, 12)
            site.until(lambda enough=enough: sum(len(person.made) for person in crowd) >= enough, "money moves")
            site.until(lambda victim=victim: site.alive(victim), f"{victim} runs again")
            site.kill(victim)
    finally:
        ends = [threading.Thread(target=person.stop) for person in crowd]
        for end in ends:
            end.start()
        site.until(lambda: not any(end.is_alive() for end in ends), "everybody had their last answer")
    site.reconnect()
    for _ in range(3):
        sweep(now=timezone.now() + LATER)

    assert not [refused for person in crowd for refused in person.refused]
    assert sum(person.again for person in crowd), "no kill was noticed"
    made = [pk for person in crowd for pk in person.made]
    assert len(made) == len(set(made))
    deposits = {str(pk): state for pk, state in Deposit.objects.values_list("pk", "state")}
    payouts = {str(pk): state for pk, state in Payout.objects.values_list("pk", "state")}
    assert not [pk for pk in made if pk not in deposits and pk not in payouts]
    assert {deposits[pk] for person in crowd for pk in person.paid} == {"paid"}
    assert set(payouts.values()) == {"paid"}
    run = reconciling.run(now=timezone.now())
    assert (run.state, run.problem, reconciling.alarms(run=run)) == ("done", "", [])
    assert run.matched == run.lines == len([pk for person in crowd for pk in person.paid]) + len(payouts)
    assert audit() == []
