"""Which parameters the double takes, and reading them: an unknown one, a missing one or another type is refused.

A name that ends in `!` is required. The double may not know the provider's library, so a test holds these tables
against the library's own parameter types: what passes here is known there.
"""

from __future__ import annotations

from typing import Any

from billing.sandbox.desk import ApiError

MAP = "map"  # names of the caller's own, and texts
URL = "url"
Shape = dict[str, Any]

EXPAND: Shape = {"expand": [str]}
PAGE: Shape = {"limit": int, "starting_after": str, **EXPAND}
CREATED: Shape = {"created": {"gt": int, "gte": int, "lt": int, "lte": int}}

SESSION: Shape = {
    "mode!": str, "client_reference_id": str, "customer_email": str, "success_url!": URL, "cancel_url!": URL,
    "line_items!": [{
        "quantity!": int,
        "price_data!": {
            "currency!": str, "unit_amount!": int, "product_data!": {"name!": str, "description": str, "metadata": MAP},
        },
    }],
    "metadata": MAP, "payment_intent_data": {"metadata": MAP, "description": str}, **EXPAND,
}  # fmt: skip
ACCOUNT: Shape = {
    "type!": str, "country": str, "email": str, "business_type": str, "metadata": MAP,
    "capabilities": {"transfers": {"requested": bool}}, "tos_acceptance": {"service_agreement": str}, **EXPAND,
}  # fmt: skip
ACCOUNT_LINK: Shape = {
    "account!": str, "type!": str, "refresh_url!": URL, "return_url!": URL,
    "collection_options": {"fields": str, "future_requirements": str}, **EXPAND,
}  # fmt: skip
TRANSFER: Shape = {
    "amount!": int, "currency!": str, "destination!": str, "transfer_group": str, "description": str,
    "source_transaction": str, "metadata": MAP, **EXPAND,
}  # fmt: skip
REVERSAL: Shape = {"amount": int, "description": str, "metadata": MAP, **EXPAND}
REFUND: Shape = {
    "payment_intent": str, "charge": str, "amount": int, "reason": str, "metadata": MAP, **EXPAND,
}  # fmt: skip
TRANSFERS: Shape = {**PAGE, **CREATED, "destination": str, "transfer_group": str}
REFUNDS: Shape = {**PAGE, **CREATED, "payment_intent": str, "charge": str}
DISPUTES: Shape = {**PAGE, **CREATED, "payment_intent": str, "charge": str}
LINES: Shape = {**PAGE, **CREATED, "type": str, "source": str, "currency": str, "payout": str}


def read(params: Any, shape: Shape, *, where: str = "") -> dict[str, Any]:
    """Texts of a form as the types of the shape. Raises ApiError naming the parameter."""
    if not isinstance(params, dict):
        raise ApiError(f"A group of parameters is wanted here: {where}", code="parameter_invalid", param=where)
    known = {name.rstrip("!"): kind for name, kind in shape.items()}
    for name in params:
        if name not in known:
            param = _inside(where, name)
            raise ApiError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
    for name in shape:
        if name.endswith("!") and params.get(name[:-1]) in (None, "", {}, []):
            param = _inside(where, name[:-1])
            raise ApiError(f"Missing required param: {param}.", code="parameter_missing", param=param)
    return {name: _value(value, known[name], _inside(where, name)) for name, value in params.items()}


def _value(value: Any, kind: Any, where: str) -> Any:
    if isinstance(kind, dict):
        return read(value, kind, where=where)
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise ApiError(f"Invalid array: {where}", code="parameter_invalid", param=where)
        return [_value(item, kind[0], f"{where}[{index}]") for index, item in enumerate(value)]
    if kind == MAP:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise ApiError(f"Invalid hash: {where}", code="parameter_invalid", param=where)
        return value
    if not isinstance(value, str):
        raise ApiError(f"Invalid string: {where}", code="parameter_invalid", param=where)
    return _leaf(value, kind, where)


def _leaf(text: str, kind: Any, where: str) -> Any:
    if kind is int:
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12):
            raise ApiError(f"Invalid integer: {text}", code="parameter_invalid_integer", param=where)
        return int(text)
    if kind is bool:
        if text not in ("true", "false"):
            raise ApiError(f"Invalid boolean: {text}", code="parameter_invalid_boolean", param=where)
        return text == "true"
    if kind == URL and not text.startswith(("http://", "https://")):
        raise ApiError(f"Not a valid URL: {where}", code="url_invalid", param=where)
    return text


def positive(params: dict[str, Any], name: str) -> int:
    """An amount in cents that may be moved at all."""
    amount = params[name]
    if not 0 < amount <= 99_999_999:
        raise ApiError(f"Invalid positive integer: {amount}", code="parameter_invalid_integer", param=name)
    return int(amount)


def _inside(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name
