"""What goes wrong on purpose."""

import pytest

from billing.sandbox.faults import Faults, delay


def test_faults_befall_the_next_requests_to_their_path_in_order():
    faults = Faults()
    faults.extend([("/v1/transfers", "lost"), ("/v1/accounts", 503), ("/v1/transfers", 429)])
    assert [faults.befall(path) for path in ("/v1/balance", "/v1/accounts", "/v1/transfers/tr_1")] == [
        None, 503, "lost",
    ]  # fmt: skip
    faults.clear()
    assert faults.befall("/v1/transfers") is None
    assert faults.injected == 2


def test_a_share_goes_wrong_the_same_way_for_the_same_seed():
    def run(seed):
        faults = Faults()
        faults.often("/v1/transfers", "lost", share=0.5, seed=seed)
        return [faults.befall("/v1/transfers") for _ in range(200)]

    assert run(1) == run(1) != run(2)
    assert 70 < sum(fault == "lost" for fault in run(1)) < 130


@pytest.mark.parametrize("fault", [200, 99, "boom", "slow:", "slow:-1", "slow:900"])
def test_nonsense_is_no_fault(fault):
    with pytest.raises(ValueError, match=r"no fault|could not convert"):
        Faults().extend([("/v1/", fault)])


def test_a_slow_answer_says_how_slow():
    assert (delay("slow:2.5"), delay("lost"), delay(503), delay(None)) == (2.5, 0, 0, 0)
