"""The provider's names for things, in words a person knows."""

import re
from pathlib import Path

import marketplace
from marketplace.payout_words import done_words, off_words, wanted_words

MARKETPLACE = Path(marketplace.__file__).parent


def test_what_is_asked_for_is_named_once_in_its_order():
    due = ["individual.first_name", "individual.last_name", "individual.dob.day", "individual.dob.year",
           "external_account", "individual.verification.document", "settings.some_new_thing"]  # fmt: skip
    assert wanted_words(currently_due=due) == (
        "your name",
        "your date of birth",
        "a bank account to be paid to",
        "a photo of your identity document",
        "some new thing",
    )


def test_why_nothing_is_paid_is_a_sentence():
    assert "checking" in off_words(disabled_reason="requirements.pending_verification")
    assert "turned your account down" in off_words(disabled_reason="rejected.other")
    assert off_words(disabled_reason="a_word_nobody_knows").startswith("It does not pay")
    assert off_words(disabled_reason="") == ""


def test_every_step_that_is_noted_of_a_payout_has_words():
    code = "".join(path.read_text() for path in MARKETPLACE.glob("*.py"))
    noted = set(re.findall(r'(?:action=|_decide\()"(payout\.\w+)"', code))
    assert "payout.approved" in noted
    assert {action for action in noted if " " not in done_words(action=action)} == set()
