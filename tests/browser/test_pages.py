"""Every page of every role, wide and narrow: opens without a complaint of the browser, fits, and has names for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from billing import deposits, payouts
from billing.models import Deposit, Payout
from billing.money import parse_amount
from billing.paying_by_hand import export, mark_paid
from billing.payout_accounts import give_details
from billing.wallets import earnings_of
from marketplace import flags, overturning, rejecting
from marketplace.blocking import block
from marketplace.enrolling import enrol
from marketplace.inviting import invite
from marketplace.models import Appeal, Assignment, Exercise, Flag, Task
from marketplace.pages import requester_urls, results_urls, worker_urls
from marketplace.questions import add_question
from marketplace.releases import make_release
from marketplace.reviewing import Said, decide
from marketplace.uploading import add_images, prepare_images
from marketplace.watching import watch
from tests.billing.conftest import fund
from tests.browser.conftest import NARROW, WIDE
from tests.marketplace.examining import HALF, RIGHT, WRONG, asking, question, take
from tests.marketplace.flagging import flagged
from tests.marketplace.test_appealing import contest
from tests.world import picture

FAULTS = (Path(__file__).parent / "walk.js").read_text()
REJECTED = Said("reject", reason="loose", note="Half of it is shelf.")
RETURNED = Said("return", note="Take the whole can, please, and leave out the shelf below it.")
CAN, BAG = ("can", [20, 15, 30, 25]), ("bag", [70, 40, 30, 30])

# What cannot be looked at: it changes something, is a part of a page, or is a file.
CHANGES = (
    "job_duplicate",
    "job_delete",
    "job_image_remove",
    "job_publish",
    "job_pause",
    "job_preview_timed",
    "job_resume",
    "job_close",
)
CHANGES += ("job_instructions", "deposit_new", "deposit_return", "payout_request", "release_make")
CHANGES += ("job_visibility", "job_link", "job_invite", "job_withdraw", "block_add", "block_remove", "answer_block")
CHANGES += (
    "work_enrol",
    "question_remove",
    "flag_confirm",
    "flag_dismiss",
    "answer_appeal",
    "review_decide",
    "rejection_stop_close",
)
CHANGES += ("payout_cancel", "payout_account_open", "payout_account_again", "payout_account_back")
CHANGES += ("payout_account_details", "payout_export", "payout_approve", "payout_refuse", "payout_retry")
CHANGES += ("payout_mark", "payout_confirm", "payout_send_back")
CHANGES += ("reconcile_now", "suspense_ask", "suspense_agree", "suspense_decline")
CHANGES += (
    "answer_reverse",
    "adjustment_ask",
    "adjustment_agree",
    "adjustment_decline",
)
CHANGES += ("refund_ask", "refund_agree", "refund_decline", "people_apart", "people_withdraw")
NO_PAGE = {*CHANGES, "payout_left", "job_quote", "job_progress", "job_preview_next", "release_file"}
OF_WORKERS = {"work", "work_job", "label", "history", "answer", "earnings", "skills", "exercise", "exercise_mark"}
OF_WORKERS |= {"payout_account"}
OF_ADMINS = {"report_payouts", "report_quality", "report_flags", "report_flag", "undecided", "rejection_stops"}
NO_PAGE |= {"refund", "refund_all", "earnings_years", "reports"}
OF_WORKERS |= {"earnings_statement"}
OF_ADMINS |= {"report_revenue", "report_years"}
OF_ADMINS |= {"payout_queue", "payout_case"}
OF_ADMINS |= {"reconciliations", "suspense", "disputes", "platform_accounts"}
OF_ADMINS |= {"paid_answer", "adjustments", "refund_queue", "shared_people"}
OF_STRANGERS = ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/api/v1/docs/")
OF_ACCOUNTS = (
    "/accounts/profile/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/logout/",
    "/accounts/data/",
)


@pytest.fixture
def market(world, bank):
    """A job in every state that looks different, answers of every kind, money that moved and money on its way."""
    walt = world.worker("Walt")
    done = world.published(title="A finished job with quite a long title, as people write them now and then", images=3)
    for worker, shapes in ((world.wei, (CAN, BAG)), (world.wanda, (CAN, BAG)), (walt, (BAG,))):
        for _ in range(3):
            world.answer(done, worker, *shapes)
    world.settled(done)
    waiting, upheld = contest(world, world.rejected()), contest(world, world.rejected())
    overturning.uphold(appeal_id=upheld.pk, decider=world.ada, answer="Yes, a bag.", adopt=False, now=world.now)
    assert waiting.state == "open"
    by_hand, undecided = judged_by_people(world)
    make_release(job=done, by=world.rita, now=world.now)
    begun = world.published(title="Begun", images=2, labels=[{"name": "indoors", "shapes": ["tag"]}])
    world.answer_tags(begun, world.wei, "indoors")
    add_images(job=begun, files=[picture("later.png", shade=50)], now=world.now)
    urls = {"success_url": "https://tally.test/", "cancel_url": "https://tally.test/"}
    deposit = deposits.start(
        owner=world.rita, amount=parse_amount("12.00"), idempotency_key="walk", now=world.now, **urls
    )
    draft = world.job(title="A draft", visibility="link", limits={"answers_per_day": 20})
    invite(job=draft, addresses=["wei@example.org", f"{'very.' * 9}long@example.org"], now=world.now)
    block(requester=world.rita, pseudonym=walt.pseudonym, now=world.now)
    flags.confirm(flag_id=flagged(world, begun, world.wei).pk, by=world.ada, note="Far too fast.", now=world.now)
    pair = {"with": world.wanda.pk, "tasks": 40, "alike": 38, "expected": 6.2, "copied": 0.93, "chance": 1e-12}
    examples = [str(row.pk) for row in Assignment.objects.filter(worker=walt, job=done)]
    signs = {"pairs": [pair], "workers": 3, "examples": examples}
    flag = flagged(world, done, walt, kind="copies", evidence=signs, weight=38)
    watch(job_id=done.pk, now=world.now)
    paid_out(world)
    paid = Deposit.objects.filter(owner=world.rita, state="paid")[0]
    Deposit.objects.filter(pk=paid.pk).update(provider_payment="pi_3QkXbY2eZvKYlo2C0aB1cD2e")  # as long as real ones
    more = {"paid": paid, "by_hand": by_hand, "undecided": undecided, "draft": draft, "deposit": deposit, "flag": flag}
    more |= examined(world)
    return SimpleNamespace(done=done, begun=begun, empty=world.job(images=0), **more)


def paid_out(world):
    """Payouts that wait for two admins, for the bank's file and for a second word, and one that failed."""
    for worker in (world.wei, world.wanda):
        fund(earnings_of(worker=worker), 900_000_000)
    give_details(worker=world.wanda, country="IN", details="Wanda Iyer, 0012 3456 7890", now=world.now)
    asked = [
        payouts.request(worker=who, amount=amount, idempotency_key=f"{amount}", now=world.now)
        for who, amount in ((world.wei, 4_000_000), (world.wei, 700_000_000), (world.wanda, 8_000_000))
    ]
    Payout.objects.filter(pk=asked[0].pk).update(state="sending")
    payouts.fail(payout_id=asked[0].pk, attempt=0, reason="Your payout account was closed.", now=world.now)
    payouts.send(payout_id=asked[2].pk, now=world.now)
    export(now=world.now)
    more = payouts.request(worker=world.wanda, amount=9_000_000, idempotency_key="more", now=world.now)
    payouts.send(payout_id=more.pk, now=world.now)
    mark_paid(payout_id=asked[2].pk, by=world.ada, reference="SEPA 2026-03-02/1", now=world.now)


