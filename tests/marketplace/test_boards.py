from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.assigning import claim
from marketplace.boards import job_row, open_jobs
from marketplace.history import worker_history
from marketplace.leases import skip
from marketplace.models import Block, Enrolment, Invitation, Job, Place, User
from marketplace.posting import make_places, pause, publish
from tests.bench.seeding import answer_all, ready_job
from tests.marketplace.test_settling import CAN, three_answers


def board(world, worker, page=1):
    return list(open_jobs(worker=worker, now=world.now, page=page).rows)


def titles(world, worker, page=1):
    return [row.job.title for row in board(world, worker, page)]


def test_the_board_shows_open_jobs_of_others_with_what_is_left(world):
    job = world.published(images=2)
    world.job(images=1, title="Still a draft")
    pause(job=world.published(images=1, title="Paused"), now=world.now)
    world.answer(job, world.wei, CAN)

    rows = board(world, world.wei)

    assert [(row.job, row.places_left, row.answered_by_me, row.labels) for row in rows] == [(job, 5, 1, ("can", "bag"))]
    assert board(world, world.rita) == []


def test_a_full_job_is_shown_only_to_who_still_holds_a_place(world):
    job = world.published(images=1, overlap=1)
    claim(job=job, worker=world.wei, now=world.now)

    assert [row.holding for row in board(world, world.wei)] == [True]
    assert board(world, world.wanda) == []


def test_a_blocked_worker_sees_that_they_are(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)
    job.enrolments.update(state="blocked")

    assert job_row(job=job, worker=world.wei, now=world.now).blocked


def test_the_record_and_ones_own_answers_are_counted_among_the_latest(world, monkeypatch):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    monkeypatch.setattr("marketplace.requester_records.ANSWERS", 0)
    monkeypatch.setattr("marketplace.boards.OWN_COUNTED", 0)

    row = job_row(job=job, worker=world.wei, now=world.now)

    assert (row.record.rejection_rate, row.answered_by_me) == (None, 0)


def test_places_are_counted_only_so_far(world, monkeypatch):
    job = world.published(images=2)
    monkeypatch.setattr("marketplace.boards.PLACES_COUNTED", 6)
    row = job_row(job=job, worker=world.wei, now=world.now)
    assert (row.places_left, row.places_left_capped) == (6, False)

    monkeypatch.setattr("marketplace.boards.PLACES_COUNTED", 5)
    row = job_row(job=job, worker=world.wei, now=world.now)
    assert (row.places_left, row.places_left_capped) == (5, True)

    skip(assignment_id=claim(job=job, worker=world.wei, now=world.now).assignment_id, worker=world.wei, reason="dark",
         now=world.now)  # fmt: skip
    assert Place.objects.filter(lane=1).exists()
    monkeypatch.setattr("marketplace.boards.PLACES_COUNTED", 6)
    assert job_row(job=job, worker=world.wanda, now=world.now).places_left == 6, "both lanes"


