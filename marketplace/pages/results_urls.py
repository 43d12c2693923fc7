"""Addresses of results, releases, appeals and reports."""

from __future__ import annotations

from django.urls import path

from marketplace.pages import appeals, blocks, releases, report_payouts, report_quality, results

urlpatterns = [
    path("jobs/<str:pid>/results/", results.job_results, name="job_results"),
    path("jobs/<str:pid>/results/<int:task>/", results.job_task, name="task_result"),
    path("jobs/<str:pid>/results/<int:task>/block/", blocks.answer_block, name="answer_block"),
    path("jobs/<str:pid>/releases/", releases.job_releases, name="job_releases"),
    path("jobs/<str:pid>/releases/make/", releases.release_make, name="release_make"),
    path("releases/<str:release>/coco.json", releases.release_file, name="release_file"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<uuid:appeal_id>/", appeals.appeal, name="appeal"),
    path("reports/payouts/", report_payouts.report_payouts, name="report_payouts"),
    path("reports/quality/", report_quality.report_quality, name="report_quality"),
]
