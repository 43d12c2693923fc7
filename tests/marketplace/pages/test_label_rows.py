"""Labels with attributes and skeletons in the job form: as JSON, kept to the letter until it is right."""

import json

import pytest
from django.urls import reverse

from marketplace.drafting import as_data
from marketplace.models import Job
from tests.marketplace.pages.test_job_form import NEW, typed

pytestmark = pytest.mark.django_db

FACE = {"attributes": [{"name": "smiles", "type": "checkbox"}], "skeleton": {"points": ["nose", "chin"]}}


@pytest.fixture
def browser(world):
    return world.browser(world.rita)


def row(page, at=0):
    return page.context["form"].labels[at]


def test_all_kinds_of_label_can_be_chosen_with_attributes_and_a_skeleton(browser):
    more = {"labels-2-more": json.dumps(FACE)}
    browser.post(NEW, typed(("roof", "polygon"), ("sky", "mask"), ("face", "keypoints"), **more))
    roof, sky, face = as_data(job=Job.objects.get())["labels"]
    assert [label["shapes"] for label in (roof, sky, face)] == [["polygon"], ["mask"], ["keypoints"]]
    assert face["skeleton"]["points"] == ["nose", "chin"]
    assert (face["attributes"][0]["name"], roof["attributes"]) == ("smiles", [])


def test_a_job_of_the_api_is_shown_and_saved_unchanged(world, browser):
    labels = [
        {"name": "can", "shapes": ["box", "polygon", "mask"]},
        {"name": "face", "shapes": ["keypoints"], **FACE},
    ]
    job = world.job(labels=labels)
    before = as_data(job=job)
    address = reverse("job_edit", args=[job.public_id])
    form = browser.get(address).context["form"]
    assert ("box+mask+polygon", "box, mask, polygon") in form.labels[0].fields["shape"].choices
    assert json.loads(form.labels[1]["more"].value())["skeleton"]["points"] == ["nose", "chin"]
    sent = {name: form[name].value() or "" for name in form.fields} | {
        "labels-TOTAL_FORMS": 2,
        "labels-INITIAL_FORMS": 2,
    }
    sent |= {
        each.add_prefix(name): each[name].value() for each in form.labels for name in ("name", "shape", "color", "more")
    }
    assert browser.post(address, sent).status_code == 302
    job.refresh_from_db()
    assert as_data(job=job) == before


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("keypoints", "", "a label of keypoints needs a skeleton"),
        ("box", '{"skeleton": {"points": ["a"]}}', "skeleton: only a label of keypoints has a skeleton"),
        ("box", '{"attributes": [{"name": "made", "type": "select"}]}', "attributes[0].options: 0 options"),
        ("box", "{", "Must be a JSON object with attributes, skeleton or both."),
        ("box", "[]", "Must be a JSON object with attributes, skeleton or both."),
        ("box", '{"name": "other"}', "Must be a JSON object with attributes, skeleton or both."),
        ("box", "[" * 100_000, "Must be a JSON object with attributes, skeleton or both."),
    ],
)
def test_what_is_wrong_with_them_is_told_at_the_row_and_what_was_typed_stays(browser, kind, more, words):
    page = browser.post(NEW, typed(("good", "box"), ("cell", kind), **{"labels-1-more": more}))
    assert page.status_code == 422
    assert words in row(page, 1).errors["more"][0]
    assert row(page, 1)["more"].value() == more
    assert not row(page, 0).errors


def test_a_kind_that_does_not_exist_is_told_at_the_row(browser):
    page = browser.post(NEW, typed(("cell", "circle")))
    assert "circle" in row(page).errors["shape"][0]


def test_rows_that_move_take_their_json_along(browser):
    more = {"labels-1-more": json.dumps(FACE), "up": "1"}
    page = browser.post(NEW, typed(("roof", "polygon"), ("face", "keypoints"), **more))
    assert (row(page)["name"].value(), json.loads(row(page)["more"].value())) == ("face", FACE)
