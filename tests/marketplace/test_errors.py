import pytest

from marketplace.errors import Problem, Refused


def test_a_refusal_reads_as_its_problems():
    with pytest.raises(Refused, match="title: Give the job a title") as refused:
        Refused.when([Problem("title", "required", "Give the job a title.")])

    assert refused.value.problems[0].rule == "required"


def test_no_problem_is_no_refusal():
    Refused.when([])
