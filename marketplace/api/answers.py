"""What became of the work: a worker's own answers, a requester's results and figures."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import gold_outcomes, history, progress, results
from marketplace.api.base import Endpoint, chosen, page_of, paged
from marketplace.api.replies.gold import JobFigures, gold_figures
from marketplace.api.replies.kpis import kpis_json
from marketplace.api.replies.results import ConsensusReply, TaskReply, consensus_json, task_json
from marketplace.api.replies.work import AssignmentDetail, AssignmentReply, assignment_json, own_answer_json
from marketplace.api.roles import IsRequester, IsWorker
from marketplace.api.scoping import own_job
from marketplace.promising import promises


class Assignments(Endpoint):
    """The worker's answers."""

    who = {"GET": IsWorker}

    @extend_schema(
        operation_id="assignments_list",
        summary="Your answers and what became of them",
        parameters=[
            OpenApiParameter("mine", bool, description="Always true: nobody sees the answers of others."),
            OpenApiParameter("show", str, enum=history.SHOWS),
        ],
        responses=paged(AssignmentReply),
    )
    def get(self, request: Request) -> Response:
        given = history.worker_history(worker=self.user, show=chosen(request, "show", history.SHOWS))
        rows, following = page_of(request=request, queryset=given, ordering=("-submitted_at", "id"))
        return Response({"results": [assignment_json(assignment=row) for row in rows], "next": following})


class AssignmentDetailOf(Endpoint):
    """One of the worker's answers."""

    who = {"GET": IsWorker}

    @extend_schema(
        operation_id="assignments_read", summary="Your answer beside the adopted one", responses=AssignmentDetail
    )
    def get(self, request: Request, assignment: UUID) -> Response:
        answer = history.own_answer(worker=self.user, assignment_id=assignment, now=self.now)
        return Response(own_answer_json(answer=answer, viewer=self.user, now=self.now))


class Kpis(Endpoint):
    """A job's figures."""

    who = {"GET": IsRequester}

    @extend_schema(summary="Progress, agreement, spend and forecast", responses=JobFigures)
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        figures = kpis_json(progress=progress.progress(job=own, now=self.now))
        return Response(figures | gold_figures(accuracy=gold_outcomes.accuracy(job=own), promises=promises(job=own)))


class ConsensusList(Endpoint):
    """The adopted answers of a job."""

    who = {"GET": IsRequester}

    @extend_schema(
        operation_id="jobs_consensus_list",
        summary="Every task with its adopted answer",
        parameters=[OpenApiParameter("show", str, enum=results.FILTERS)],
        responses=paged(ConsensusReply),
    )
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        found = results.results(job=own, show=chosen(request, "show", results.FILTERS))
        tasks, following = page_of(request=request, queryset=found, ordering=("position", "id"))
        adopted = results.consensus_of(tasks=tasks)
        rows = [
            consensus_json(task=task, consensus=adopted.get(task.pk), viewer=self.user, now=self.now) for task in tasks
        ]
        return Response({"results": rows, "next": following})


class ConsensusOfTask(Endpoint):
    """One task of a job."""

    who = {"GET": IsRequester}

    @extend_schema(operation_id="jobs_consensus_read", summary="One task with every answer to it", responses=TaskReply)
    def get(self, request: Request, job: str, task: int) -> Response:
        own = own_job(owner=self.user, public_id=job)
        result = results.task_result(job=own, task_id=task)
        return Response(task_json(result=result, viewer=self.user, now=self.now))
