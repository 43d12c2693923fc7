"""Known answers of a job: give them, list them, take them out of use."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers as s
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import gold
from marketplace.api.base import Endpoint, Envelope, NoBody
from marketplace.api.problems import Problem, respond
from marketplace.api.replies.answers import AnswerReply
from marketplace.api.replies.gold import GoldListReply, GoldReply, GoldTaken, gold_json
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import own_job
from marketplace.gold_places import shortage

ROWS_AT_MOST = 1_000


class GoldBody(Envelope):
    """One image and its answer."""

    image = s.JSONField(help_text="The image's number, or the name of its file.")
    annotation = AnswerReply()


class GoldFiles(s.Serializer):
    """Files with known answers, each under the field name `files`."""

    files = s.ListField(child=s.FileField(), help_text="COCO as .json, Pascal VOC as .xml.")


class Gold(Endpoint):
    """The known answers of a job."""

    who = {"GET": IsRequester, "POST": IsRequester}
    parser_classes = [JSONParser, MultiPartParser]
    idempotent = "domain"  # an image has one known answer; what is sent again is refused

    @extend_schema(operation_id="gold_list", summary="The job's known answers", responses=GoldListReply)
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        known = [gold_json(found=found) for found in gold.golds_of(job=own)]
        return Response({"results": known, "alert": shortage(job=own)})

    @extend_schema(
        summary="Say what the answer to images is: one, a list, or files; a bad one never costs a good one",
        request={
            "application/json": PolymorphicProxySerializer(
                component_name="GoldSent",
                serializers=[GoldBody(many=True), GoldBody],
                resource_type_field_name=None,
                many=False,
            ),
            "multipart/form-data": GoldFiles,
        },
        responses={201: GoldTaken},
    )
    def post(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        if request.content_type.startswith("multipart/"):
            report = gold.import_files(job=own, files=_files(request), now=self.now)
        else:
            rows = request.data if isinstance(request.data, list) else [request.data]
            many = isinstance(request.data, list)
            report = gold.add_many(job=own, rows=_rows(rows, many=many), now=self.now)
        told = {
            "added": [gold_json(found=found) for found in report.added],
            "refused": [{"name": p.field, "rule": p.rule, "message": p.message} for p in report.refused],
        }
        if report.refused and not report.added:
            faults = tuple(report.refused)
            detail = faults[0].message if len(faults) == 1 else "None of the known answers was taken."
            return respond(Problem(400, "invalid", "No known answer taken", detail, faults, told))
        return Response(told, status=201)


class OneGold(Endpoint):
    """One known answer."""

    who = {"DELETE": IsRequester}

    @extend_schema(summary="Take a known answer out of use", responses={204: None})
    def delete(self, request: Request, job: str, known: int) -> Response:
        own = own_job(owner=self.user, public_id=job)
        gold.retire(job=own, gold_id=known, now=self.now)
        return Response(status=204)


class Confirm(Endpoint):
    """A known answer that good workers disagree with, and that is right all the same."""

    who = {"POST": IsRequester}

    @extend_schema(summary="Use a known answer again that needs review", request=NoBody, responses=GoldReply)
    def post(self, request: Request, job: str, known: int) -> Response:
        NoBody.read(request.data)
        own = own_job(owner=self.user, public_id=job)
        return Response(gold_json(found=gold.confirm(job=own, gold_id=known, now=self.now)))


def _rows(sent: list[Any], *, many: bool) -> list[tuple[str, Any, Any]]:
    if not 1 <= len(sent) <= ROWS_AT_MOST:
        raise ValidationError([s.ErrorDetail(f"Send 1 to {ROWS_AT_MOST:,} known answers.", "range")])
    rows = []
    for number, row in enumerate(sent):
        body = row if isinstance(row, dict) else {}
        unknown = sorted(set(body) - {"image", "annotation"})
        if row is not body or unknown:
            told = f"{unknown[0]!r} is not a field here." if unknown else "A known answer is an object."
            raise ValidationError({f"[{number}]": [s.ErrorDetail(told, "unknown_field" if unknown else "type")]})
        rows.append((f"[{number}]" if many else "", body.get("image"), body.get("annotation")))
    return rows


def _files(request: Request) -> list[Any]:
    for name in {*request.data, *request.FILES} - {"files"}:
        raise ValidationError({name: [s.ErrorDetail(f"{name!r} is not a field here.", "unknown_field")]})
    files = request.FILES.getlist("files")
    if not files:
        raise ValidationError({"files": [s.ErrorDetail("Send at least one file.", "required")]})
    return list(files)
