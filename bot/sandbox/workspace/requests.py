"""Reading requests: every way a client may pass arguments, merged, and nothing believed."""

from typing import Any

from aiohttp import web

from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.strict_json import read_json

# Fields that hold JSON even when they arrive as text in a form or a query.
_JSON_FIELDS = frozenset({"view", "metadata", "files", "prefs"})


async def read_object(request: web.Request) -> Json | Refusal:
    """The body as one JSON object."""
    try:
        value = read_json(await request.read())
    except ValueError:
        return Refusal(ErrorCode.INVALID_JSON)
    return value if isinstance(value, dict) else Refusal(ErrorCode.JSON_NOT_OBJECT)


async def read_arguments(request: web.Request) -> Json | Refusal:
    """Query, form, multipart and JSON merged; the body wins.

    slack_sdk for Python puts arguments into the query of a POST, others into a form.
    """
    merged: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await read_object(request) if await request.read() else {}
    else:
        body = await _read_form(request)
    if isinstance(body, Refusal):
        return body
    merged.update(body)
    return {name: _parsed(name, value) for name, value in merged.items()}


async def _read_form(request: web.Request) -> Json | Refusal:
    if request.method != "POST":
        return {}
    try:
        form = await request.post()
        for name, value in form.items():
            # A charset of the sender's choice can smuggle lone surrogates in.
            name.encode()
            if isinstance(value, str):
                value.encode()
    except (ValueError, LookupError, AssertionError):
        return Refusal(ErrorCode.INVALID_FORM_DATA)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _parsed(name: str, value: Any) -> Any:
    if name not in _JSON_FIELDS or not isinstance(value, str):
        return value
    try:
        return read_json(value.encode())
    except ValueError:
        return value


def truth(value: object) -> bool:
    """A boolean as clients send it: true, ``1`` or ``"true"``."""
    return value is True or value == 1 or value in ("1", "true", "True")


def number(value: object, default: int, at_most: int) -> int:
    """A positive number as clients send it, kept within bounds."""
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        found = int(value)
    else:
        return default
    return max(1, min(found, at_most))