def test_private_jobs_are_seen_by_who_is_invited_at_a_confirmed_address(world, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    job = world.published(images=1)
    Job.objects.filter(pk=job.pk).update(visibility="invited")
    Invitation.objects.create(job=job, email="wei@example.org", created_at=world.now)
    assert board(world, world.wei) == []

    address = EmailAddress.objects.create(user=world.wei, email="Wei@Example.org", verified=False)
    assert board(world, world.wei) == []
    EmailAddress.objects.filter(pk=address.pk).update(verified=True)

    assert [row.job for row in board(world, world.wei)] == [job]
    assert board(world, world.wanda) == []


def test_a_job_behind_a_link_is_seen_by_who_came_in(world):
    job = world.published(images=1)
    Job.objects.filter(pk=job.pk).update(visibility="link", invite_key="secret")
    Enrolment.objects.create(job=job, worker=world.wei, created_at=world.now)

    assert [row.job for row in board(world, world.wei)] == [job]
    assert board(world, world.wanda) == []


def test_who_is_blocked_by_a_requester_sees_none_of_their_jobs_but_what_they_hold(world):
    held, _ = world.published(images=1, title="Held"), world.published(images=1, title="Other")
    claim(job=held, worker=world.wei, now=world.now)
    Block.objects.create(requester=world.rita, worker=world.wei, created_at=world.now)

    assert titles(world, world.wei) == ["Held"]
    assert len(board(world, world.wanda)) == 2


def test_ones_own_jobs_in_progress_come_first_and_what_one_holds_before_them(world):
    for title in ("Held", "Begun", "Fresh"):
        world.published(images=3, title=title)
        world.later(minutes=1)
    jobs = {job.title: job for job in Job.objects.all()}
    world.answer(jobs["Begun"], world.wei)
    claim(job=jobs["Held"], worker=world.wei, now=world.now)

    assert titles(world, world.wei) == ["Held", "Begun", "Fresh"]


def test_a_new_job_comes_before_those_that_are_being_worked_on(world):
    old = world.published(images=3, title="Old")
    world.later(hours=30)
    world.answer(old, world.wanda)
    world.published(images=1, title="New")

    assert titles(world, world.wei) == ["New", "Old"]


def test_an_old_job_that_nobody_touches_comes_up_again(world):
    busy, lonely = world.published(images=9, title="Busy"), world.published(images=2, title="Lonely")
    world.later(hours=20)
    world.answer(lonely, world.wanda)
    for _ in range(3):
        world.later(hours=10)
        world.answer(busy, world.wanda)
    world.published(images=1, title="New")

    assert titles(world, world.wei) == ["Lonely", "New", "Busy"]

    claim(job=lonely, worker=world.wanda, now=world.now)
    assert titles(world, world.wei) == ["New", "Lonely", "Busy"], "somebody is at it now"


def test_work_under_way_counts_as_touching(world):
    lonely, held = world.published(images=2, title="Lonely"), world.published(images=2, title="Held")
    claim(job=held, worker=world.wanda, now=world.now)
    world.later(hours=40)

    assert titles(world, world.wei) == ["Lonely", "Held"]
    assert lonely.published_at <= held.published_at


def test_the_board_is_read_page_by_page(world, monkeypatch):
    monkeypatch.setattr("marketplace.boards.A_PAGE", 2)
    for title in ("One", "Two", "Three"):
        world.published(images=1, title=title)
        world.later(hours=30)

    first, second = (open_jobs(worker=world.wei, now=world.now, page=page) for page in (1, 2))

    assert ([row.job.title for row in first.rows], first.more) == (["One", "Two"], True)
    assert ([row.job.title for row in second.rows], second.more) == (["Three"], False)


def test_a_page_of_the_board_takes_as_many_statements_for_many_jobs_as_for_one(world):
    worker, counts = world.wei, []
    for jobs in (1, 4):
        for n in range(jobs):
            world.published(images=1, owner=world.person(f"R{jobs}{n}", is_requester=True))
        with CaptureQueriesContext(connection) as statements:
            board(world, worker)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_the_board_reads_no_table_of_work_from_its_beginning(world):
    jobs = [ready_job(owner=world.rita, images=2000, overlap=3, funds="1000.00") for _ in range(2)]
    for job in jobs:
        publish(job=job, now=world.now)
        make_places(job_id=job.pk, now=world.now)
    answer_all(job=jobs[0], workers=[world.worker(f"Worker {n}") for n in range(9)])
    worker = User.objects.get(name="Worker 3")

    with CaptureQueriesContext(connection) as statements:
        assert [row.job for row in board(world, worker)] == [jobs[1]]
        assert worker_history(worker=worker)[:50]

    with connection.cursor() as cursor:
        for statement in list(statements):
            cursor.execute(f"EXPLAIN {statement['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on marketplace_place" not in plan, plan
            assert "Seq Scan on marketplace_assignment" not in plan, plan
