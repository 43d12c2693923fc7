"""The worker's addresses, and the requester's preview of the workspace."""

from __future__ import annotations

from django.urls import path

from marketplace.pages import (
    board,
    earnings,
    exercises,
    history,
    label,
    payout_account,
    payout_left,
    report_years,
    skills,
    statements,
)

urlpatterns = [
    path("work/", board.work, name="work"),
    path("work/history/", history.history, name="history"),
    path("work/history/skills/", skills.skills, name="skills"),
    path("work/history/<uuid:assignment_id>/", history.answer, name="answer"),
    path("work/history/<uuid:assignment_id>/appeal/", history.answer_appeal, name="answer_appeal"),
    path("work/earnings/", earnings.earnings, name="earnings"),
    path("work/earnings/statement/", statements.earnings_statement, name="earnings_statement"),
    path("work/earnings/years/", report_years.earnings_years, name="earnings_years"),
    path("work/earnings/payout/", earnings.payout_request, name="payout_request"),
    path("work/earnings/payout/<uuid:payout_id>/cancel/", payout_account.payout_cancel, name="payout_cancel"),
    path("work/earnings/account/", payout_account.payout_account, name="payout_account"),
    path("work/earnings/account/open/", payout_account.payout_account_open, name="payout_account_open"),
    path("work/earnings/account/again/", payout_account.payout_account_again, name="payout_account_again"),
    path("work/earnings/account/back/", payout_account.payout_account_back, name="payout_account_back"),
    path("work/earnings/account/details/", payout_account.payout_account_details, name="payout_account_details"),
    path("money-you-earned/<str:token>/", payout_left.payout_left, name="payout_left"),
    path("work/practice/<uuid:exercise_id>/", exercises.exercise_mark, name="exercise_mark"),
    path("work/<str:pid>/", board.work_job, name="work_job"),
    path("work/<str:pid>/enrol/", board.work_enrol, name="work_enrol"),
    path("work/<str:pid>/exercise/", exercises.exercise, name="exercise"),
    path("work/<str:pid>/label/", label.label, name="label"),
    path("jobs/<str:pid>/preview/", label.job_preview, name="job_preview"),
    path("jobs/<str:pid>/preview/next/", label.job_preview_next, name="job_preview_next"),
    path("jobs/<str:pid>/preview/timed/", label.job_preview_timed, name="job_preview_timed"),
]
