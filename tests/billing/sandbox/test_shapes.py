"""The parameters the double takes, held against the provider's own library: what passes here is known there."""

import types
import typing
from collections.abc import Mapping

import pytest
import stripe
import typing_extensions
from stripe import params as stripe_params
from stripe.params import checkout

from billing.sandbox import shapes
from billing.sandbox.api import ROUTES
from billing.sandbox.desk import ApiError
from billing.sandbox.shapes import positive, read

# Each address and the library's type of its parameters; where it has none, nothing is taken.
THEIRS = {
    "POST /v1/checkout/sessions": checkout.SessionCreateParams,
    "GET /v1/checkout/sessions/<id>": checkout.SessionRetrieveParams,
    "POST /v1/checkout/sessions/<id>/expire": checkout.SessionExpireParams,
    "GET /v1/payment_intents/<id>": stripe_params.PaymentIntentRetrieveParams,
    "GET /v1/charges/<id>": stripe_params.ChargeRetrieveParams,
    "POST /v1/refunds": stripe_params.RefundCreateParams,
    "GET /v1/refunds": stripe_params.RefundListParams,
    "GET /v1/refunds/<id>": stripe_params.RefundRetrieveParams,
    "GET /v1/disputes": stripe_params.DisputeListParams,
    "GET /v1/disputes/<id>": stripe_params.DisputeRetrieveParams,
    "GET /v1/account": stripe_params.AccountRetrieveCurrentParams,
    "GET /v1/webhook_endpoints": stripe_params.WebhookEndpointListParams,
    "POST /v1/accounts": stripe_params.AccountCreateParams,
    "GET /v1/accounts/<id>": stripe_params.AccountRetrieveParams,
    "POST /v1/account_links": stripe_params.AccountLinkCreateParams,
    "POST /v1/transfers": stripe_params.TransferCreateParams,
    "GET /v1/transfers": stripe_params.TransferListParams,
    "GET /v1/transfers/<id>": stripe_params.TransferRetrieveParams,
    "POST /v1/transfers/<id>/reversals": stripe_params.TransferReversalCreateParams,
    "GET /v1/transfers/<id>/reversals": stripe_params.TransferReversalListParams,
    "GET /v1/transfers/<id>/reversals/<id>": stripe_params.TransferReversalRetrieveParams,
    "GET /v1/balance": stripe_params.BalanceRetrieveParams,
    "GET /v1/balance_transactions": stripe_params.BalanceTransactionListParams,
    "GET /v1/balance_transactions/<id>": stripe_params.BalanceTransactionRetrieveParams,
}


def choices(hint):
    """The types a parameter may have, with the wrapping taken off."""
    origin = typing.get_origin(hint)
    if isinstance(hint, str):
        return {str}
    if origin in (typing.Union, types.UnionType):
        return {each for part in typing.get_args(hint) for each in choices(part)}
    if origin is typing.Literal:
        return {str}
    if origin is not None and origin not in (list, dict):
        return choices(typing.get_args(hint)[0]) if getattr(origin, "__name__", "") == "NotRequired" else {origin}
    return {hint}


def faults(shape, theirs, where=""):
    """What of our shape the library's type does not have, or has as something else; and what it wants besides."""
    hints = typing.get_type_hints(theirs, localns={"StripeContext": stripe.StripeContext, "Mapping": Mapping})
    for name, kind in shape.items():
        plain, place = name.rstrip("!"), where + name
        if plain not in hints:
            yield f"{place} is unknown there"
            continue
        yield from _kind_faults(kind, choices(hints[plain]), place)
    ours = {name.rstrip("!") for name in shape}
    options = {"idempotency_key", "stripe_account", "stripe_context", "stripe_version", "api_key", "headers"}
    yield from (f"{where}{name} is required there" for name in theirs.__required_keys__ - ours - options)


def _kind_faults(kind, allowed, place):
    if isinstance(kind, dict):
        groups = [each for each in allowed if typing_extensions.is_typeddict(each)]
        yield from faults(kind, groups[0], f"{place}.") if groups else [f"{place} is no group there"]
    elif isinstance(kind, list):
        [items] = [each for each in allowed if typing.get_origin(each) is list] or [None]
        inner = choices(typing.get_args(items)[0]) if items else set()
        yield from _kind_faults(kind[0], inner, f"{place}[]") if items else [f"{place} is no list there"]
    elif kind == shapes.MAP:
        if dict[str, str] not in {dict[typing.get_args(e)] for e in allowed if typing.get_origin(e) is dict}:
            yield f"{place} is no map there"
    elif (str if kind == shapes.URL else kind) not in allowed:
        yield f"{place} is {allowed} there"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_what_the_double_takes_is_known_to_the_providers_own_library(route):
    assert list(faults(route.shape, THEIRS[f"{route.method} {route.path}"])) == []


def test_the_comparison_sees_what_is_wrong():
    wrong = {"amount": str, "destinations": str, "metadata": int, "expand": [int], "transfer_group": {"a": str}}
    assert sorted(fault.split(" ")[0] for fault in faults(wrong, stripe_params.TransferCreateParams)) == [
        "amount", "currency", "destination", "destinations", "expand[]", "metadata", "transfer_group",
    ]  # fmt: skip


SHAPE = {"amount!": int, "paid": bool, "name": str, "to": shapes.URL, "metadata": shapes.MAP, "items": [{"n!": int}]}


def test_texts_become_what_they_are():
    asked = {"amount": "-5", "paid": "true", "to": "https://x.org", "metadata": {"a": "1"}, "items": [{"n": "2"}]}
    assert read(asked, SHAPE) == {
        "amount": -5, "paid": True, "to": "https://x.org", "metadata": {"a": "1"}, "items": [{"n": 2}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amont": "5"}, "parameter_unknown", "amont"),
        ({"items": [{"n": "1", "m": "2"}]}, "parameter_unknown", "items[0][m]"),
        ({"amount": ""}, "parameter_missing", "amount"),
        ({"items": [{}]}, "parameter_missing", "items[0][n]"),
        ({"amount": "5.00"}, "parameter_invalid_integer", "amount"),
        ({"amount": "٣"}, "parameter_invalid_integer", "amount"),
        ({"paid": "yes"}, "parameter_invalid_boolean", "paid"),
        ({"to": "javascript:alert(1)"}, "url_invalid", "to"),
        ({"name": {"a": "b"}}, "parameter_invalid", "name"),
        ({"metadata": "x"}, "parameter_invalid", "metadata"),
        ({"metadata": {"a": ["b"]}}, "parameter_invalid", "metadata"),
        ({"items": "x"}, "parameter_invalid", "items"),
        ({"items": ["x"]}, "parameter_invalid", "items[0]"),
    ],
)
def test_anything_else_is_refused_by_name(changes, code, param):
    with pytest.raises(ApiError) as refused:
        read({"amount": "5"} | changes, SHAPE)
    assert (refused.value.body["code"], refused.value.body["param"]) == (code, param)


@pytest.mark.parametrize("amount", [0, -1, 100_000_000])
def test_an_amount_is_positive_and_not_absurd(amount):
    with pytest.raises(ApiError):
        positive({"amount": amount}, "amount")
