from marketplace.models import Bonus
from tests.marketplace.test_settling import CAN


def test_a_requester_gives_a_bonus_its_worker_reads_of_it_and_nobody_else_may(world):
    job = world.published(images=1, overlap=1)
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    address, said = f"/api/v1/assignments/{given.pk}/bonus/", {"amount": "0.50", "reason": "Careful work."}

    for who, status in ((world.rosa, 404), (world.wei, 403), (None, 401)):
        assert world.api(who).post(address, said).status_code == status
    for wrong, field in (({"amount": "1e3"}, "amount"), ({"reason": ""}, "reason"), ({"tip": "1"}, "tip")):
        refused = world.api(world.rita).post(address, {**said, **wrong})
        assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, [field])
    answers = [world.api(world.rita).post(address, said, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["amount"], answers[0].json()["fee"]) == ("0.50", "0.10")
    assert Bonus.objects.count() == 1
    seen = world.api(world.wei).get(f"/api/v1/assignments/{given.pk}/").json()
    assert [(bonus["amount"], bonus["reason"]) for bonus in seen["bonuses"]] == [("0.50", "Careful work.")]
    by_job = world.api(world.wei).get("/api/v1/earnings/").json()["by_job"]
    assert [(row["earned"], row["bonuses"], row["top_ups"]) for row in by_job] == [("0.05", "0.50", "0.00")]
