"""The page behind a suspended person's letter: to the provider and back without signing in."""

import pytest

from billing import gateway
from billing.gateway import GatewayAway, GatewayRefused, Recipient
from marketplace import leaving_paid

pytestmark = pytest.mark.django_db
LINK = "https://connect.stripe.com/setup/e/1"


@pytest.fixture
def page(world):
    world.wei.is_active = False
    world.wei.save()
    return f"/money-you-earned/{leaving_paid.token_of(person=world.wei)}/"


@pytest.fixture
def says(monkeypatch):
    """What the provider says; a fault is raised."""
    found = [Recipient(id="acct_1", payouts_enabled=False, currently_due=("external_account",))]

    def answer(**_):
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    for name in ("create_recipient", "find_recipient"):
        monkeypatch.setattr(gateway, name, answer)
    monkeypatch.setattr(gateway, "onboarding_link", lambda **_: answer() and LINK)
    return found


def test_to_the_provider_and_back(world, page, says):
    nobody = world.browser(None)
    assert nobody.post(page, {"way": "provider", "country": "DE"})["Location"] == LINK
    assert "a bank account to be paid to" in nobody.get(page, {"back": "1"}, follow=True).text
    says[0] = Recipient(id="acct_1", payouts_enabled=True)
    assert "You have nothing more to do." in nobody.get(page, {"back": "1"}, follow=True).text


@pytest.mark.parametrize(
    ("fault", "words"), [(GatewayAway("x"), "does not answer"), (GatewayRefused("x", "No."), "refused: No.")]
)
def test_a_provider_that_will_not_is_told(world, page, says, fault, words):
    says[0] = fault
    assert words in world.browser(None).post(page, {"way": "provider", "country": "DE"}, follow=True).text


def test_a_country_that_is_not_reached_is_named_at_its_field(world, page, says):
    told = world.browser(None).post(page, {"way": "provider", "country": "KE"})
    assert (told.status_code, 'id="country_error"' in told.text) == (422, True)
