"""Where they meet: jobs, tasks, assignments. The Django project package and the top app."""

from marketplace.celery import app as celery_app

__all__ = ["celery_app"]
