"""Addresses of results, releases and reports."""

from __future__ import annotations

from django.urls import path

from marketplace.pages import results

urlpatterns = [
    path("jobs/<str:pid>/results/", results.job_results, name="job_results"),
    path("jobs/<str:pid>/results/<int:task>/", results.job_task, name="task_result"),
]
