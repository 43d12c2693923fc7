import pytest

pytestmark = pytest.mark.django_db
PROFILE = "/api/v1/profile/"


def test_country_and_languages_are_said_over_the_api_and_asked_for_by_jobs(world):
    api = world.api(world.wei)
    assert api.get(PROFILE).json()["country"] == ""
    said = api.patch(PROFILE, {"country": "DE", "languages": ["en", "de"]}).json()
    assert (said["country"], said["languages"], said["pseudonym"]) == ("DE", ["de", "en"], world.wei.pseudonym)
    assert api.patch(PROFILE, {"languages": ["fr"]}).json()["country"] == "DE"
    job = world.published(images=1, requirements={"countries": ["DE"], "languages": ["fr"]})
    assert api.post(f"/api/v1/jobs/{job.public_id}/enrol/").status_code == 200
    lacking = world.api(world.wanda).post(f"/api/v1/jobs/{job.public_id}/enrol/")
    assert lacking.status_code == 403
    assert {each["rule"] for each in lacking.json()["errors"]} == {"country", "language"}


def test_what_is_no_code_is_named_and_changes_nothing(world):
    api = world.api(world.wei)
    refused = api.patch(PROFILE, {"country": "Germany", "languages": ["xx"]})
    assert refused.status_code == 400
    assert [each["field"] for each in refused.json()["errors"]] == ["country", "languages"]
    assert api.patch(PROFILE, {"is_staff": True}).status_code == 400
    assert api.get(PROFILE).json()["country"] == ""
    assert world.api(world.sam).get(PROFILE).status_code == 403
