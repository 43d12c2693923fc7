"""What Django REST framework and the generator of the schema are told. Nothing of it depends on the installation."""

from __future__ import annotations

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "marketplace.api.authentication.TokenAuthentication",
        "marketplace.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "marketplace.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Tally",
    "DESCRIPTION": "Post labelling jobs, label images, be paid.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "marketplace.api.openapi.any_of"],
    "ENUM_NAME_OVERRIDES": {
        "JobState": "marketplace.models.Job.State",
        "TaskState": "marketplace.models.Task.State",
        "AssignmentState": "marketplace.models.Assignment.State",
        "AppealState": "marketplace.models.Appeal.State",
        "EnrolmentState": "marketplace.models.Enrolment.State",
        "QuestionKind": "marketplace.models.exercise.QuestionKind",
        "DepositState": "billing.models.Deposit.State",
        "PayoutState": "billing.models.Payout.State",
        "RefundState": "billing.models.Refund.State",
    },
}
