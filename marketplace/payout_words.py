"""What the payment provider asks of a worker, why it pays nothing yet, and who did what with a payout. Pure."""

from __future__ import annotations

from collections.abc import Iterable

# By how the provider's name for it begins; the first that fits.
_WANTED = (
    ("external_account", "a bank account to be paid to"),
    ("tos_acceptance", "your consent to the provider's terms"),
    ("individual.first_name", "your name"),
    ("individual.last_name", "your name"),
    ("individual.dob", "your date of birth"),
    ("individual.address", "your address"),
    ("individual.email", "your e-mail address"),
    ("individual.phone", "your phone number"),
    ("individual.id_number", "your tax or identity number"),
    ("individual.ssn_last_4", "the last digits of your tax number"),
    ("individual.verification.additional_document", "a second proof of your address"),
    ("individual.verification", "a photo of your identity document"),
    ("individual", "something about you"),
    ("business_profile", "what you do"),
    ("business_type", "whether you are a person or a company"),
    ("company", "something about your company"),
    ("representative", "something about who speaks for your company"),
)
_OFF = (
    ("requirements.past_due", "It waits for what is named here; the time for it has run out."),
    ("requirements.pending_verification", "It is checking what you gave. That takes a few days at most."),
    ("action_required", "It waits for something from you."),
    ("under_review", "It is looking at your account. You need do nothing."),
    ("listed", "It is comparing your name with lists it has to keep. You need do nothing."),
    ("rejected", "It has turned your account down. Write to us: what you earned stays yours."),
    ("platform_paused", "Payouts to you are paused. Write to us to learn why."),
)
# By the action in the audit log.
_DONE = {
    "payout.requested": "asked for it",
    "payout.cancelled": "took it back",
    "payout.approved": "agreed to it",
    "payout.refused": "refused it",
    "payout.exported": "wrote it into a file for the bank",
    "payout.marked_paid": "said that it was paid by hand",
    "payout.confirmed": "confirmed that it was paid",
    "payout.sent_back": "said that the bank would not send it",
    "payout.came_back": "said that it came back from the bank",
    "payout.retried": "tried it again as a new payout",
}


def done_words(*, action: str) -> str:
    """What somebody did with a payout: the rest of a sentence that begins with who."""
    return _DONE.get(action) or _plain(action)


def wanted_words(*, currently_due: Iterable[str]) -> tuple[str, ...]:
    """What is asked for, each thing once, in the order asked."""
    return tuple(dict.fromkeys(_of(name, _WANTED) or _plain(name) for name in currently_due))


def off_words(*, disabled_reason: str) -> str:
    """Why the provider does not pay now, a sentence; empty when it gives no reason."""
    return (_of(disabled_reason, _OFF) or "It does not pay to this account just now.") if disabled_reason else ""


def _of(name: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((words for start, words in table if name.startswith(start)), "")


def _plain(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ")
