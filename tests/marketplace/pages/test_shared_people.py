"""The admins' page of people who share a device or a payout account."""

import pytest
from django.urls import reverse

from marketplace.models import KnownApart
from tests.marketplace.test_sharing import _the_rule_holds as _the_rule_holds
from tests.marketplace.test_sharing import enrol, uses

pytestmark = pytest.mark.django_db
PAGE, APART = "/reports/flags/shared/", "/reports/flags/shared/apart/"


@pytest.fixture
def ada(world):
    return world.browser(world.ada)


def shut_out(world):
    job = world.published()
    for person in (world.wei, world.wanda):
        enrol(world, job, person)
        world.later(minutes=1)
    for person in (world.wei, world.wanda):
        uses(world, person)


def names(world, **typed):
    return {"one": world.wei.pseudonym, "other": world.wanda.pseudonym, **typed}


def test_empty_it_says_so(ada):
    for asked, words in (({}, "Nobody shares anything"), ({"show": "apart"}, "Nobody was told apart"),
                         ({"whose": "x"}, "Nobody found")):  # fmt: skip
        assert words in ada.get(PAGE, asked).text
    assert PAGE in ada.get("/reports/flags/").text


def test_two_are_told_apart_with_a_reason_and_that_is_withdrawn(world, ada):
    shut_out(world)
    shown = ada.get(PAGE).text
    for words in (world.wei.email, world.wanda.pseudonym, "share a device", "out of 1 job now"):
        assert words in shown
    wrong = ada.post(APART, names(world, reason="x" * 501))
    assert (wrong.status_code, "in at most 500 characters" in wrong.text, "x" * 501 in wrong.text) == (422, True, True)
    done = ada.post(APART, names(world, reason="Brothers."), follow=True).text
    assert "They are back in 1 job." in done
    apart = ada.get(PAGE, {"show": "apart", "whose": world.wei.email}).text
    assert "Brothers." in apart
    assert "told apart before" in ada.post(APART, names(world, reason="Brothers."), follow=True).text
    withdraw = reverse("people_withdraw", args=[KnownApart.objects.get().pk])
    assert "one person again" in ada.post(withdraw, follow=True).text
    assert ada.post(withdraw).status_code == 404


def test_somebody_unknown_is_told_and_an_admin_does_not_judge_themself(world, ada):
    assert "Nobody here has this" in ada.post(APART, names(world, other="w-0", reason="x"), follow=True).text
    own = names(world, other=world.ada.pseudonym, reason="x")
    assert "Another admin has to say that" in ada.post(APART, own, follow=True).text


def test_it_is_for_admins_with_two_step_login(world, ada, settings):
    withdraw = reverse("people_withdraw", args=[1])
    rita = world.browser(world.rita)
    assert {rita.get(PAGE).status_code, rita.post(APART).status_code, rita.post(withdraw).status_code} == {403}
    settings.MFA_REQUIRED = True
    assert ada.post(APART, names(world, reason="x")).status_code == 403
