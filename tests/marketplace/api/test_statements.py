"""Movements, statements and years over the API."""

import pytest

from tests.marketplace.test_settling import CAN

SPAN = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
def given(world):
    """Rita paid in ten dollars; Wei earned two cents three times, in one moment."""
    job = world.published(images=3, overlap=1, reward="0.02", funds="10.00")
    given = [world.answer(job, world.wei, CAN) for _ in range(3)]
    world.settled(job)
    return given


def test_movements_come_in_words_page_by_page_and_in_no_telling_order(world, given):
    client, address, rows = world.api(world.wei), "/api/v1/earnings/movements/?limit=2", []
    while address:
        page = client.get(address).json()
        rows += page["results"]
        address = page["next"]
    assert [row["assignment"] for row in rows] == sorted((str(one.pk) for one in given), reverse=True)
    assert {(row["words"], row["amount"], row["job"]) for row in rows} == {
        ("Accepted work", "0.02", given[0].job.public_id)
    }


def test_a_wallets_movements_name_deposit_and_job(world, given):
    rows = world.api(world.rita).get("/api/v1/wallet/movements/").json()["results"]
    assert [(row["kind"], row["amount"], row["job"]) for row in rows] == [
        ("publish", "-0.072", given[0].job.public_id), ("deposit", "10.00", None),
    ]  # fmt: skip
    assert rows[1]["deposit"] == str(world.rita.deposits.get().pk)


def test_a_statement_is_sums_as_json_and_everything_as_csv(world, given):
    body = world.api(world.rita).get(f"/api/v1/wallet/statement/?{SPAN}").json()
    assert (body["opening"], body["came_in"], body["went_out"], body["closing"]) == ("0.00", "10.00", "0.072", "9.928")
    assert body["days"][0]["movements"] == 2
    sheet = world.api(world.wei).get(f"/api/v1/earnings/statement/?{SPAN}&format=csv")
    assert sheet.getvalue().decode().splitlines()[-1] == "2026-03-31,Closing balance,,,,0.06"
    assert world.api(world.wei).get("/api/v1/earnings/statement/?from=soon").status_code == 400
    assert world.api(world.wei).get("/api/v1/earnings/statement/?format=pdf").status_code == 400


def test_years_are_told(world, given):
    body = world.api(world.wei).get("/api/v1/earnings/years/").json()
    assert body == {"years": [{"year": 2026, "earned": "0.06", "paid_out": "0.00"}]}


def test_the_wallet_says_what_jobs_hold(world, given):
    body = world.api(world.rita).get("/api/v1/wallet/").json()
    assert (body["balance"], body["held"]) == ("9.928", "0.00")
