"""Each movement is explained by what it is about."""

import ast
from pathlib import Path

import pytest

from billing.wallets import WORDS, Line, earnings_of, movements, wallet_of, words_of
from marketplace.movements import LATE_WORK, explained
from tests.marketplace.test_settling import CAN

ROOT = Path(__file__).resolve().parents[2]
MAKES = {"Posting", "uncommit", "pay_beside"}


def kinds_posted():
    """Every kind of movement that the code names: the first argument, or `kind`, of whatever makes postings; and the
    first of the steps of a payout."""
    found = set()
    for path in (*(ROOT / "billing").rglob("*.py"), *(ROOT / "marketplace").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                given = [kw.value for kw in node.keywords if kw.arg == "kind"] + node.args[:2]
                if name in MAKES or name.startswith(("_post", "_between", "_out_of_place")):
                    found |= {one.value for one in given if isinstance(one, ast.Constant) and type(one.value) is str}
                found |= {
                    step.elts[0].value
                    for kw in node.keywords if kw.arg == "steps" and isinstance(kw.value, ast.List)
                    for step in kw.value.elts if isinstance(step, ast.Tuple) and isinstance(step.elts[0], ast.Constant)
                }  # fmt: skip
    return found


def test_every_kind_of_movement_that_is_posted_has_words():
    posted = kinds_posted()
    assert {"deposit", "publish", "accepted", "payout_sent", "refund_failed", "debt_made", "given_up"} <= posted
    assert posted <= WORDS.keys(), f"without words in billing.wallets: {sorted(posted - WORDS.keys())}"


def test_a_kind_without_words_is_found_by_the_audit(world):
    from billing import ledger
    from billing.ledger import AccountKind, Posting
    from marketplace.auditing import audit

    goodwill, losses = ledger.platform(AccountKind.GOODWILL), ledger.platform(AccountKind.LOSSES)
    ledger.post(postings=[Posting("whim", "1", goodwill.pk, losses.pk, 1)], now=world.now)
    assert "every movement is explained in words: 1 movements of the kind whim have no words" in audit()


@pytest.mark.django_db
def test_a_movement_names_its_job_answer_deposit_and_payout(world):
    job = world.published(images=1, overlap=1, reward="2.00")
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    earned = explained(lines=list(movements(account=earnings_of(worker=world.wei))))
    assert [(one.job, one.answer, one.about, one.reference) for one in earned] == [
        (job, given.pk, "Cans on shelves", str(given.pk))
    ]
    spent, paid = explained(lines=list(movements(account=wallet_of(owner=world.rita))))[::-1][::-1]
    by_kind = {one.line.kind: one for one in (spent, paid)}
    assert by_kind["publish"].job == job
    assert by_kind["publish"].reference == job.public_id
    assert by_kind["deposit"].deposit == world.rita.deposits.get().pk


def test_pay_taken_back_a_late_answer_and_a_bonus_lead_to_the_answer_and_its_job(world):
    """Neither names both; and what was given or taken beside the pay leads its requester to the image."""
    job = world.published(images=1, overlap=1)
    answer = world.answer(job, world.wei, CAN)
    back, late = {"clawback": "x", "about": f"assignment:{answer.pk}"}, {"late_answer": str(answer.pk)}
    gift = {"assignment": str(answer.pk), "job": job.public_id}
    entries = [("clawback", back), ("debt_made", back), ("goodwill", late), ("bonus", gift), ("goodwill", {})]
    found = explained(lines=[Line(1, 1, world.now, kind, "k", "", 5, 5, details) for kind, details in entries])
    assert [(one.answer, one.job) for one in found] == [(answer.pk, job)] * 4 + [(None, None)]
    assert [one.task for one in found] == [answer.task_id, None, None, answer.task_id, None]
    assert [one.words for one in found[2::2]] == [LATE_WORK, "A gift of the platform"]
    assert len({one.words for one in found}) == 5


def test_what_is_not_understood_is_about_nothing(world):
    line = Line(1, 1, world.now, "deposit", "pi_1", words_of(kind="deposit"), 5, 5, {"deposit": "no uuid", "job": "x"})
    assert [(one.job, one.deposit, one.about, one.reference) for one in explained(lines=[line])] == [
        (None, None, "", "")
    ]
    assert words_of(kind="odd_kind") == "Odd kind"
