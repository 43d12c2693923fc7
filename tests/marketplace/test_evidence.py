import pytest

from marketplace.evidence import signs
from marketplace.models import Flag

PAIR = {"with": 7, "tasks": 200, "alike": 180, "expected": 40.4, "copied": 0.9, "chance": 0.004}
FIGURES = {
    "haste": {"answers": 1200, "impossible": 300, "pace": 0.02, "deviations": 5.1},
    "run": {"answers": 60, "length": 41, "answer": "tidy", "chance": 0.0001},
    "group": {"pairs": [PAIR], "workers": 2},
    "copies": {"pairs": [{**PAIR, "chance": 1e-30}], "workers": 5},
}
WORDS = {
    "haste": ["300 of 1,200 answers", "2 %", "5.1 standard deviations"],
    "run": ["41 of 60 answers in a row were the same: tidy", "once in 10,000 jobs"],
    "group": ["another worker gave the same 180 times", "about 40", "once in 250 jobs"],
    "copies": ["180 of 200 images", "less than once in a million jobs", "5 workers agree"],
}


@pytest.mark.parametrize("kind", Flag.Kind.values)
def test_the_evidence_of_each_kind_reads_well_and_names_no_other_worker(kind):
    told = " ".join(signs(flag=Flag(kind=kind, evidence=FIGURES[kind])))
    for words in WORDS[kind]:
        assert words in told
    assert " 7" not in told


def test_haste_without_impossible_answers_speaks_of_the_pace_alone():
    evidence = {"answers": 60, "impossible": 0, "pace": 0.2, "deviations": None}
    told = signs(flag=Flag(kind="haste", evidence=evidence))
    assert told == ["A typical answer took 20 % of the time that others take for as many shapes."]
