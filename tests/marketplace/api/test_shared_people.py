"""Telling people apart over the API."""

import pytest

from marketplace.models import KnownApart

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/known-apart/"


def test_an_admin_tells_two_apart_lists_them_and_withdraws_it(world):
    ada = world.api(world.ada)
    said = {"one": world.wanda.pseudonym, "other": world.wei.email, "reason": "Brothers."}
    made = ada.post(ADDRESS, said, format="json")
    assert made.status_code == 201
    pair = KnownApart.objects.get()
    people = [person.pseudonym for person in (pair.first, pair.second)]
    told = made.json()
    assert (told["id"], told["people"], told["reason"], told["readmitted"]) == (pair.pk, people, "Brothers.", 0)
    assert [row["people"] for row in ada.get(ADDRESS).json()["results"]] == [people]
    again = ada.post(ADDRESS, said, format="json")
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "known-before")
    assert ada.delete(f"{ADDRESS}{pair.pk}/").status_code == 204
    assert ada.delete(f"{ADDRESS}{pair.pk}/").status_code == 404


def test_what_is_wrong_names_its_field_and_it_is_for_admins(world):
    ada, body = world.api(world.ada), {"one": "nobody", "other": world.wei.pseudonym, "reason": "x"}
    wrong = ada.post(ADDRESS, body, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "one")
    assert ada.post(ADDRESS, body | {"more": 1}, format="json").status_code == 400
    for person in (world.rita, world.wei):
        api = world.api(person)
        codes = {api.get(ADDRESS).status_code, api.post(ADDRESS, body, format="json").status_code}
        assert codes | {api.delete(f"{ADDRESS}1/").status_code} == {403}
