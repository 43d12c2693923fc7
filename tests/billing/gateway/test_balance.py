"""The provider's own books."""

from billing import gateway
from billing.gateway import Funds
from tests.billing.conftest import fill_bank


def test_what_the_platform_holds_is_counted_in_micro_units(sandbox):
    fill_bank(sandbox, 123_45)
    assert gateway.funds() == Funds(available=123_450_000, pending=0)
