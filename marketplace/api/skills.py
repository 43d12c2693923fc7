"""What a worker's answers show of their skill."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.base import Endpoint
from marketplace.api.replies.skills import SkillsReply, skills_json
from marketplace.api.roles import IsWorker
from marketplace.skills import own_skills


class Skills(Endpoint):
    """How good the worker is, by label set and label."""

    who = {"GET": IsWorker}

    @extend_schema(summary="How often you are right, label by label", responses=SkillsReply)
    def get(self, request: Request) -> Response:
        return Response(skills_json(sets=own_skills(worker=self.user, now=self.now)))
