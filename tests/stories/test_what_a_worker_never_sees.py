"""A worker sees their own work and, once it is judged, the adopted answer; of others they see nothing at all."""

import base64
import json
import re

import pytest
from django.db import connection
from django.urls import reverse

from marketplace.models import Assignment, Task
from marketplace.uploading import prepare_images
from qa.models import Consensus

pytestmark = pytest.mark.django_db
# Far-off numbers, which nothing else on a page can be mistaken for.
NUMBERED = {
    "annotation_image": 710_000_000,
    "annotation_annotation": 720_000_000,
    "marketplace_task": 730_000_000,
    "marketplace_place": 740_000_000,
    "marketplace_job": 750_000_000,
    "marketplace_user": 760_000_000,
    "marketplace_decision": 770_000_000,
    "qa_consensus": 780_000_000,
    "qa_verdict": 790_000_000,
}
NUMBER = re.compile(r"7[1-9]0000\d{3}")
TIME = re.compile(r"\d{2}:\d{2}:\d{2}(\.\d+)?")
NAMES = {"image_id", "task", "task_id", "place", "place_id", "position", "lane", "gold", "email", "author", "worker"}
MINE, THEIRS = [11.5, 12.25, 41, 31], [13.75, 14.5, 43, 33]


@pytest.fixture
def market(world):
    """Two images; Wei and Wanda answered one, Wei holds the next."""
    with connection.cursor() as cursor:
        for table, start in NUMBERED.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, start])
    world.recalls = False  # the numbers are those that come next
    world.market = world.published(images=3, overlap={"min": 2, "max": 2})
    prepare_images(job_id=world.market.pk)
    # A few numbers are shown on purpose: none of the tables above.
    world.theirs = world.answer(world.market, world.wanda, ("can", THEIRS))
    world.mine = world.answer(world.market, world.wei, ("can", MINE))
    assert world.mine.task_id == world.theirs.task_id
    return world


def replies_to(world, worker):
    """Every page and call of a worker, as text, by address."""
    pid, mine = world.market.public_id, Assignment.objects.filter(worker=worker).exclude(state="claimed").first()
    pages = ["/work/", f"/work/{pid}/", f"/work/{pid}/label/", "/work/history/", "/work/earnings/"]
    pages += ["/work/earnings/statement/?from=2026-03-01&to=2026-03-31", "/accounts/data/", "/accounts/data/file/"]
    calls = ["jobs/?open=true", f"jobs/{pid}/", "assignments/?mine=true", "earnings/", "payouts/"]
    calls += ["earnings/movements/", "earnings/statement/?from=2026-03-01&to=2026-03-31&format=csv", "earnings/years/"]
    if mine:
        pages.append(reverse("answer", args=[mine.pk]))
        calls.append(f"assignments/{mine.pk}/")
    browser, client = world.browser(worker), world.api(worker)
    found = {page: browser.get(page) for page in pages}
    found |= {f"GET {call}": client.get(f"/api/v1/{call}") for call in calls}
    claimed = client.post(f"/api/v1/jobs/{pid}/claim/")
    found["claim"] = claimed
    held, revision = claimed.json()["assignment"], (claimed.json()["draft"] or {"revision": 0})["revision"]
    found["draft"] = client.put(
        f"/api/v1/assignments/{held}/draft/", {"annotation": {"schema": 1, "shapes": []}, "revision": revision}
    )
    found["renew"] = client.post(f"/api/v1/assignments/{held}/renew/")
    assert {reply.status_code for reply in found.values()} <= {200}, {
        name: reply.status_code for name, reply in found.items()
    }
    # Without the times of day: 05:04:11.512 holds 11.5, which is also where somebody's box begins.
    bodies = {name: b"".join(reply) if reply.streaming else reply.content for name, reply in found.items()}
    return {name: TIME.sub("", f"{dict(found[name].headers)} {body.decode()}") for name, body in bodies.items()}


def keys_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def test_before_the_verdict_nothing_of_others_is_in_any_reply(market):
    for name, text in replies_to(market, market.wei).items():
        for secret in (market.wanda.email, market.rita.email, market.wanda.pseudonym, str(market.theirs.pk)):
            assert secret not in text, name
        for number in THEIRS[:2]:
            assert str(number) not in text, name


