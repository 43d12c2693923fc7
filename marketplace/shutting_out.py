"""Why somebody who was in a job gets no more of it, in words for them."""

from __future__ import annotations

from marketplace.errors import Forbidden
from marketplace.flags import FLAGGED
from marketplace.models import Enrolment
from marketplace.sharing import SHARED, WITH_SOMEBODY

FAILED = "failed"  # surely fails the known answers
SHUT_OUT = "You cannot work on this job."
_WHY = {
    FAILED: "You get no more images of this job: too many of your answers to it were wrong. What you were paid stays "
    "yours.",
    SHARED: WITH_SOMEBODY,
    FLAGGED: "You cannot work on this job any more: your answers there were found to be spam. Your history says why.",
}


def told(*, reason: str) -> str:
    """The sentence for an enrolment blocked for this reason. Whom a requester blocks, or invites no longer, is not told
    by whom or why."""
    return _WHY.get(reason, SHUT_OUT)


def refusal(*, job_id: int, worker_id: int) -> Forbidden:
    """The refusal for a worker whose enrolment is blocked."""
    found = Enrolment.objects.filter(job=job_id, worker=worker_id).values_list("reason", flat=True).first()
    return Forbidden("blocked", told(reason=found or ""))
