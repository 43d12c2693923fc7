"""Writing a job: everything wrong is named where it is, nothing typed is lost, scripts are not needed."""

import pytest
from django.urls import reverse

from marketplace.drafting import as_data
from marketplace.models import Job
from marketplace.pages.requirement_fields import FIELDS

pytestmark = pytest.mark.django_db
NEW = "/jobs/new/"


def typed(*labels, **changes):
    """What a browser sends: label rows are (name, kind) or (name, kind, "removed")."""
    data = {
        "title": "Cells", "instructions": "Mark every cell.\r\nAll of them.", "tag_choice": "any", "reward": "0.05",
        "overlap_min": "3", "overlap_max": "5", "accept_agreement": "0.5", "match_iou": "0.4",
        "clear_agreement": "0.5", "target_confidence": "0", "target_error": "0",
        "images": "250", "reward_per_shape": "0.01", "shapes_paid_at_most": "10", "fair_pay_reserve_percent": "20",
        "answers_per_day": "", "share_percent": "", "shapes": "30", "vertices_per_shape": "", "vertices": "",
        "judge": "both", "review_share": "0.1", "pay_rule": "good_standing", "adjudicator": "admin",
        "appeal_days": "14", "auto_accept_hours": "24",
        "gold_share": "0.05", "gold_onboarding": "2", "gold_first": "8", "gold_pass": "0.7",
        "labels-TOTAL_FORMS": len(labels), "labels-INITIAL_FORMS": 0,
        **dict.fromkeys(FIELDS, ""),
    }  # fmt: skip
    for at, (name, kind, *removed) in enumerate(labels):
        data |= {f"labels-{at}-name": name, f"labels-{at}-shape": kind, f"labels-{at}-color": f"#0000{at:02x}"}
        data |= {f"labels-{at}-DELETE": "on"} if removed else {}
    return data | changes


def rows(page):
    return [(row["name"].value(), row["shape"].value()) for row in page.context["form"].labels]


@pytest.fixture
def browser(world):
    return world.browser(world.rita)


def test_a_job_is_saved_as_it_was_typed_and_images_come_next(world, browser):
    answer = browser.post(
        NEW, typed(("cell", "box"), ("", "box"), ("gone", "tag", "removed"), ("blurred", "tag"), ("odd", "both"))
    )
    job = Job.objects.get()
    data = as_data(job=job)
    assert answer["Location"] == reverse("job_images", args=[job.public_id])
    assert (job.owner, job.state) == (world.rita, "draft")
    assert [(label["name"], label["shapes"]) for label in data["labels"]] == [
        ("cell", ["box"]), ("blurred", ["tag"]), ("odd", ["box", "tag"])
    ]  # fmt: skip
    assert data["labels"][0]["color"] == "#000000"
    assert data["instructions"] == "Mark every cell.\nAll of them."
    assert (data["visibility"], data["limits"]) == ("public", {"answers_per_day": None, "share_percent": None})
    assert (data["overlap"], data["reward"]) == ({"min": 3, "max": 5}, "0.05")
    assert (data["reward_per_shape"], data["shapes_paid_at_most"]) == ("0.01", 10)
    assert data["fair_pay_reserve_percent"] == 20
    assert job.answer_limits == {"shapes": 30}
    rules = [data["policy"][name] for name in ("judge", "review_share", "pay_rule", "adjudicator", "auto_accept_hours")]
    assert (rules, data["appeal_days"]) == (["both", 0.1, "good_standing", "admin", 24], 14)
    known = [data["policy"][name] for name in ("gold_share", "gold_onboarding", "gold_first", "gold_pass")]
    assert known == [0.05, 2, 8, 0.7]


def test_where_an_image_gets_one_answer_its_requester_judges(world, browser):
    one = {"overlap_min": "1", "overlap_max": "", "judge": "consensus", "gold_share": "", "gold_onboarding": ""}
    browser.post(NEW, typed(("cell", "box"), **one))
    assert as_data(job=Job.objects.get())["policy"]["judge"] == "requester"


