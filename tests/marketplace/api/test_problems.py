"""Refusals as problem details."""

import logging

import pytest
from django.core import exceptions as django_errors
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions as rest

from annotation.images import ImageRefused
from annotation.shapes import AnswerRefused, TaxonomyRefused
from billing.ledger import InsufficientFunds, KeyReused
from billing.money import AmountRefused
from marketplace.api.problems import KeyReusedElsewhere, Problem, exception_handler, problem_of
from marketplace.errors import Conflict, Forbidden, Refused, ShortOfFunds
from marketplace.errors import Problem as Fault
from marketplace.models import Job
from qa.verdict import PolicyRefused

FAULT = Fault("shapes[2].bbox", "inside_image", "The box leaves the image.")


def carrying(kind):
    """A refusal of `kind` whatever way it is built."""
    made = kind.__new__(kind)
    made.problems = (FAULT,)
    return made


@pytest.mark.parametrize("kind", [Refused, AnswerRefused, TaxonomyRefused, PolicyRefused])
def test_every_refusal_of_the_domain_is_400_naming_field_and_rule(kind):
    body = problem_of(carrying(kind)).as_json()
    assert body == {
        "type": "urn:tally:problem:invalid",
        "title": "Invalid request",
        "status": 400,
        "detail": "The box leaves the image.",
        "errors": [{"field": "shapes[2].bbox", "rule": "inside_image", "message": "The box leaves the image."}],
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (AmountRefused("reward", "too_precise", "At most 6 decimals."), 400, "invalid"),
        (ImageRefused("a.svg", "format", "SVG is not taken."), 400, "invalid"),
        (Conflict("wrong_state", "Paused already.", state="paused"), 409, "wrong-state"),
        (Forbidden("own_job", "You cannot work on your own job."), 403, "own-job"),
        (ShortOfFunds(needed=2_000_000, available=500_000), 402, "short-of-funds"),
        (InsufficientFunds(None, 2_000_000, 500_000), 402, "short-of-funds"),
        (KeyReused("deposit", "k"), 422, "key-reused"),
        (KeyReusedElsewhere("k"), 422, "key-reused"),
        (Http404(), 404, "not-found"),
        (Job.DoesNotExist(), 404, "not-found"),
        (django_errors.PermissionDenied(), 403, "permission-denied"),
        (django_errors.SuspiciousOperation(), 400, "malformed"),
        (django_errors.TooManyFilesSent(), 400, "too-many-files"),
        (OperationalError("deadlock detected"), 503, "busy"),
        (rest.NotFound(), 404, "not-found"),
        (rest.ParseError("bad"), 400, "parse-error"),
        (rest.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
    ],
)
def test_each_kind_of_error_has_its_status_and_type(error, status, code):
    problem = problem_of(error)
    assert (problem.status, problem.code) == (status, code)
    assert problem.detail


def test_too_little_money_says_how_much_is_missing():
    body = problem_of(ShortOfFunds(needed=2_000_000, available=500_000)).as_json()
    assert (body["needed"], body["available"], body["missing"]) == ("2.00", "0.50", "1.50")


def test_a_conflict_carries_what_helps():
    body = problem_of(Conflict("stale_draft", "Newer.", revision=3)).as_json()
    assert (body["reason"], body["revision"], body["title"], body["status"]) == ("stale_draft", 3, "Not now", 409)


def test_nested_validation_errors_become_paths():
    error = rest.ValidationError({"labels": [{}, {"name": ["Empty.", "Short."]}], "non_field_errors": ["Odd."]})
    faults = [(fault.field, fault.message) for fault in problem_of(error).errors]
    assert faults == [("labels[1].name", "Empty."), ("labels[1].name", "Short."), ("body", "Odd.")]


def test_several_faults_are_counted_in_the_detail():
    assert problem_of(rest.ValidationError({"a": ["x"], "b": ["y"]})).detail == "2 things are wrong; see errors."


def test_members_of_its_own_never_hide_the_standard_ones():
    assert Problem(409, "x", "Title", "Detail", (), {"status": "paused"}).as_json()["status"] == 409


def test_what_nobody_foresaw_is_logged_and_told_without_details(caplog):
    with caplog.at_level(logging.ERROR, "tally.api"):
        response = exception_handler(RuntimeError("the password is hunter2"), {})
    assert response.status_code == 500
    assert "hunter2" not in str(response.data)
    assert "hunter2" in caplog.text


def test_a_busy_database_says_when_to_come_back():
    reply = exception_handler(OperationalError("lock"), {})
    assert reply["Retry-After"] == "1"
    assert reply.data["detail"] == "The database is busy or away. Send the request again: repeats are one."


def test_a_problem_travels_under_its_own_media_type(world, small_api):
    small_api.faults.append(Conflict("wrong_state", "Paused.", state="paused"))
    reply = world.api(world.rita).get("/fail/")
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["state"] == "paused"
