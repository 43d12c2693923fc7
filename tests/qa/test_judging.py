import pytest
from django.db import transaction

from qa.judging import Judged, overturn_verdict, store_outcome, store_outcomes
from qa.models import Consensus, Verdict
from qa.policy import Policy
from qa.verdict import decide
from tests.qa.answers import FAR, asks, boxes, given

POLICY = asks()


@pytest.fixture
def stored(picture, worker, now):
    """Store what answers come to, as often as called."""
    people = {key: worker(key) for key in ("a", "b", "spam")}

    def store(*crowd):
        outcome = decide(answers=crowd, policy=POLICY)
        return outcome, store_outcome(
            scope="task:7", image_id=picture.pk, outcome=outcome, policy=POLICY, workers=people, now=now
        )

    store.people = people
    return store


CROWD = (given("a", *boxes(*FAR)), given("b", *boxes(*FAR)), given("spam"))


def test_an_outcome_is_kept_as_it_was_decided(stored, picture, now):
    outcome, said = stored(*CROWD)
    kept = Consensus.objects.get()
    assert (kept.pk, kept.revision) == (said.consensus_id, said.revision)
    assert (kept.scope, kept.revision, kept.image, kept.answers, kept.created_at) == ("task:7", 1, picture, 3, now)
    assert kept.body == outcome.consensus.as_json()
    assert (kept.agreement, kept.confidence) == (outcome.consensus.agreement, outcome.consensus.confidence)
    assert Policy.from_json(kept.policy) == POLICY
    assert set(said.verdicts) == {"a", "b", "spam"}
    for draft in outcome.verdicts:
        row = Verdict.objects.get(scope=f"assignment:{draft.key}")
        assert row.pk == said.verdicts[draft.key]
        assert (row.consensus, row.worker_id, row.revision) == (kept, stored.people[draft.key], 1)
        assert (row.accepted, row.reason, row.explanation) == (draft.accepted, draft.reason, draft.explanation)
        assert (row.agreement, row.evidence) == (draft.agreement, draft.evidence)


def test_judging_again_makes_new_revisions_and_leaves_the_old_ones(stored):
    stored(*CROWD[:2])
    _, kept = stored(*CROWD)
    assert kept.revision == 2
    revisions = {key: Verdict.objects.get(pk=pk).revision for key, pk in kept.verdicts.items()}
    assert revisions == {"a": 2, "b": 2, "spam": 1}
    assert list(Consensus.objects.order_by("revision").values_list("answers", flat=True)) == [2, 3]


def test_many_outcomes_are_stored_in_as_few_statements_as_one(stored, picture, now, django_assert_num_queries):
    outcome = decide(answers=CROWD, policy=POLICY)
    alone = decide(answers=[given("c")], policy=POLICY)
    many = [
        Judged("task:0", picture.pk, outcome, stored.people),
        Judged("task:1", picture.pk, alone, {"c": stored.people["a"]}),
    ]
    with django_assert_num_queries(2):
        kept = store_outcomes(judged=many, policy=POLICY, now=now)
    assert [set(each.verdicts) for each in kept] == [{"a", "b", "spam"}, {"c"}]
    assert [Consensus.objects.get(pk=each.consensus_id).scope for each in kept] == ["task:0", "task:1"]


def test_an_answer_without_a_worker_stores_nothing(stored):
    del stored.people["spam"]
    with pytest.raises(KeyError), transaction.atomic():
        stored(*CROWD)
    assert not Consensus.objects.exists()


def test_an_overturned_verdict_is_a_next_revision_and_the_first_stays(stored, now):
    _, said = stored(*CROWD)
    first = Verdict.objects.get(pk=said.verdicts["spam"])
    assert not first.accepted
    fresh = overturn_verdict(verdict_id=first.pk, reason="appeal_upheld", explanation="It was right.", now=now)
    second = Verdict.objects.get(pk=fresh)
    assert (second.accepted, second.reason, second.explanation) == (True, "appeal_upheld", "It was right.")
    assert (second.scope, second.consensus, second.worker, second.evidence) == (
        first.scope, first.consensus, first.worker, first.evidence,
    )  # fmt: skip
    assert (first.revision, second.revision) == (1, 2)
    with pytest.raises(AssertionError):
        overturn_verdict(verdict_id=fresh, reason="again", explanation="No.", now=now)
