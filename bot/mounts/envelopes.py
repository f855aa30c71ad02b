"""Reading an envelope of Slack's: its key, its kind, who sent it, and where an answer goes."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def key_of(body: Mapping[str, Any], headers: Mapping[str, Any]) -> str | None:
    """What tells one envelope from another, whichever transport brings it; None: not kept.

    An event keeps its id over retries, a trigger is unique to a click. Where there is neither, the
    signature is: a captured request is refused when it comes again.
    """
    kind = kind_of(body)
    if kind in {"block_suggestion", "url_verification"}:
        return None
    if body.get("event_id"):
        return f"event:{body['event_id']}"
    if body.get("trigger_id"):
        return f"{kind}:{body['trigger_id']}"
    signature = next((v for k, v in headers.items() if k.lower() == "x-slack-signature"), None)
    text = json.dumps(signature or body, sort_keys=True)
    return f"signature:{sha256(text.encode()).hexdigest()}"


def trail_id(key: str) -> str:
    """What a stored envelope is called in the log; a key may hold what only Slack should know."""
    return sha256(key.encode()).hexdigest()[:12]


def kind_of(body: Mapping[str, Any]) -> str:
    """`command`, or the type Slack gives it."""
    return "command" if body.get("command") else str(body.get("type") or "unknown")


def user_of(body: Mapping[str, Any]) -> str:
    """The id of who typed, clicked or wrote; "" where it names nobody."""
    user = body.get("user")
    named = user.get("id") if isinstance(user, dict) else user
    event = body.get("event") or {}
    return str(body.get("user_id") or named or event.get("user") or "")


def first_field(body: Mapping[str, Any]) -> str | None:
    """Where a form that is handed in takes a sentence about itself; None where it holds nothing to
    fill in, or is none."""
    if body.get("type") != "view_submission":
        return None
    blocks = (body.get("view") or {}).get("blocks") or ()
    return next((str(block["block_id"]) for block in blocks if block.get("type") == "input"), None)


def thread_of(event: Mapping[str, Any]) -> str | None:
    """A mention is answered in its thread, a direct message beside it."""
    if event.get("type") == "app_mention":
        return event.get("thread_ts") or event.get("ts")
    return event.get("thread_ts")
