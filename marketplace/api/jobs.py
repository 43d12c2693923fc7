"""Jobs: a requester's orders, and the board on which workers find them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers as s
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotation.shapes import SHAPE_TYPES
from marketplace import boards, drafting, posting
from marketplace.api.base import Endpoint, Envelope, NoBody, document, page_number, page_of, paged, switch
from marketplace.api.replies import jobs as replies
from marketplace.api.replies import prices
from marketplace.api.replies.requirements import RequirementsReply
from marketplace.api.roles import IsMember, IsRequester
from marketplace.api.scoping import own_job, visible_job
from marketplace.models import Job


class LabelBody(s.Serializer):
    """One label workers may use."""

    name = s.CharField()
    shapes = s.ListField(child=s.ChoiceField(choices=SHAPE_TYPES), help_text="What it may be given to.")
    color = s.CharField(required=False, help_text="#rrggbb; chosen for you when absent.")
    attributes = replies.AttributeReply(many=True, required=False, help_text="At most 20.")
    skeleton = replies.SkeletonReply(required=False, allow_null=True, help_text="Wanted where there are keypoints.")


class JobBody(s.Serializer):
    """A job as its requester wants it. Read by `drafting.parse_job`, which names every wrong field."""

    title = s.CharField(max_length=drafting.MAX_TITLE)
    instructions = s.CharField(max_length=drafting.MAX_INSTRUCTIONS)
    labels = LabelBody(many=True)
    tag_choice = s.ChoiceField(choices=["one", "any"], required=False)
    overlap = replies.OverlapReply(required=False)
    reward = s.CharField(help_text='For an accepted answer. Decimal text, at most 6 decimals, e.g. "0.05".')
    reward_per_shape = s.CharField(
        required=False, help_text='For each accepted shape of it, beside the reward; "0" when absent.'
    )
    shapes_paid_at_most = s.IntegerField(
        required=False, help_text="How many shapes of an answer are paid for; its place holds as much from the start."
    )
    fair_pay_reserve_percent = s.IntegerField(
        required=False,
        help_text="Held beside the price, in percent of it, for the day real times prove the pay below the floor.",
    )
    policy = s.DictField(required=False)
    visibility = s.ChoiceField(choices=Job.Visibility.choices, required=False, help_text="Who may work; public.")
    limits = replies.LimitsReply(required=False)
    answer_limits = replies.AnswerLimitsReply(required=False)
    appeal_days = s.IntegerField(required=False, help_text="How long a rejection can be contested, 1 to 30 days.")
    requirements = RequirementsReply(required=False)


class InstructionsBody(Envelope):
    """New instructions."""

    text = s.CharField(max_length=drafting.MAX_INSTRUCTIONS, trim_whitespace=False)


def told(job: Job) -> dict[str, Any]:
    """The job with its quote, as its requester sees it."""
    return replies.job_json(job=job, quote=posting.quote(job=job), added=posting.waiting(job=job))


ONE_OF_BOTH = PolymorphicProxySerializer(
    component_name="JobSeen", serializers=[replies.JobReply, replies.BoardDetail], resource_type_field_name=None
)
LIST_OF_BOTH = PolymorphicProxySerializer(
    component_name="JobListed",
    serializers=[paged(replies.JobLine), paged(replies.BoardReply)],
    resource_type_field_name=None,
)


class Jobs(Endpoint):
    """The asker's jobs, or with `?open=true` the job board."""

    who = {"GET": IsMember, "POST": IsRequester}

    @extend_schema(
        operation_id="jobs_list",
        summary="Your jobs; with open=true the board",
        parameters=[
            OpenApiParameter("open", bool, description="true: open jobs you can work on (workers)."),
            OpenApiParameter("page", int, description="A page of the board, from 1; `next` has the address."),
        ],
        responses=LIST_OF_BOTH,
    )
    def get(self, request: Request) -> Response:
        if switch(request, "open"):
            if not self.user.is_worker:
                raise PermissionDenied("Only a worker may do this.")
            board = boards.open_jobs(worker=self.user, now=self.now, page=page_number(request))
            address = request.build_absolute_uri()
            following = replace_query_param(address, "page", board.number + 1) if board.more else None
            return Response({"results": [replies.board_json(row=row) for row in board.rows], "next": following})
        jobs, following = page_of(
            request=request, queryset=Job.objects.filter(owner=self.user), ordering=("-created_at", "-id")
        )
        return Response({"results": [replies.job_line(job=job) for job in jobs], "next": following})

    @extend_schema(summary="Write a new job", request=JobBody, responses={201: replies.JobReply})
    def post(self, request: Request) -> Response:
        draft = drafting.parse_job(document(request))
        job = drafting.create_job(owner=self.user, draft=draft, now=self.now)
        return Response(told(job), status=201)


class JobDetail(Endpoint):
    """One job: whole for its requester, from the outside for workers."""

    who = {"GET": IsMember, "PUT": IsRequester, "DELETE": IsRequester}

    @extend_schema(
        operation_id="jobs_read",
        summary="One job",
        parameters=[OpenApiParameter("key", str, description="The key of the job's link (workers).")],
        responses=ONE_OF_BOTH,
    )
    def get(self, request: Request, job: str) -> Response:
        if Job.objects.filter(public_id=job, owner=self.user).exists():
            return Response(told(own_job(owner=self.user, public_id=job)))
        seen = visible_job(worker=self.user, public_id=job, key=request.query_params.get("key", ""))
        return Response(replies.board_detail(row=boards.job_row(job=seen, worker=self.user, now=self.now)))

    @extend_schema(summary="Rewrite a draft", request=JobBody, responses=replies.JobReply)
    def put(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        draft = drafting.parse_job(document(request))
        return Response(told(drafting.edit_job(job=own, draft=draft, now=self.now)))

    @extend_schema(summary="Delete a draft", responses={204: None})
    def delete(self, request: Request, job: str) -> Response:
        drafting.delete_draft(job=own_job(owner=self.user, public_id=job))
        return Response(status=204)


class Duplicate(Endpoint):
    """A copy of a job, as a new draft without images."""

    who = {"POST": IsRequester}

    @extend_schema(summary="Copy a job as a new draft", request=NoBody, responses={201: replies.JobReply})
    def post(self, request: Request, job: str) -> Response:
        NoBody.read(request.data)
        copy = drafting.duplicate_job(job=own_job(owner=self.user, public_id=job), now=self.now)
        return Response(told(copy), status=201)


class Quote(Endpoint):
    """What a job costs as it stands."""

    who = {"GET": IsRequester}

    @extend_schema(summary="What the job costs", responses=prices.PriceReply)
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        return Response(prices.price_json(quote=posting.quote(job=own), added=posting.waiting(job=own)))


class InstructionsOf(Endpoint):
    """The instructions in force; answers keep the version they were given under."""

    who = {"PUT": IsRequester}

    @extend_schema(summary="New instructions", request=InstructionsBody, responses=replies.JobReply)
    def put(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        drafting.revise_instructions(job=own, text=InstructionsBody.read(request.data)["text"], now=self.now)
        return Response(told(own))
