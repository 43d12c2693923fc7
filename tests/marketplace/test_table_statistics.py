"""No statement of the hand-out reads a table whole, however small it was when the statement was planned."""

from django.db import connection

from marketplace.assigning import claim, parameters
from marketplace.models import Assignment, Enrolment, Job, Place
from marketplace.picking import LOOK_EVERYWHERE
from marketplace.posting import make_places, publish
from marketplace.submitting import submit
from marketplace.sweeping import sweep
from marketplace.table_statistics import renew_outgrown

EMPTY = {"schema": 1, "shapes": [], "empty": True}
IMAGES = 20_000
HOT = ("annotation_image", "marketplace_assignment", "marketplace_enrolment", "marketplace_place", "marketplace_task")

_MORE_IMAGES = """
    INSERT INTO annotation_image
        (scope, name, sha256, digest, width, height, bytes, format, state, failure, created_at)
    SELECT %s, n || '.png', lpad(to_hex(n), 64, '0'), lpad(to_hex(n), 64, 'a'), 120, 90, 1000, 'PNG', 'ready', '', now()
    FROM generate_series(1, %s) AS n
"""
_MORE_TASKS = """
    INSERT INTO marketplace_task (job_id, image_id, position, state, wanted, answers, disputed)
    SELECT %s, id, row_number() OVER (ORDER BY id), 'draft', 0, 0, false FROM annotation_image WHERE scope = %s
"""
_MORE_WORKERS = """
    WITH made AS (
        INSERT INTO marketplace_user (password, is_superuser, email, name, is_active, is_staff, date_joined, pseudonym,
                                      is_requester, is_worker)
        SELECT '', false, 'crowd' || n || '@example.org', 'Crowd', true, false, now(), 'w-' || lpad(to_hex(n), 8, '0'),
               false, true
        FROM generate_series(1, %s) AS n RETURNING id)
    INSERT INTO marketplace_enrolment (job_id, worker_id, state, reason, cursor, cursor_first, exhausted_to,
                                       skips_in_a_row, answers, answers_today, drawn, admitted_by, created_at)
    SELECT %s, id, 'ready', '', 0, 0, 0, 0, 0, 0, 0, 'open', now() FROM made
"""
_MORE_ASSIGNMENTS = """
    INSERT INTO marketplace_assignment (id, place_id, task_id, job_id, worker_id, state, instructions_version,
                                        lease_expires_at, claimed_at, earned, skip_reason, cursor, cursor_first)
    SELECT gen_random_uuid(), p.id, p.task_id, p.job_id, %s, 'skipped', 1, now(), now(), 0, '', 0, 0
    FROM marketplace_place p WHERE p.job_id = %s ORDER BY p.position OFFSET 5
"""


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else None


def rows_read_whole():
    """How many rows this transaction has read by reading whole tables, by table."""
    return dict(run("SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)", list(HOT)))


def read_whole_by(act):
    before = rows_read_whole()
    act()
    return {name: more for name, rows in rows_read_whole().items() if (more := rows - before[name])}


def a_day_of_work(world, job, worker):
    """Claim, submit, be handed the next, and look at everything: each statement of the hand-out once."""
    first = claim(job=job, worker=worker, now=world.now)
    assert submit(assignment_id=first.assignment_id, worker=worker, payload=EMPTY, want_next=True, now=world.now).next
    LOOK_EVERYWHERE.row(**parameters(job=job, worker=world.sam, cursors=(0, 0), now=world.now))


def planned_while_small(world):
    """Every statement planned on this connection for tables known to be a page long."""
    small = world.published(images=12, overlap=1)
    Enrolment.objects.create(job=small, worker=world.sam, created_at=world.now)
    run(f"ANALYZE {', '.join(HOT)}")
    a_day_of_work(world, small, world.wei)


def big_job(world):
    job = world.job(images=0)
    Job.objects.filter(pk=job.pk).update(min_overlap=1, max_overlap=1)
    job.refresh_from_db()
    run(_MORE_IMAGES, f"job:{job.pk}", IMAGES)
    run(_MORE_TASKS, job.pk, f"job:{job.pk}")
    world.fund(job.owner, "1500.00")
    publish(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    Enrolment.objects.create(job=job, worker=world.sam, created_at=world.now)
    job.refresh_from_db()
    return job


def test_a_big_job_is_handed_out_by_indexes_though_all_was_planned_while_the_tables_were_small(world):
    planned_while_small(world)
    job = big_job(world)

    read = read_whole_by(lambda: a_day_of_work(world, job, world.wanda))

    assert Place.objects.filter(job=job).count() == IMAGES
    assert sum(read.values()) < 200, read


def test_after_a_sweep_a_crowd_that_came_at_once_is_found_by_indexes(world):
    planned_while_small(world)
    job = big_job(world)
    run(_MORE_WORKERS, IMAGES, job.pk)
    run(_MORE_ASSIGNMENTS, world.worker("Walt").pk, job.pk)

    sweep(now=world.now)

    read = read_whole_by(lambda: a_day_of_work(world, job, world.wanda))
    assert Assignment.objects.count() > Enrolment.objects.count() - 20 > IMAGES - 20
    assert sum(read.values()) < 200, read


def test_only_what_has_grown_is_analysed_and_only_once(world):
    renew_outgrown()
    run("CREATE TABLE shelf (can integer)")
    few, many = (("INSERT INTO shelf SELECT generate_series(1, %s)", count) for count in (100, 10_000))

    run(*few)
    assert renew_outgrown() == []
    run(*many)
    assert renew_outgrown() == ["shelf"]
    assert renew_outgrown() == []
