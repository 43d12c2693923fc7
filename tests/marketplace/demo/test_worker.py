from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from marketplace.demo import scenes
from marketplace.demo.client import ApiFault
from marketplace.demo.crowd import GOOD, Labels, Simulated
from marketplace.demo.folder import drawn
from marketplace.demo.recognition import Album
from marketplace.demo.worker import Prepared, Worker, work


class Queue:
    """A job that hands each of its images to each worker once, and notes who handed in when."""

    def __init__(self, images):
        self.images = images
        self.log = []
        self.lost = set()

    def client(self, name):
        return FakeClient(self, name)


class FakeClient:
    def __init__(self, queue, name):
        self.queue, self.name, self.next_image = queue, name, 0

    def handout(self):
        if self.next_image >= self.queue.images:
            return None
        self.next_image += 1
        return {"assignment": f"{self.name}-{self.next_image}", "image": {"sizes": {"320": str(self.next_image)}}}

    def post(self, path, body=None):
        if path.endswith("claim/"):
            return self.handout()
        if path == "payouts/":
            raise ApiFault(call="POST payouts/", status=400, problem={"detail": "The least payout is 1.00."})
        assignment = path.split("/")[1]
        if assignment in self.queue.lost:
            raise ApiFault(call="POST", status=409, problem={})
        self.queue.log.append(assignment)
        return {"state": "submitted", "next": self.handout()}

    def get(self, path):
        row = {"job": "j", "answers": 3, "accepted": 2, "rejected": 1, "earned": "0.10", "waiting": 0, "title": "T"}
        return {"by_job": [row]}


def crowd_of(queue, names="abcd"):
    return [Worker(name=name, kind=GOOD, client=queue.client(name), seed=(1, n)) for n, name in enumerate(names)]


def pretend(worker, handout):
    return Prepared(handout["assignment"], 0, Simulated({"shapes": []}, (), 1.0))


def run(queue, workers, seed=1):
    took = []
    with ThreadPoolExecutor(2) as pool:
        rng = np.random.default_rng(seed)
        work(workers=workers, job="j", rng=rng, pool=pool, prepare=pretend, took=lambda: took.append(1))
    return len(took)


def test_everybody_works_until_nothing_is_left_for_them():
    queue = Queue(5)
    workers = crowd_of(queue)
    assert run(queue, workers) == 20
    assert [len(worker.given) for worker in workers] == [5, 5, 5, 5]


def test_in_every_round_each_worker_hands_in_once_in_an_order_that_changes():
    queue = Queue(6)
    run(queue, crowd_of(queue))
    rounds = ["".join(name[0] for name in queue.log[at : at + 4]) for at in range(0, 24, 4)]
    assert {"".join(sorted(one)) for one in rounds} == {"abcd"}
    assert len(set(rounds)) > 2


def test_the_same_generator_gives_the_same_order():
    logs = []
    for _ in range(2):
        queue = Queue(6)
        run(queue, crowd_of(queue))
        logs.append(queue.log)
    assert logs[0] == logs[1]


def test_an_assignment_lost_meanwhile_is_let_go():
    queue = Queue(3)
    queue.lost = {"b-2"}
    workers = crowd_of(queue)
    assert run(queue, workers) == 11
    assert len(workers[1].given) == 2


def test_another_refusal_stops_the_work():
    queue = Queue(1)
    workers = crowd_of(queue)
    workers[0].client.post = lambda path, body=None: (_ for _ in ()).throw(
        ApiFault(call="POST", status=403, problem={"detail": "not you"})
    )
    with pytest.raises(ApiFault, match="not you"):
        run(queue, workers)


def test_a_worker_looks_at_the_image_and_answers_what_is_on_it():
    pictures = drawn(seed=5, count=3)
    album = Album()
    for number, picture in enumerate(pictures.pictures):
        album.learn(data=picture.read(), number=number)
    worker = crowd_of(Queue(1))[0]
    worker.client.download = lambda path: pictures.pictures[2].read()
    handout = {"assignment": "x", "image": {"sizes": {"320": "/image/token/"}}}
    labels = Labels(boxes=scenes.LABELS)
    first, again = (
        worker.prepare(handout=handout, album=album, pictures=pictures.pictures, labels=labels) for _ in range(2)
    )
    assert (first.assignment, first.picture) == ("x", 2)
    assert first.answer == again.answer
    assert first.answer.payload["image"] == {
        "width": pictures.pictures[2].truth.width,
        "height": pictures.pictures[2].truth.height,
    }


def test_earnings_of_one_job_are_read_in_micro_units():
    worker = crowd_of(Queue(1))[0]
    assert worker.earned(job="j") == {"answers": 3, "accepted": 2, "rejected": 1, "earned": 100_000}
    assert worker.earned(job="other") == {"answers": 0, "accepted": 0, "rejected": 0, "earned": 0}


def test_too_little_to_be_paid_out_is_no_fault():
    assert crowd_of(Queue(1))[0].ask_for_pay() is None


def test_a_payout_is_followed_by_its_id():
    worker = crowd_of(Queue(1))[0]
    worker.client.post = lambda path, body=None: {"id": "p2", "state": "requested"}
    worker.client.rows = lambda path: [{"id": "p3", "state": "paid"}, {"id": "p2", "state": "sent"}]
    assert worker.payout_state(payout=worker.ask_for_pay()) == "sent"
