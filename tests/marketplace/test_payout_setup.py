"""How a worker is paid is said before they start, set up by them alone, freshly signed in, and noted."""

import pytest

from billing import gateway, payouts, sealing
from billing.gateway import GatewayAway, Recipient
from billing.models import Payout, PayoutAccount
from billing.wallets import earnings_of
from marketplace import payout_setup
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import AuditEntry
from tests.billing.conftest import fund

pytestmark = pytest.mark.django_db
PAGE = "https://connect.example/e/1"
DETAILS = "Wei Chen\n\n  0012 3456 7890 "


@pytest.fixture(autouse=True)
def _europe_by_the_provider_and_the_rest_by_hand(settings):
    settings.PAYOUT_MANUAL_COUNTRIES = ["IN"]


@pytest.fixture
def provider(monkeypatch):
    """The provider's word; set `away` and it does not answer."""

    class Provider:
        away = False
        says = Recipient(id="acct_1", payouts_enabled=False, country="DE", currently_due=("external_account",))

        def answer(self, **_):
            if self.away:
                raise GatewayAway("no answer")
            return self.says

    one = Provider()
    monkeypatch.setattr(gateway, "create_recipient", one.answer)
    monkeypatch.setattr(gateway, "find_recipient", one.answer)
    monkeypatch.setattr(gateway, "onboarding_link", lambda **_: PAGE)
    return one


def opens(world, country="DE", fresh=True):
    return payout_setup.open_account(
        worker=world.wei, country=country, refresh_url="https://t/a", return_url="https://t/b", fresh=fresh,
        now=world.now, address="192.0.2.1",
    )  # fmt: skip


def gives(world, country="IN", details=DETAILS, fresh=True):
    return payout_setup.give_details(worker=world.wei, country=country, details=details, fresh=fresh, now=world.now)


@pytest.mark.parametrize(
    ("country", "words"), [("", "Say it in your profile"), ("KE", "We cannot pay to Kenya yet"), ("DE", ""), ("IN", "")]
)
def test_before_they_start_workers_hear_whether_they_can_be_paid(world, country, words):
    world.wei.country = country
    told = payout_setup.warning(worker=world.wei)
    assert words in told if words else not told


def test_the_profile_the_board_and_a_jobs_page_say_so_too(world):
    world.wei.country = "KE"
    world.wei.save()
    pid, browser = world.published().public_id, world.browser(world.wei)
    for path in ("/accounts/profile/", "/work/", f"/work/{pid}/"):
        assert "We cannot pay to Kenya yet" in browser.get(path).text, path
    world.wei.country = "IN"
    world.wei.save()
    assert "by bank transfer by hand" in browser.get("/accounts/profile/").text
    assert "We cannot pay" not in browser.get("/work/").text
    assert "through our payment provider" in payout_setup.ways_words(country="DE")
    assert payout_setup.ways_words(country="") == ""


def test_opening_leads_to_the_provider_and_says_what_is_missing(world, provider):
    assert opens(world) == PAGE
    setup = payout_setup.setup_of(worker=world.wei)
    assert (setup.ready, setup.wanted) == (False, ("a bank account to be paid to",))
    entry = AuditEntry.objects.get(action="payout_account.opened")
    assert (entry.actor, entry.after, entry.address) == (
        world.wei, {"method": "provider", "country": "DE"}, "192.0.2.1",
    )  # fmt: skip
    assert payout_setup.warning(worker=world.wei) == ""


def test_back_from_the_provider_the_account_is_looked_at(world, provider):
    opens(world)
    provider.away = True
    assert not payout_setup.look(worker=world.wei, now=world.later(minutes=5)).ready
    assert PayoutAccount.objects.get().told_at, "the sweeper asks again"
    provider.away, provider.says = False, Recipient(id="acct_1", payouts_enabled=True)
    assert payout_setup.look(worker=world.wei, now=world.later(minutes=5)).ready


def test_where_nobody_pays_nothing_is_opened(world, provider):
    for act, country in ((opens, "KE"), (opens, "IN"), (opens, ""), (gives, "DE"), (gives, "XX")):
        with pytest.raises(Refused) as refused:
            act(world, country=country)
        assert refused.value.problems[0].field == "country"
    assert not PayoutAccount.objects.exists()


def test_only_who_has_just_signed_in_changes_where_money_goes(world, provider):
    for act in (opens, gives):
        with pytest.raises(Forbidden) as no:
            act(world, fresh=False)
        assert no.value.reason == "fresh_login_needed"


def test_bank_details_are_kept_sealed_and_in_no_log(world):
    account = gives(world)
    assert sealing.unseal(sealed=account.sealed_details) == "Wei Chen\n0012 3456 7890"
    entry = AuditEntry.objects.get(action="payout_account.details_given")
    assert "0012" not in str(entry.after) + account.sealed_details


@pytest.mark.parametrize(("details", "rule"), [("", "empty"), ("  \n ", "empty"), ("x" * 501, "too_long")])
def test_details_that_say_nothing_or_too_much_are_refused(world, details, rule):
    with pytest.raises(Refused) as refused:
        gives(world, details=details)
    assert (refused.value.problems[0].field, refused.value.problems[0].rule) == ("details", rule)


def test_an_own_payout_can_be_cancelled_until_it_is_sent(world):
    fund(earnings_of(worker=world.wei), 5_000_000)
    payout = payouts.request(worker=world.wei, amount=None, idempotency_key="k", now=world.now)
    with pytest.raises(Payout.DoesNotExist):
        payout_setup.cancel_payout(worker=world.wanda, payout_id=payout.pk, now=world.now)
    done = payout_setup.cancel_payout(worker=world.wei, payout_id=payout.pk, now=world.now)
    assert (done.state, earnings_of(worker=world.wei).balance) == ("cancelled", 5_000_000)
    assert AuditEntry.objects.filter(action="payout.cancelled", actor=world.wei).exists()
    with pytest.raises(Conflict, match="cannot be cancelled any more"):
        payout_setup.cancel_payout(worker=world.wei, payout_id=payout.pk, now=world.now)
