"""How the platform's own account is set up."""

from billing.gateway import inspect


def test_the_platforms_own_account_says_how_it_is_set_up(sandbox):
    setup = inspect()
    assert (setup.account, setup.country, setup.payout_interval) == ("acct_sandbox", "US", "manual")
    [endpoint] = setup.endpoints
    assert (endpoint.url, endpoint.enabled, endpoint.events, endpoint.api_version) == (
        sandbox.terms.webhook_url, True, {"*"}, "",
    )  # fmt: skip
