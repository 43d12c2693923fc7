"""What a block leaves behind when it ends."""

from __future__ import annotations

from django.db.models import Case, QuerySet, Value, When

from marketplace.models import Enrolment


def readmit(*, blocked: QuerySet[Enrolment]) -> None:
    """Put people back where they were before they were blocked.

    Who had been let in is ready again. Who had not goes on with practice or exam where they left it: `move_on` finds
    out where that is when they come back.
    """
    before = Case(When(admitted_by="", then=Value(Enrolment.State.PRACTICE)), default=Value(Enrolment.State.READY))
    blocked.update(state=before, reason="")
