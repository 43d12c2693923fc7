"""Releases of a job's dataset: make one, look at it, download it."""

from __future__ import annotations

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import releases
from marketplace.api.base import Endpoint, NoBody, page_of, paged
from marketplace.api.replies.releases import ReleaseReply, release_json
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import own_job, own_release
from marketplace.models import Release


class Releases(Endpoint):
    """The releases of a job."""

    who = {"GET": IsRequester, "POST": IsRequester}

    @extend_schema(operation_id="jobs_releases_list", summary="The job's releases", responses=paged(ReleaseReply))
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        found = Release.objects.filter(job=own).select_related("job")
        rows, following = page_of(request=request, queryset=found, ordering=("-number",))
        return Response({"results": [release_json(release=row) for row in rows], "next": following})

    @extend_schema(
        operation_id="jobs_releases_create",
        summary="Freeze what is settled now",
        request=NoBody,
        responses={201: ReleaseReply},
    )
    def post(self, request: Request, job: str) -> Response:
        NoBody.read(request.data)
        release = releases.make_release(job=own_job(owner=self.user, public_id=job), by=self.user, now=self.now)
        return Response(release_json(release=release), status=201)


class ReleaseDetail(Endpoint):
    """One release."""

    who = {"GET": IsRequester}

    @extend_schema(operation_id="releases_read", summary="One release", responses=ReleaseReply)
    def get(self, request: Request, release: str) -> Response:
        return Response(release_json(release=own_release(owner=self.user, public_id=release)))


class ReleaseFile(Endpoint):
    """A release as a file, the same bytes each time."""

    who = {"GET": IsRequester}

    @extend_schema(
        operation_id="releases_file",
        summary="Download; formats: coco",
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, release: str, format: str) -> FileResponse:  # noqa: A002 - the address names it
        own = own_release(owner=self.user, public_id=release)
        if format not in releases.FORMATS:
            raise Http404
        response = FileResponse(
            releases.open_release(release=own),
            as_attachment=True,
            filename=releases.file_name(release=own),
            content_type="application/json",
        )
        response["ETag"] = f'"{own.sha256}"'
        return response
