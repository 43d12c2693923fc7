import pytest

from marketplace.demo import requester as module
from marketplace.demo.client import ApiFault
from marketplace.demo.crowd import Labels
from marketplace.demo.folder import Picture
from marketplace.demo.requester import Requester, TookTooLong
from marketplace.demo.truth import Truth

TRUTH = Truth(10, 10, ())


class FakeClient:
    """Answers GETs from lists (the last one stays) and POSTs by what they ask."""

    def __init__(self, **replies):
        self.replies = replies
        self.posted = []
        self.batches = []

    def get(self, path):
        queue = self.replies[path.strip("/").replace("/", "_")]
        return queue.pop(0) if len(queue) > 1 else queue[0]

    def post(self, path, body=None):
        self.posted.append((path, body))
        return {"id": "d1", "checkout_url": "http://bank/cs_1"}

    def post_files(self, path, files):
        self.batches.append(files)
        bad = [name for name, data in files if data == b"bad"]
        images = [
            {"id": 100 * len(self.batches) + n, "name": name}
            for n, (name, _) in enumerate(file for file in files if file[0] not in bad)
        ]
        reply = {"images": images, "refused": [{"name": name, "message": "no picture"} for name in bad]}
        if not images:
            raise ApiFault(call="POST", status=400, problem=reply)
        return reply


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def rule(client, clock):
    return Requester(client=client, clock=clock, pause=clock.pause)


def pictures(*names, bad=()):
    return [Picture(name, TRUTH, data=b"bad" if name in bad else name.encode()) for name in names]


def test_a_job_is_written_with_its_boxes_and_its_tags(clock):
    client = FakeClient()
    labels = Labels(boxes=("can", "bag"), tags=("promotion",))
    asker = rule(client, clock)
    assert asker.write_job(title="T", instructions="I", labels=labels, overlap=3, reward="0.05") == "d1"
    (path, body) = client.posted[0]
    assert path == "jobs/"
    assert [label["shapes"] for label in body["labels"]] == [["box"], ["box"], ["tag"]]
    assert body["overlap"] == {"min": 3, "max": 3}


def test_uploads_go_in_batches_and_say_which_picture_became_which_task(clock, monkeypatch):
    monkeypatch.setattr(module, "FILES_A_BATCH", 2)
    client, seen = FakeClient(), []
    uploaded = rule(client, clock).upload(
        job="j", pictures=pictures("a", "b", "c"), shown=lambda done, total: seen.append((done, total))
    )
    assert [len(batch) for batch in client.batches] == [2, 1]
    assert uploaded.tasks == {0: 100, 1: 101, 2: 200}
    assert seen == [(2, 3), (3, 3)]


def test_a_batch_never_grows_beyond_its_bytes(clock, monkeypatch):
    monkeypatch.setattr(module, "BYTES_A_BATCH", 4)
    client = FakeClient()
    rule(client, clock).upload(job="j", pictures=pictures("aaa", "bbb", "c"), shown=lambda done, total: None)
    assert [[name for name, _ in batch] for batch in client.batches] == [["aaa"], ["bbb", "c"]]


def test_refused_files_are_named_and_the_others_keep_their_tasks(clock, monkeypatch):
    monkeypatch.setattr(module, "FILES_A_BATCH", 3)
    client = FakeClient()
    uploaded = rule(client, clock).upload(
        job="j", pictures=pictures("a", "b", "c", "d", bad=("b", "d")), shown=lambda done, total: None
    )
    assert uploaded.tasks == {0: 100, 2: 101}
    assert uploaded.refused == ("b: no picture", "d: no picture")


@pytest.mark.parametrize(
    ("at_most", "balance", "paid"),
    [("10.00", "0.00", "10.00"), ("10.005", "2.00", "8.01"), ("2.00", "1.90", "1.00"), ("3.00", "3.00", None)],
)
def test_what_the_wallet_lacks_is_paid_in_whole_cents(clock, monkeypatch, at_most, balance, paid):
    pressed = []
    monkeypatch.setattr(module, "pay_at_checkout", lambda url: pressed.append(url))
    client = FakeClient(
        jobs_j=[{"quote": {"at_most": at_most}}],
        wallet=[{"balance": balance}],
        wallet_deposits_d1=[{"state": "waiting"}, {"state": "paid"}],
    )
    rule(client, clock).fund(job="j")
    assert client.posted == ([("wallet/deposits/", {"amount": paid})] if paid else [])
    assert pressed == (["http://bank/cs_1"] if paid else [])


def test_a_deposit_that_failed_ends_the_run(clock, monkeypatch):
    monkeypatch.setattr(module, "pay_at_checkout", lambda url: None)
    client = FakeClient(
        jobs_j=[{"quote": {"at_most": "5.00"}}], wallet=[{"balance": "0.00"}], wallet_deposits_d1=[{"state": "failed"}]
    )
    with pytest.raises(RuntimeError, match="is failed"):
        rule(client, clock).fund(job="j")


def test_publishing_waits_until_the_job_is_open(clock):
    client = FakeClient(jobs_j=[{"state": "publishing"}, {"state": "publishing"}, {"state": "open"}])
    rule(client, clock).publish(job="j", images=3)
    assert client.posted == [("jobs/j/publish/", None)]


def test_a_background_that_does_nothing_is_not_waited_for_for_ever(clock):
    client = FakeClient(jobs_j=[{"state": "publishing"}])
    with pytest.raises(TookTooLong, match="for the job to open; it stays 'publishing'"):
        rule(client, clock).publish(job="j", images=3)


def test_waiting_for_judgement_ends_when_all_is_settled_or_more_answers_are_wanted(clock):
    progress = {"tasks": 4, "answers": 12, "answers_wanted": 12}
    client = FakeClient(jobs_j_kpis=[progress | {"settled": 1}, progress | {"settled": 4}])
    seen = []
    asker = rule(client, clock)
    assert asker.wait_settled(job="j", shown=lambda done, total: seen.append(done))["settled"] == 4
    assert seen == [1, 4]
    client = FakeClient(jobs_j_kpis=[progress | {"settled": 3, "answers_wanted": 13}])
    assert rule(client, clock).wait_settled(job="j", shown=lambda done, total: None)["settled"] == 3
