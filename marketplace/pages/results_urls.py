"""Addresses of results, releases, appeals and reports."""

from __future__ import annotations

from django.urls import path

from marketplace.pages import (
    adjudication,
    appeals,
    blocks,
    drawing,
    flags,
    payout_queue,
    releases,
    report_payouts,
    report_quality,
    report_revenue,
    report_years,
    results,
    review,
    stops,
)

urlpatterns = [
    path("jobs/<str:pid>/results/", results.job_results, name="job_results"),
    path("jobs/<str:pid>/results/<int:task>/", results.job_task, name="task_result"),
    path("jobs/<str:pid>/results/<int:task>/block/", blocks.answer_block, name="answer_block"),
    path("jobs/<str:pid>/review/", review.job_review, name="job_review"),
    path("jobs/<str:pid>/review/<uuid:assignment_id>/", review.review_decide, name="review_decide"),
    path("jobs/<str:pid>/undecided/", adjudication.job_undecided, name="job_undecided"),
    path("jobs/<str:pid>/undecided/<int:task>/", adjudication.task_undecided, name="task_undecided"),
    path("jobs/<str:pid>/undecided/<int:task>/draw/", drawing.task_draw, name="task_draw"),
    path("jobs/<str:pid>/review/<uuid:assignment_id>/draw/", drawing.review_draw, name="review_draw"),
    path("undecided/", adjudication.undecided, name="undecided"),
    path("rejections/", stops.stops, name="rejection_stops"),
    path("rejections/<int:stop>/", stops.stop_close, name="rejection_stop_close"),
    path("jobs/<str:pid>/releases/", releases.job_releases, name="job_releases"),
    path("jobs/<str:pid>/releases/make/", releases.release_make, name="release_make"),
    path("releases/<str:release>/coco.json", releases.release_file, name="release_file"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<uuid:appeal_id>/", appeals.appeal, name="appeal"),
    path("reports/payouts/", report_payouts.report_payouts, name="report_payouts"),
    path("payouts/", payout_queue.payout_queue, name="payout_queue"),
    path("payouts/export/", payout_queue.payout_export, name="payout_export"),
    path("payouts/<uuid:payout_id>/", payout_queue.payout_case, name="payout_case"),
    path("payouts/<uuid:payout_id>/approve/", payout_queue.payout_approve, name="payout_approve"),
    path("payouts/<uuid:payout_id>/refuse/", payout_queue.payout_refuse, name="payout_refuse"),
    path("payouts/<uuid:payout_id>/retry/", payout_queue.payout_retry, name="payout_retry"),
    path("payouts/<uuid:payout_id>/paid/", payout_queue.payout_mark, name="payout_mark"),
    path("payouts/<uuid:payout_id>/confirm/", payout_queue.payout_confirm, name="payout_confirm"),
    path("payouts/<uuid:payout_id>/back/", payout_queue.payout_send_back, name="payout_send_back"),
    path("reports/flags/", flags.report_flags, name="report_flags"),
    path("reports/flags/<int:flag>/", flags.report_flag, name="report_flag"),
    path("reports/flags/<int:flag>/confirm/", flags.flag_confirm, name="flag_confirm"),
    path("reports/flags/<int:flag>/dismiss/", flags.flag_dismiss, name="flag_dismiss"),
    path("reports/quality/", report_quality.report_quality, name="report_quality"),
    path("reports/revenue/", report_revenue.report_revenue, name="report_revenue"),
    path("reports/years/", report_years.report_years, name="report_years"),
]