def examined(world):
    """Jobs that ask for something: one that Wei is no match for, one whose exam he begins, one whose exam he failed."""
    exam = {"questions": 2}
    asked = {"countries": ["DE", "AT"], "skill": [{"label": "can", "at_least": 0.8}], "exam": exam}
    asks = asking(world, title="Asks much", requirements=asked, given=2, practice=1)
    sits, failed = (asking(world, title=title, practice=1, exam=exam) for title in ("Exam begun", "Exam failed"))
    for job, answers in ((sits, (HALF, RIGHT)), (failed, (RIGHT, RIGHT, WRONG))):
        enrol(job=job, worker=world.wei, now=world.now)
        take(world, job, world.wei, *answers)
    draft = world.job(title="A draft that asks", images=0, requirements=asked)
    question(world, draft, "exam", shade=60)
    prepare_images(job_id=draft.pk)
    add_question(job=draft, kind="exam", file=picture("unanswered.png", shade=61), payload=None, now=world.now)
    return {"asks": asks, "sits": sits, "failed": failed, "asking_draft": draft}


def judged_by_people(world):
    """A job whose requester judges: one answer rejected (which stops them), one sent back, one waits; and an image that
    votes could not decide, which an admin is to."""
    by_hand = world.published(title="By hand", images=3, overlap=1, policy={"judge": "requester"})
    given = [world.answer(by_hand, world.wei, CAN, BAG) for _ in range(3)]
    world.settled(by_hand)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejecting, "A_DAY", 0)
        for answer, said in zip(given, (REJECTED, RETURNED), strict=False):
            decide(assignment_id=answer.pk, reviewer=world.rita, said=said, now=world.now)
    undecided = world.published(title="Undecided", images=1, overlap=2, policy={"adjudicator": "admin"})
    for worker, shape in ((world.wei, CAN), (world.wanda, BAG)):
        world.answer(undecided, worker, shape)
    world.settled(undecided)
    return by_hand, undecided


