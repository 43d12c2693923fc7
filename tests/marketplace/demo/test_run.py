import pytest
from django.utils import timezone
from rich.console import Console

from billing.models import Deposit, Payout
from marketplace.demo import folder
from marketplace.demo.run import Plan, run
from marketplace.demo.showing import Shows
from marketplace.models import Assignment, Job, Release, User

pytestmark = pytest.mark.django_db(transaction=True)


def plan(url, **changes):
    values = {
        "url": url,
        "pictures": folder.drawn(seed=3, count=6),
        "title": "Shelves",
        "seed": 3,
        "workers": 4,
        "reward": "0.30",
        "now": timezone.now(),
    }
    return Plan(**values | changes)


@pytest.fixture
def shows(tmp_path):
    with (tmp_path / "shown").open("w") as file:
        yield Shows(console=Console(file=file))


def test_a_job_goes_from_posting_to_payout_over_http_and_adds_up(market, shows):
    found = run(plan=plan(market.url), shows=shows)
    assert found["audit"] == []
    assert (found["images"], found["annotations"]) == (6, 18)
    assert found["accepted"] + found["rejected"] == 18
    assert found["accepted"] >= 12
    assert 0.7 < found["consensus_f1_50"] <= 1
    assert 0.7 < found["consensus_mean_iou"] <= 1
    assert found["cost_per_annotation"] == "0.36"
    assert float(found["spent"]) == pytest.approx(0.36 * found["accepted"])
    assert [row["kind"] for row in found["workers"]] == ["good", "good", "average", "careless"]
    assert sum(row["accepted"] for row in found["workers"]) == found["accepted"]
    assert Release.objects.count() == Deposit.objects.filter(state="paid").count() == 1
    assert not Payout.objects.filter(state__in=["requested", "sending", "failed"]).exists()
    assert sum(found["payouts"].values()) == 4
    assert found["payouts"].keys() <= {"sent", "paid", "too little"}
    assert Payout.objects.count() >= 2
    assert not User.objects.filter(is_worker=True, is_requester=True).exists()


def test_a_second_run_with_the_same_seed_is_a_new_job_with_the_same_people(market, shows):
    pictures = folder.drawn(seed=3, count=2)
    first, second = (run(plan=plan(market.url, pictures=pictures), shows=shows) for _ in range(2))
    assert first["job"] != second["job"]
    assert User.objects.count() == 5
    assert second["audit"] == []
    assert [row["answers"] for row in second["workers"]] == [row["answers"] for row in first["workers"]]


def test_without_truth_it_runs_and_measures_nothing(market, shows, tmp_path):
    for picture in folder.drawn(seed=3, count=2).pictures:
        (tmp_path / picture.name).write_bytes(picture.data)
    (tmp_path / "shelf-copy.jpg").write_bytes(picture.data)
    found = run(plan=plan(market.url, pictures=folder.photographs(images=tmp_path)), shows=shows)
    assert found["truth_known"] is False
    assert found["consensus_f1_50"] is found["workers"][0]["f1_50"] is None
    assert (found["images"], len(found["refused"])) == (2, 1)
    assert found["audit"] == []
    assert Job.objects.count() == 1
    assert Assignment.objects.filter(state="accepted").exists()
