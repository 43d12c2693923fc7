"""The whole loop over the API, as programs use it: money in, a job, three workers, a dataset, money out."""

import http.client
import json
import re
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing import gateway
from billing.sandbox.server import running
from marketplace.auditing import audit
from marketplace.sweeping import sweep
from tests.world import JOB, World, picture

CAN = {"type": "box", "label": "can", "bbox": [10, 10, 30, 30]}
NEAR = {"type": "box", "label": "can", "bbox": [12, 11, 30, 30]}
ELSEWHERE = {"type": "box", "label": "bag", "bbox": [70, 50, 20, 20]}


@pytest.fixture
def bank(settings, live_server):
    """The sandbox, which tells the live server of every payment."""
    with running(webhook_url=f"{live_server.url}/webhooks/stripe/") as sandbox:
        settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", sandbox.url
        settings.SITE_URL = live_server.url
        yield sandbox
    gateway._client_for.cache_clear()


def pay_at(url):
    """Press Pay on the sandbox's payment page, as a browser would."""
    parts = urlsplit(url)
    page = http.client.HTTPConnection(parts.netloc, timeout=10)
    page.request("GET", parts.path)
    html = page.getresponse().read().decode()
    action = re.search(r'<form[^>]*action="([^"]*pay[^"]*)"', html)[1]
    page.request("POST", action, "", {"Content-Type": "application/x-www-form-urlencoded"})
    reply = page.getresponse()
    assert reply.status in (302, 303), reply.status


def ok(response, *statuses):
    assert response.status_code in (statuses or (200, 201, 202)), response.content
    return response.json() if response.content else None


@pytest.mark.django_db(transaction=True)
def test_a_job_from_posting_to_payout(bank):
    from django.utils import timezone

    world = World()
    rita, walt = world.api(world.rita), world.worker("Walt")

    job = ok(rita.post("/api/v1/jobs/", {**JOB, "reward": "2.00"}))
    assert job["state"] == "draft"
    files = [picture("a.png", shade=1), picture("b.png", shade=2), SimpleUploadedFile("notes.jpg", b"not a picture")]
    sent = ok(rita.post(f"/api/v1/jobs/{job['id']}/images/", {"files": files}, format="multipart"))
    assert len(sent["refused"]) == 1

    short = rita.post(f"/api/v1/jobs/{job['id']}/publish/")
    assert short.status_code == 402
    deposit = ok(rita.post("/api/v1/wallet/deposits/", {"amount": "20.00"}))
    pay_at(deposit["checkout_url"])
    assert ok(rita.get("/api/v1/wallet/"))["balance"] == "20.00"

    published = rita.post(f"/api/v1/jobs/{job['id']}/publish/")
    assert published.status_code == 202
    sweep(now=timezone.now())
    assert ok(rita.get(f"/api/v1/jobs/{job['id']}/"))["state"] == "open"

    for worker, shape in ((world.wei, CAN), (world.wanda, NEAR), (walt, ELSEWHERE)):
        api = world.api(worker)
        claimed = ok(api.post(f"/api/v1/jobs/{job['id']}/claim/"))
        while claimed:
            answer = {"annotation": {"schema": 1, "shapes": [shape]}, "next": True}
            claimed = ok(api.post(f"/api/v1/assignments/{claimed['assignment']}/submit/", answer))["next"]
        assert api.post(f"/api/v1/jobs/{job['id']}/claim/").status_code == 204
    sweep(now=timezone.now())

    verdicts = ok(world.api(walt).get("/api/v1/assignments/?mine=true"))["results"]
    assert [row["state"] for row in verdicts] == ["rejected", "rejected"]
    assert ok(world.api(world.wei).get("/api/v1/earnings/"))["balance"] == "4.00"

    release = ok(rita.post(f"/api/v1/jobs/{job['id']}/releases/"))
    file = rita.get(f"/api/v1/releases/{release['id']}/files/coco")
    dataset = json.loads(b"".join(file.streaming_content))
    assert [found["bbox"] for found in dataset["annotations"]] == [[11, 10.5, 30, 30]] * 2

    ok(world.api(world.wei).post("/api/v1/payouts/", {}))
    ok(rita.post(f"/api/v1/jobs/{job['id']}/close/"))
    sweep(now=timezone.now())
    assert ok(world.api(world.wei).get("/api/v1/earnings/"))["balance"] == "0.00"
    assert audit() == []
