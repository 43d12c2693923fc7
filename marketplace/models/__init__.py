"""The market's tables, one module a noun."""

from marketplace.models.access import Block, Invitation
from marketplace.models.api_token import ApiToken
from marketplace.models.appeal import Appeal
from marketplace.models.audit import AuditEntry
from marketplace.models.device import Device, KnownApart
from marketplace.models.event import WorkEvent
from marketplace.models.exercise import Exercise, Qualification, Question
from marketplace.models.extra_pay import Bonus, TopUp
from marketplace.models.flag import Flag, Replacement, Watch
from marketplace.models.gold_alert import GoldAlert
from marketplace.models.gold_sight import GoldSight
from marketplace.models.idempotency import IdempotencyRecord
from marketplace.models.job import Instructions, Job
from marketplace.models.late import LateAnswer
from marketplace.models.release import Release
from marketplace.models.review import RejectionStop, Review
from marketplace.models.task import Place, Task
from marketplace.models.user import User
from marketplace.models.work import Assignment, Decision, Draft, Enrolment

__all__ = [
    "ApiToken",
    "Appeal",
    "Assignment",
    "AuditEntry",
    "Block",
    "Bonus",
    "Decision",
    "Device",
    "Draft",
    "Enrolment",
    "Exercise",
    "Flag",
    "GoldAlert",
    "GoldSight",
    "IdempotencyRecord",
    "Instructions",
    "Invitation",
    "Job",
    "KnownApart",
    "LateAnswer",
    "Place",
    "Qualification",
    "Question",
    "RejectionStop",
    "Release",
    "Replacement",
    "Review",
    "Task",
    "TopUp",
    "User",
    "Watch",
    "WorkEvent",
]
