"""Connected accounts."""

import json

import pytest

from billing.sandbox import accounts
from billing.sandbox.desk import ApiError
from tests.billing.sandbox.conftest import account, events, later


def link_for(desk, pk):
    addresses = {"refresh_url": "https://tally.test/again", "return_url": "https://tally.test/done"}
    told = accounts.create_link(desk, {"account": pk, "type": "account_onboarding", **addresses})
    return desk.store.get("account_link", told["url"].rsplit("/", 1)[1])


def prints(desk, *pks):
    return [bank["fingerprint"] for pk in pks for bank in accounts.banks_of(accounts.find(desk, pk))]


def test_an_account_is_ready_unless_it_must_be_set_up_first(desk):
    ready, off, new = (account(desk, email=f"w{tag}@x.org") for tag in ("", "+payouts-off", "+onboarding"))
    told = [accounts.find(desk, pk) for pk in (ready, off, new)]
    assert [one["payouts_enabled"] for one in told] == [True, False, False]
    assert [one["details_submitted"] for one in told] == [True, False, False]
    assert told[1]["requirements"]["currently_due"] == ["external_account"]
    assert len(told[2]["requirements"]["currently_due"]) == 4
    strict = later(desk, 0, onboarding=True)
    assert accounts.find(desk, account(strict))["requirements"]["disabled_reason"] == "requirements.past_due"


def test_a_person_sets_the_account_up_and_the_shop_is_told(desk):
    pk = account(desk, email="w+onboarding@x.org")
    link = link_for(desk, pk)
    accounts.finish(desk, link, number="000123456789")
    done = accounts.find(desk, pk)
    assert (done["payouts_enabled"], done["details_submitted"], done["requirements"]["currently_due"]) == (
        True, True, [],
    )  # fmt: skip
    assert not accounts.is_open(desk, desk.store.get("account_link", link["id"]))
    [(_, body, _)] = desk.store.due_events(desk.now)
    assert (json.loads(body)["type"], json.loads(body)["account"]) == ("account.updated", pk)


def test_a_link_works_for_a_few_minutes_and_once(desk):
    link = link_for(desk, account(desk))
    assert accounts.is_open(desk, link)
    assert not accounts.is_open(later(desk, accounts.LINK_LIFE), link)
    accounts.leave(desk, link)
    assert not accounts.is_open(desk, desk.store.get("account_link", link["id"]))
    assert events(desk) == []


def test_the_same_bank_account_has_the_same_print_whoever_names_it(desk):
    first, second, third = (account(desk) for _ in range(3))
    assert len(set(prints(desk, first, second, third))) == 3
    accounts.enable(desk, account=first, number="000123456789")
    accounts.enable(desk, account=second, number="000123456789")
    assert len(set(prints(desk, first, second, third))) == 2


def test_the_provider_may_ask_for_more_later_and_switch_off(desk):
    pk = account(desk)
    asked = accounts.ask(desk, account=pk, what=["individual.verification.document"], disabled_reason=None)
    assert (asked["payouts_enabled"], asked["requirements"]["currently_due"]) == (
        True, ["individual.verification.document"],
    )  # fmt: skip
    off = accounts.ask(desk, account=pk, what=["individual.verification.document"])
    assert (off["payouts_enabled"], off["details_submitted"], off["capabilities"]["transfers"]) == (
        False, True, "inactive",
    )  # fmt: skip
    assert accounts.enable(desk, account=pk)["payouts_enabled"]
    assert accounts.reject(desk, account=pk)["requirements"]["disabled_reason"] == "rejected.fraud"
    assert events(desk) == ["account.updated"] * 4


@pytest.mark.parametrize(
    "changes",
    [{"type": "custom"}, {"country": "KE"}, {"tos_acceptance": {"service_agreement": "recipient"}}],
)
def test_what_the_provider_does_not_offer_is_refused(desk, changes):
    with pytest.raises(ApiError):
        account(desk, **changes)


def test_an_account_that_is_not_ours_is_told_like_one_that_is_not_there(desk):
    with pytest.raises(ApiError) as refused:
        accounts.find(desk, "acct_none")
    assert (refused.value.status, refused.value.body["code"]) == (403, "account_invalid")
    with pytest.raises(ApiError):
        accounts.create_link(desk, {"account": account(desk), "type": "account_update"})
