from django.urls import reverse

from billing import ledger
from marketplace import topping_up
from marketplace.models import Bonus, User
from tests.marketplace.test_settling import CAN
from tests.marketplace.test_topping_up import three_people_prove, worked

__all__ = ["three_people_prove"]


def test_a_bonus_is_given_on_a_page_of_its_own_and_its_worker_reads_what_for(world):
    job = world.published(images=1, overlap=1)
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    address, rita = reverse("answer_bonus", args=[job.public_id, given.pk]), world.browser(world.rita)
    assert address in rita.get(reverse("task_result", args=[job.public_id, given.task_id])).text
    assert world.browser(world.rosa).get(address).status_code == 404

    refused = rita.post(address, {"amount": "0.5", "reason": " ", "key": "k"})
    assert refused.status_code == 422
    assert "Say what it is for" in refused.text
    assert 'value="0.5"' in refused.text
    assert "short by" in rita.post(address, {"amount": "100", "reason": "Thanks.", "key": "k"}).text
    for _ in range(2):
        done = rita.post(address, {"amount": "0.5", "reason": "Careful work.", "key": "k"}, follow=True)

    assert "got a bonus of $0.50" in done.text
    assert Bonus.objects.count() == 1
    beside = rita.get(reverse("task_result", args=[job.public_id, given.task_id]))
    assert beside.context["panels"][0].given.bonuses == 500_000
    assert "+$0.50" in beside.text
    assert reverse("task_result", args=[job.public_id, given.task_id]) in rita.get(reverse("wallet")).text
    own = world.browser(world.wei)
    assert "“Careful work.”" in own.get(reverse("answer", args=[given.pk])).text
    assert "$0.50 of it bonuses" in own.get(reverse("earnings")).text


def test_an_answer_that_waits_gets_no_bonus(world):
    job = world.published(images=1)
    given = world.answer(job, world.wei, CAN)

    page = world.browser(world.rita).get(reverse("answer_bonus", args=[job.public_id, given.pk]))

    assert "Only an accepted answer" in page.text


def test_money_is_added_to_a_job_whose_reserve_lacks_it(world):
    job = worked(world)
    topping_up.look(job_id=job.pk, now=world.now)
    address, rita = reverse("job_money", args=[job.public_id]), world.browser(world.rita)

    assert address in rita.get(reverse("job", args=[job.public_id])).text
    assert "lacks $0.18" in rita.get(address).text
    refused = rita.post(address, {"answers": "some", "reserve": "0.18"})
    assert refused.status_code == 422
    assert 'value="some"' in refused.text
    assert "Say for how many" in rita.post(address, {"answers": "", "reserve": ""}).text
    sent = {"answers": "", "reserve": "0.18", "funding": "1"}
    assert rita.post(address, sent)["Location"] == reverse("job", args=[job.public_id])
    assert "since you opened the form" in rita.post(address, sent, follow=True).text

    assert topping_up.look(job_id=job.pk, now=world.now) == 3
    assert ledger.balance(account_id=job.fair_pay_reserve_id) == 0
    wei = User.objects.get(name="W0")
    assert "to reach fair pay" in world.browser(wei).get(reverse("earnings")).text
    task = job.tasks.order_by("position")[0]
    assert "to fair pay" in rita.get(reverse("task_result", args=[job.public_id, task.pk])).text
    assert "has topped up $0.18" in rita.get(reverse("job", args=[job.public_id])).text


def test_money_is_added_only_to_a_running_job(world):
    draft = world.job(images=0)
    address, rita = reverse("job_money", args=[draft.public_id]), world.browser(world.rita)

    assert "added to a running one" in rita.get(address).text
    assert rita.post(address, {"answers": "1"}, follow=True).status_code == 200