def test_the_form_is_filled_with_the_job_and_saving_it_unchanged_changes_nothing(world, browser):
    job = world.job(
        labels=[{"name": "can", "shapes": ["box", "tag"]}, {"name": "dark", "shapes": ["tag"]}],
        tag_choice="one", policy={"match_iou": 0.55}, visibility="link",
        limits={"answers_per_day": 30, "share_percent": 20}, reward_per_shape="0.003", shapes_paid_at_most=7,
        answer_limits={"shapes": 7, "vertices_per_shape": 4, "vertices": 28, "bytes": 9_000},
    )  # fmt: skip
    before = as_data(job=job)
    address = reverse("job_edit", args=[job.public_id])
    form = browser.get(address).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent |= {"labels-TOTAL_FORMS": 2, "labels-INITIAL_FORMS": 2}
    sent |= {
        row.add_prefix(name): row[name].value() for row in form.labels for name in ("name", "shape", "color", "more")
    }

    assert browser.post(address, sent)["Location"] == reverse("job", args=[job.public_id])

    job.refresh_from_db()
    assert as_data(job=job) == before
    assert job.instructions.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": " "}, "title", "Give the job a title"),
        ({"title": "x" * 121}, "title", "At most 120"),
        ({"title": "a\x00b"}, "title", "NUL"),
        ({"instructions": ""}, "instructions", "Give the job instructions"),
        ({"reward": "0.0000001"}, "reward", "at most 6 decimals"),
        ({"reward": "0"}, "reward", "least"),
        ({"answers_per_day": "0"}, "answers_per_day", "whole number from 1 to 100,000"),
        ({"share_percent": "half"}, "share_percent", "whole number from 1 to 100"),
        ({"shapes": "2001"}, "shapes", "whole number from 1 to 2,000"),
        ({"shapes": "9"}, "shapes", "10 shapes of an answer are paid for"),
        ({"vertices_per_shape": "3"}, "vertices_per_shape", "whole number from 4 to 2,000"),
        ({"reward": "five cents"}, "reward", "plain decimal"),
        ({"overlap_min": "0"}, "overlap_min", "whole number from 1 to 50"),
        ({"overlap_min": "3.5", "overlap_max": ""}, "overlap_min", "whole number"),
        ({"overlap_max": "2"}, "overlap_max", "cannot be below the minimum"),
        ({"match_iou": "2"}, "match_iou", ""),
        ({"accept_agreement": "much"}, "accept_agreement", ""),
        ({"tag_choice": "many"}, "tag_choice", ""),
        ({"pay_rule": "never"}, "pay_rule", "one of: agreement, good_standing"),
        ({"judge": "nobody"}, "judge", "one of: consensus, requester, both"),
        ({"review_share": "2"}, "review_share", "at least 0 and at most 1"),
        ({"adjudicator": "crowd"}, "adjudicator", "one of: requester, admin"),
        ({"shapes_paid_at_most": ""}, "shapes_paid_at_most", "how many shapes"),
        ({"shapes_paid_at_most": "many"}, "shapes_paid_at_most", "whole number from 0 to 2,000"),
        ({"reward_per_shape": "1e-3"}, "reward_per_shape", "plain decimal"),
        ({"fair_pay_reserve_percent": "101"}, "fair_pay_reserve_percent", "whole number from 0 to 100"),
        ({"appeal_days": "31"}, "appeal_days", "whole number from 1 to 30"),
        ({"auto_accept_hours": "soon"}, "auto_accept_hours", "whole number of hours"),
    ],
)
def test_what_is_wrong_is_named_at_its_field_and_all_that_was_typed_stays(browser, changes, field, words):
    sent = typed(("cell", "box"), ("blurred", "tag"), **changes)
    page = browser.post(NEW, sent)
    form = page.context["form"]
    assert page.status_code == 422
    assert not Job.objects.exists()
    assert words in "".join(form.errors[field])
    assert set(form.errors) <= {field, "overlap_max"}
    assert 'aria-invalid="true"' in page.text or field in ("tag_choice", "judge", "pay_rule", "adjudicator")
    assert {name: form[name].value() for name in form.fields} == {name: sent[name] for name in form.fields}
    assert rows(page) == [("cell", "box"), ("blurred", "tag")]
    assert 'id="id_images" name="images" type="number" min="1" max="100000" value="250"' in page.text


def test_every_wrong_field_is_named_at_once(browser):
    page = browser.post(NEW, typed(("cell", "box"), title="", reward="", overlap_min=""))
    assert {"title", "reward", "overlap_min"} <= set(page.context["form"].errors)


def test_a_label_that_is_wrong_is_named_at_its_own_row(browser):
    page = browser.post(NEW, typed(("", "box"), ("cell", "box"), ("gone", "box", "removed"), ("cell", "box")))
    errors = [bool(row.errors) for row in page.context["form"].labels]
    assert errors == [False, False, False, True]
    assert "label-row bad" in page.text