def addresses(market, name: str) -> Iterator[str]:
    """The address of a named page; of a job's page for each job that shows it in another state."""
    hand, doubt = market.by_hand, market.undecided
    jobs = {
        "job_review": [hand, market.done],
        "job_undecided": [doubt, market.done],
        "job_edit": [market.draft, market.asking_draft],
        "label": [market.begun],
        "work_job": [market.begun, market.done, market.asks, market.sits, market.failed],
        "exercise": [market.sits],
        "job_questions": [market.asks, market.asking_draft],
        "job_receipt": [market.done, market.begun],
    }
    given = Assignment.objects.filter(worker__name="Wei")
    choices = [
        {},
        *({"pid": job.public_id} for job in jobs.get(name, [market.done, market.begun, market.draft, market.empty])),
        *({"pid": task.job.public_id, "task": task.pk} for task in Task.objects.filter(position=1, job=market.done)),
        *({"assignment_id": row.pk} for row in given.filter(task__position=1).exclude(submitted_at=None)),
        *({"pid": row.job.public_id, "assignment_id": row.pk} for row in given.filter(job=hand, state="submitted")),
        *({"pid": doubt.public_id, "task": task.pk} for task in Task.objects.filter(job=doubt)),
        *(
            {"pid": market.asking_draft.public_id, "question": found.pk}
            for found in market.asking_draft.questions.filter(image__state="ready")
        ),
        {"deposit_id": market.paid.pk if name == "deposit_receipt" else market.deposit.pk},
        *({"exercise_id": found.pk} for found in Exercise.objects.filter(attempt=0, answered_at__isnull=False)),
        *({"payout_id": pk} for pk in Payout.objects.values_list("pk", flat=True)),
        *({"flag": pk} for pk in Flag.objects.values_list("pk", flat=True)),
        *({"appeal_id": found.pk} for found in Appeal.objects.all()),
    ]
    for choice in choices:
        try:
            yield reverse(name, kwargs=choice)
        except NoReverseMatch:
            continue


def names_of_pages() -> set[str]:
    patterns = [*requester_urls.urlpatterns, *results_urls.urlpatterns, *worker_urls.urlpatterns]
    return {pattern.name for pattern in patterns} - NO_PAGE


def look(page, paths) -> list[str]:
    """Open each page narrow and again wide; the faults found, each with its page and width."""
    found = []
    for path in paths:
        page.set_viewport_size(NARROW)
        page.goto(path)
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            page.wait_for_load_state("load")
            found += [f"{path} at {size['width']} px: {fault}" for fault in page.evaluate(FAULTS)]
    return found


def test_the_pages_of_requesters_are_in_order(visit, world, market):
    names = names_of_pages() - OF_WORKERS - OF_ADMINS
    paths = [path for name in sorted(names) for path in addresses(market, name)]
    assert len(paths) > len(names)
    faults = look(visit(world.rita), paths)
    assert not faults, "\n".join(faults)


def test_the_pages_of_workers_are_in_order(visit, world, market):
    paths = [path for name in sorted(OF_WORKERS) for path in addresses(market, name)]
    contested = [reverse("answer", args=[found.assignment_id]) for found in Appeal.objects.all()]
    faults = look(
        visit(world.wei), [*paths, *contested, "/work/history/?show=rejected", "/work/history/?show=appealed"]
    )
    assert not faults, "\n".join(faults)


def test_the_reports_are_in_order_and_the_admin_site_opens_without_a_complaint(visit, world, market):
    page = visit(world.ada)
    faults = look(page, [path for name in sorted(OF_ADMINS) for path in addresses(market, name)])
    assert not faults, "\n".join(faults)
    assert page.goto("/admin/").ok
    for model in admin.site._registry:
        assert page.goto(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).ok


def test_the_pages_of_accounts_and_of_strangers_are_in_order(visit, world):
    faults = look(visit(), OF_STRANGERS) + look(visit(world.sam), ("/", *OF_ACCOUNTS))
    assert not faults, "\n".join(faults)


def test_pages_with_nothing_to_show_and_pages_that_say_no_are_in_order(visit, world):
    nothing = look(visit(world.rosa), ("/", "/jobs/", "/wallet/"))
    nothing += look(visit(world.wanda), ("/", "/work/", "/work/history/", "/work/earnings/"))
    assert not nothing, "\n".join(nothing)
    refusals = look(visit(world.wanda), ("/jobs/", "/no/such/page/"))
    assert not refusals, "\n".join(refusals)
    visit.excuse("403")
    visit.excuse("404")


def test_the_bank_page_of_the_sandbox_is_in_order(visit, market):
    faults = look(visit(), [market.deposit.checkout_url])
    assert not faults, "\n".join(faults)


def test_the_walk_sees_what_it_is_for(visit):
    page = visit(path="/")
    page.evaluate(
        """() => {
            document.title = '';
            document.documentElement.removeAttribute('lang');
            document.querySelector('main').innerHTML = `<p>No heading</p><div>wide</div>
                <img><input><button></button><i id="a"></i><i id="a"></i><p aria-describedby="b">x</p>`;
        }"""
    )
    found = page.evaluate(FAULTS)
    for fault in ("title", "language", "0 visible h1", "no alt", "no label", "no name", "ids used twice: a", "nothing"):
        assert any(fault in line for line in found), (fault, found)
    page.evaluate("() => { document.querySelector('main div').style.width = '3000px'; }")
    assert any("wider than the screen" in line for line in page.evaluate(FAULTS))


def test_a_script_in_the_page_is_refused_and_noticed(visit):
    page = visit(path="/")
    page.evaluate("() => { document.body.append(Object.assign(document.createElement('script'), { text: 'x' })); }")
    visit.excuse("Content Security Policy")
