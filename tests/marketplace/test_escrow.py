from billing import ledger
from marketplace import escrow


def test_a_place_commits_the_reward_and_its_fee(world):
    assert escrow.unit_cost(job=world.job(images=0, reward="0.05")) == 60_000


def test_a_free_platform_posts_no_fee(world, settings):
    settings.PLATFORM_FEE_BPS = 0
    job = world.published(images=1, overlap=1)

    [posting] = escrow.pay(job=job, dues=[escrow.Due("a", 1, 50_000)], fees_account_id=2)

    assert (posting.kind, posting.amount) == ("accepted", 50_000)


def test_what_shapes_did_not_use_up_of_a_place_is_free_again(world):
    job = world.published(images=1, overlap=1, reward_per_shape="0.01", shapes_paid_at_most=10)

    dues = [escrow.Due("a", 1, 70_000), escrow.Due("b", 3, 150_000), escrow.Due("c", 3, 70_000)]
    postings = escrow.pay(job=job, dues=dues, fees_account_id=2)

    assert [(one.kind, one.key, one.target, one.amount) for one in postings] == [
        ("accepted", "a", 1, 70_000),
        ("accepted_fee", "a", 2, 14_000),
        ("accepted_rest", "a", job.escrow_free_id, 96_000),
        ("accepted", "b", 3, 150_000),
        ("accepted_fee", "b", 2, 30_000),
        ("accepted", "c", 3, 70_000),
        ("accepted_fee", "c", 2, 14_000),
        ("accepted_rest", "c", job.escrow_free_id, 96_000),
    ]
    assert sum(one.amount for one in postings) == 3 * escrow.unit_cost(job=job)


def test_opening_escrow_twice_opens_no_more_accounts(world):
    job = world.job(images=0)

    escrow.open_escrow(job=job)
    first = escrow.accounts_of(job=job)
    escrow.open_escrow(job=job)

    assert first == escrow.accounts_of(job=job)
    assert len(set(first)) == 3
    assert ledger.balance(account_id=job.escrow_free_id) == 0


def test_an_upheld_appeal_pays_reward_and_fee_under_its_own_key(world):
    job = world.published(images=1)
    reward, fee = escrow.pay_on_appeal(job=job, due=escrow.Due("q", 1, 50_000), assignment_key="a", fees_account_id=2)
    assert (reward.kind, reward.key, reward.target, reward.amount) == ("appeal_upheld", "q", 1, 50_000)
    assert (fee.kind, fee.key, fee.target, fee.amount) == ("appeal_upheld_fee", "q", 2, 10_000)
    assert reward.source == fee.source == job.escrow_committed_id
    assert reward.details == {"job": job.public_id, "assignment": "a"}
