"""People who judge: the review queue, what votes could not decide, and who was stopped from rejecting."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import adjudicating, results, review_queue, reviewing, stopping
from marketplace.adjudicating import Choice
from marketplace.api.base import Endpoint, Envelope, chosen, page_of, paged
from marketplace.api.replies import review as replies
from marketplace.api.roles import IsAdmin, IsDecider, IsRequester
from marketplace.api.scoping import adjudicable_job, adjudicable_task, answer_to_own_job, own_job
from marketplace.reviewing import Said


class ReviewBody(Envelope):
    """What you say of an answer.

    `reject` needs a `reason` and a `note` that its worker reads, `return` a `note`; `fix` needs the right `annotation`,
    or `pick` with the id of another answer to the same image.
    """

    decision = s.ChoiceField(choices=reviewing.DECISIONS)
    reason = s.CharField(required=False, allow_blank=True, default="", help_text=replies.REASONS)
    note = s.CharField(required=False, allow_blank=True, default="", help_text="At most 1,024 characters.")
    annotation = s.DictField(required=False, allow_null=True, default=None)
    pick = s.UUIDField(required=False, allow_null=True, default=None)


class AdjudicationBody(Envelope):
    """What is to be adopted: exactly one of `pick`, `merge` and `annotation`."""

    pick = s.UUIDField(required=False, allow_null=True, default=None, help_text="An answer, adopted as it is.")
    merge = s.ListField(
        child=s.UUIDField(), required=False, default=list, help_text="Two answers or more, merged as equal votes."
    )
    annotation = s.DictField(required=False, allow_null=True, default=None, help_text="Your own.")
    as_gold = s.BooleanField(required=False, default=False, help_text="Let it serve as a known answer.")


class StopBody(Envelope):
    """An admin's word on a stop."""

    decision = s.ChoiceField(choices=["released", "upheld"])
    note = s.CharField(allow_blank=True, help_text="Why; it is kept.")


class Queue(Endpoint):
    """The answers of a job that wait for its requester."""

    who = {"GET": IsRequester}

    @extend_schema(
        summary="Answers that wait for you, longest first",
        parameters=[OpenApiParameter("show", str, enum=review_queue.SHOWS)],
        responses=paged(replies.ReviewReply),
    )
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        found = review_queue.waiting(job=own, show=chosen(request, "show", review_queue.SHOWS))
        rows, following = page_of(request=request, queryset=found, ordering=("opened_at", "id"))
        told = [replies.review_json(review=row, viewer=self.user, now=self.now) for row in rows]
        return Response({"results": told, "next": following})


class Decide(Endpoint):
    """One answer that waits."""

    who = {"POST": IsRequester}

    @extend_schema(
        summary="Accept an answer, send it back once, reject it with a reason, or correct it",
        request=ReviewBody,
        responses=replies.DecidedReply,
    )
    def post(self, request: Request, assignment: UUID) -> Response:
        given = answer_to_own_job(owner=self.user, assignment_id=assignment)
        said = Said(**ReviewBody.read(request.data))
        decided = reviewing.decide(assignment_id=given.pk, reviewer=self.user, said=said, now=self.now)
        return Response(replies.decided_json(assignment=decided))


class Adjudication(Endpoint):
    """The images of a job that votes could not decide."""

    who = {"GET": IsDecider}

    @extend_schema(
        summary="Images that votes could not decide, those first of which a decision is worth most",
        responses=paged(replies.AdjudicationReply),
    )
    def get(self, request: Request, job: str) -> Response:
        found = adjudicable_job(person=self.user, public_id=job)
        waiting = adjudicating.waiting(job=found)
        tasks, following = page_of(request=request, queryset=waiting, ordering=("-doubt", "id"))
        adopted, given = results.consensus_of(tasks=tasks), results.given_answers(tasks=tasks)
        rows = [
            replies.adjudication_json(
                task=task, consensus=adopted.get(task.pk), given=given[task.pk], viewer=self.user, now=self.now
            )
            for task in tasks
        ]
        return Response({"results": rows, "next": following})


class Adjudicate(Endpoint):
    """One such image."""

    who = {"POST": IsDecider}

    @extend_schema(
        summary="Decide an image: pick an answer, merge several, or give your own",
        request=AdjudicationBody,
        responses=replies.DecisionReply,
    )
    def post(self, request: Request, task: int) -> Response:
        found = adjudicable_task(person=self.user, task_id=task)
        choice = Choice(**AdjudicationBody.read(request.data))
        decision = adjudicating.adjudicate(task_id=found.pk, person=self.user, choice=choice, now=self.now)
        return Response(replies.decision_json(decision=decision))


class Stops(Endpoint):
    """Requesters and jobs with too many rejections."""

    who = {"GET": IsAdmin}

    @extend_schema(
        summary="Who rejects too much",
        parameters=[OpenApiParameter("show", str, enum=("open", "all"))],
        responses=paged(replies.StopReply),
    )
    def get(self, request: Request) -> Response:
        found = stopping.stops(show=chosen(request, "show", ("open", "all")))
        rows, following = page_of(request=request, queryset=found, ordering=("-opened_at", "-id"))
        return Response({"results": [replies.stop_json(stop=row) for row in rows], "next": following})


class CloseStop(Endpoint):
    """One of them."""

    who = {"POST": IsAdmin}

    @extend_schema(summary="Release the requester, or uphold the stop", request=StopBody, responses=replies.StopReply)
    def post(self, request: Request, stop: int) -> Response:
        body = StopBody.read(request.data)
        closed = stopping.close(stop_id=stop, admin=self.user, state=body["decision"], note=body["note"], now=self.now)
        return Response(replies.stop_json(stop=closed))
