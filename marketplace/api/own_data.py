"""All that is kept of the person who asks, as one document."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from marketplace import own_data
from marketplace.api.base import Endpoint
from marketplace.api.roles import IsMember


class OwnData(Endpoint):
    """Everything Tally keeps of the person."""

    who = {"GET": IsMember}

    @extend_schema(summary="All that Tally keeps of you", responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> StreamingHttpResponse:
        pieces = own_data.document(person=self.user, now=self.now)
        response = StreamingHttpResponse(pieces, content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="tally-my-data.json"'
        return response