def test_the_adopted_answer_shows_only_after_the_verdict_and_names_nobody(market):
    before = replies_to(market, market.wei)
    assert '"consensus":null' in before[f"GET assignments/{market.mine.pk}/"]
    assert market.settled(market.market) == 1
    adopted = json.dumps(Consensus.objects.get().body)
    assert str(market.theirs.pk) in adopted, "the adopted answer knows its sources"
    for name, text in replies_to(market, market.wei).items():
        for secret in (market.wanda.email, market.rita.email, market.wanda.pseudonym, str(market.theirs.pk)):
            assert secret not in text, name


def test_a_worker_who_has_not_answered_sees_no_adopted_answer(market):
    market.settled(market.market)
    for name, text in replies_to(market, market.worker("Walt")).items():
        for number in (*MINE[:2], *THEIRS[:2]):
            assert str(number) not in text, name


def test_no_reply_tells_a_number_of_a_row(market):
    market.settled(market.market)
    for name, text in replies_to(market, market.wei).items():
        assert not NUMBER.search(text), f"{name}: …{text[NUMBER.search(text).start() - 60 :][:120]}"


def test_no_picture_address_tells_one_either(market):
    found = 0
    for text in replies_to(market, market.wei).values():
        for token in re.findall(r"/image/([\w-]+)/", text):
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            assert not NUMBER.search(raw.decode("latin-1"))
            found += 1
    assert found >= 2


def test_no_call_names_what_would_tell_places_apart(market):
    market.settled(market.market)
    client, pid = market.api(market.wei), market.market.public_id
    bodies = [client.post(f"/api/v1/jobs/{pid}/claim/").json()]
    bodies += [client.get(f"/api/v1/{call}").json() for call in ("assignments/", f"assignments/{market.mine.pk}/")]
    bodies.append(client.get("/api/v1/jobs/?open=true").json())
    for body in bodies:
        assert not NAMES & set(keys_of(body))


def test_a_picture_itself_tells_nothing(market):
    claimed = market.api(market.wei).post(f"/api/v1/jobs/{market.market.public_id}/claim/").json()
    reply = market.browser(market.wei).get(claimed["image"]["url"])
    assert reply.getvalue()
    assert not NUMBER.search(repr(dict(reply.headers)))
    assert Task.objects.first().image.sha256[:12] not in repr(dict(reply.headers))
    assert Task.objects.first().image.name not in repr(dict(reply.headers))


def test_nobody_else_reaches_an_answer_or_its_picture(market):
    claimed = market.api(market.wei).post(f"/api/v1/jobs/{market.market.public_id}/claim/").json()
    wanda = market.api(market.wanda)
    assert market.browser(market.wanda).get(claimed["image"]["url"]).status_code == 404
    assert market.browser(market.rita).get(claimed["image"]["url"]).status_code == 404
    assert market.browser(None).get(claimed["image"]["url"]).status_code == 404
    for address in (f"assignments/{market.mine.pk}/", f"assignments/{claimed['assignment']}/"):
        assert wanda.get(f"/api/v1/{address}").status_code == 404
    for deed in ("renew/", "skip/", "give-back/"):
        assert wanda.post(f"/api/v1/assignments/{claimed['assignment']}/{deed}").status_code == 404
    answer = {"annotation": {"schema": 1, "empty": True}}
    assert wanda.post(f"/api/v1/assignments/{claimed['assignment']}/submit/", answer).status_code == 404
    assert market.browser(market.wanda).get(reverse("answer", args=[market.mine.pk])).status_code == 404


def test_a_requester_sees_pseudonyms_and_no_addresses(market):
    market.settled(market.market)
    pid, task = market.market.public_id, market.mine.task_id
    browser, client = market.browser(market.rita), market.api(market.rita)
    release = client.post(f"/api/v1/jobs/{pid}/releases/").json()
    replies = [browser.get(f"/jobs/{pid}/{page}") for page in ("", "results/", f"results/{task}/", "releases/")]
    replies += [client.get(f"/api/v1/jobs/{pid}/{call}") for call in ("", "kpis/", "consensus/", f"consensus/{task}/")]
    file = client.get(f"/api/v1/releases/{release['id']}/files/coco")
    texts = [reply.content.decode() for reply in replies] + [file.getvalue().decode()]
    assert all(reply.status_code == 200 for reply in replies)
    for text in texts:
        for person in (market.wei, market.wanda):
            assert person.email not in text
            assert f">{person.name}<" not in text
            assert str(person.pk) not in text
    assert any(market.wei.pseudonym in text for text in texts)
    assert market.browser(market.rosa).get(f"/jobs/{pid}/results/{task}/").status_code == 404
    assert market.api(market.rosa).get(f"/api/v1/jobs/{pid}/consensus/{task}/").status_code == 404