@pytest.mark.parametrize("labels", [(), (("", "box"),), (("cell", "box", "removed"),)])
def test_a_job_without_labels_is_told_so_at_the_labels(browser, labels):
    page = browser.post(NEW, typed(*labels))
    assert page.status_code == 422
    assert page.context["form"].label_problems
    assert page.text.index("errorlist") > page.text.index('id="labels"')


def test_a_kind_that_does_not_exist_is_refused_at_its_row(browser):
    page = browser.post(NEW, typed(("cell", "sphere")))
    assert page.status_code == 422
    assert page.context["form"].labels[0].errors["shape"]


def test_meddled_rows_are_refused_and_never_an_error_of_ours(browser):
    sent = typed(("cell", "box"))
    del sent["labels-TOTAL_FORMS"]
    assert browser.post(NEW, sent).status_code == 422
    assert browser.post(NEW, typed(("cell", "box")) | {"labels-TOTAL_FORMS": "100000"}).status_code == 302
    assert browser.post(NEW, {}).status_code == 422


def test_without_scripts_one_more_row_is_a_page_with_all_that_was_typed(browser):
    page = browser.post(NEW, typed(("cell", "tag"), ("gone", "box", "removed"), title="", more="1"))
    assert page.status_code == 200
    assert not Job.objects.exists()
    assert rows(page) == [("cell", "tag"), ("", "box")]
    assert page.context["form"]["instructions"].value() == "Mark every cell.\nAll of them."
    assert page.context["form"]["overlap_max"].value() == "5"
    assert "form-errors" not in page.text


@pytest.mark.parametrize(
    ("up", "order"),
    [("1", "bac"), ("2", "acb"), ("0", "abc"), ("3", "abc"), ("-1", "abc"), ("00015", "abc"), ("²", "abc")],
)
def test_without_scripts_a_row_moves_up(browser, up, order):
    page = browser.post(NEW, typed(("a", "box"), ("b", "tag"), ("c", "box"), up=up))
    assert "".join(name for name, _ in rows(page)) == order
    assert dict(rows(page))["b"] == "tag"


def test_the_buttons_of_the_rows_work_without_scripts(browser):
    page = browser.get(NEW).text
    assert 'name="more" value="1" formaction="#labels"' in page
    assert 'name="up" value="1" formaction="#labels"' in page
    first = page[page.index('id="job-form"') :]
    assert "name=" not in first[first.index("<button") : first.index("</button>")]  # Enter in a field saves


def test_a_published_job_is_not_edited(world, browser):
    job = world.published(images=1)
    address = reverse("job_edit", args=[job.public_id])
    assert browser.get(address)["Location"] == reverse("job", args=[job.public_id])
    assert browser.post(address, typed(("other", "box")))["Location"] == reverse("job", args=[job.public_id])
    job.refresh_from_db()
    assert job.title == "Cans on shelves"


def test_the_price_is_that_of_the_jobs_own_images(world, browser):
    job = world.job(images=2)
    page = browser.get(reverse("job_edit", args=[job.public_id]))
    assert page.context["estimate"].quote.images == 2
    assert 'value="2"' in page.text


def test_the_price_follows_what_is_typed(browser):
    page = browser.get("/jobs/quote/", {"reward": "0.10", "overlap_min": "2", "overlap_max": "3", "images": "10"}).text
    assert "$3.60" in page
    assert "$2.40" in page
    assert "below $8.00" in page
    assert "<html" not in page


@pytest.mark.parametrize("reward", ["", "0.", "1e3", "-1", "²"])
def test_half_a_number_is_no_mistake_yet(browser, reward):
    answer = browser.get("/jobs/quote/", {"reward": reward, "overlap_min": "3"})
    assert answer.status_code == 200
    assert "At most" not in answer.text.replace("at most", "")


def test_known_answers_that_break_a_rule_are_named_at_their_field(browser):
    page = browser.post(NEW, typed(("cell", "box"), gold_share="0.5", gold_onboarding="9", gold_first="8"))
    assert page.status_code == 422
    assert "at most 0.3" in str(page.context["form"]["gold_share"].errors)
    assert "at most half" in str(page.context["form"]["gold_onboarding"].errors)
    assert page.context["form"]["gold_share"].value() == "0.5"
