"""The images of a job: upload many, list, take one out."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import uploading
from marketplace.api.base import Endpoint, page_of, paged
from marketplace.api.problems import Problem, respond
from marketplace.api.replies.results import ImageReply, UploadReply, image_json, upload_json
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import own_job
from marketplace.errors import Problem as Fault
from marketplace.models import Task


class FilesBody(s.Serializer):
    """One or many files, each under the field name `files`."""

    files = s.ListField(child=s.FileField())


class Images(Endpoint):
    """The images of a job."""

    who = {"GET": IsRequester, "POST": IsRequester}
    parser_classes = [MultiPartParser]
    idempotent = "domain"  # files cannot be rolled back; each is taken once by its content

    @extend_schema(summary="The job's images", responses=paged(ImageReply))
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        # Images are numbered in the order of their positions, and only their numbers are indexed for a whole job.
        tasks, following = page_of(
            request=request, queryset=Task.objects.filter(job=own).select_related("image"), ordering=("image_id",)
        )
        return Response({"results": [image_json(task=task) for task in tasks], "next": following})

    @extend_schema(
        summary="Add images; a bad file never costs a good one. Those of a published job wait until you publish again",
        request={"multipart/form-data": FilesBody},
        responses=UploadReply,
    )
    def post(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        for name in {*request.data, *request.FILES} - {"files"}:
            raise ValidationError({name: [s.ErrorDetail(f"{name!r} is not a field here.", "unknown_field")]})
        files = request.FILES.getlist("files")
        if not files:
            raise ValidationError({"files": [s.ErrorDetail("Send at least one file.", "required")]})
        report = uploading.add_images(job=own, files=files, now=self.now)
        if report.refused and not report.added:
            faults = tuple(Fault(file.name, file.rule, file.message) for file in report.refused)
            detail = faults[0].message if len(faults) == 1 else f"None of the {len(faults)} files was taken."
            return respond(Problem(400, "invalid", "No image taken", detail, faults, upload_json(report=report)))
        return Response(upload_json(report=report))


class OneImage(Endpoint):
    """One image that is not paid for."""

    who = {"DELETE": IsRequester}

    @extend_schema(summary="Take out an image that is not paid for yet", responses={204: None})
    def delete(self, request: Request, job: str, task: int) -> Response:
        uploading.remove_image(job=own_job(owner=self.user, public_id=job), task_id=task)
        return Response(status=204)
