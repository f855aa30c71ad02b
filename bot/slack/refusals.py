"""What Slack's refusals mean, and how what slack_sdk and aiohttp raise becomes a SlackError."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import SlackError

#: Asking again helps nobody: the same would be refused for the same reason.
PERMANENT = frozenset(
    {
        "account_inactive",
        "cannot_dm_bot",
        "cant_update_message",
        "channel_not_found",
        "channel_type_not_supported",
        "edit_window_closed",
        "ekm_access_denied",
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_auth",
        "invalid_blocks",
        "invalid_trigger_id",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "missing_scope",
        "msg_too_long",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "team_access_not_granted",
        "thread_not_found",
        "token_expired",
        "token_revoked",
        "user_disabled",
        "user_not_found",
        "user_not_in_channel",
    }
)
#: The channel will not have the message; another place may (docs.slack.dev, chat.postMessage,
#: 2026-08).
CHANNEL_CLOSED = frozenset(
    {
        "channel_not_found",
        "channel_type_not_supported",
        "ekm_access_denied",
        "is_archived",
        "is_inactive",
        "no_permission",
        "not_in_channel",
        "team_access_not_granted",
        "user_not_in_channel",
    }
)
#: What an admin of the workspace forbids: ``restricted_action``, and ``…_read_only_channel``,
#: ``…_thread_only_channel`` and others that say of what.
RESTRICTED = "restricted_action"
#: There is no message of ours to change any more.
MESSAGE_GONE = frozenset({"cant_update_message", "edit_window_closed", "message_not_found"})
#: Slack will not have a message as it is made.
CONTENT_REFUSED = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    }
)
#: Somebody who cannot be spoken to any more.
PERSON_GONE = frozenset({"cannot_dm_bot", "user_disabled", "user_not_found"})
#: The same for every message, so that the next one would fare no better; and every HTTP status.
WIRE_FAULTS = frozenset(
    {
        "account_inactive",
        "fatal_error",
        "internal_error",
        "invalid_auth",
        "missing_scope",
        "no_answer",
        "not_authed",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "unreachable",
    }
)
#: Connection faults before a byte left: the message cannot have been posted.
NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def closes_channel(code: str) -> bool:
    """Whether the channel will not have the message, by the `code` of Slack's refusal."""
    return code in CHANNEL_CLOSED or code.startswith(RESTRICTED)


def retry_after_s(headers: Mapping[str, Any], ceiling_s: float = 300.0) -> float:
    """What Slack asks us to wait: absent, zero, huge or not a number become something sane."""
    raw = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
    value = raw[0] if isinstance(raw, Sequence) and not isinstance(raw, str) and raw else raw
    try:
        wanted = float(str(value))
    except ValueError:
        return 30.0
    return min(max(wanted, 1.0), ceiling_s) if wanted == wanted else 30.0  # noqa: PLR0124 - NaN


class Faults:
    """Turns what slack_sdk and aiohttp raise into a SlackError."""

    def __init__(self, method: str) -> None:
        self._method = method

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SlackApiError):
            raise _refused(self._method, error) from error
        if isinstance(error, NOT_CONNECTED):
            raise SlackError(self._method, "unreachable", permanent=False) from error
        if isinstance(error, (aiohttp.ClientError, asyncio.TimeoutError, OSError)):
            raise SlackError(
                self._method, "no_answer", permanent=False, may_have_happened=True
            ) from error


def _refused(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    headers = getattr(response, "headers", {}) or {}
    status = getattr(response, "status_code", 200)
    if status == 429:
        return SlackError(
            method, "ratelimited", permanent=False, retry_after_s=retry_after_s(headers)
        )
    code = str(_get(response, "error") or f"http_{status}")
    # A 5xx says nothing about whether the message was taken.
    return SlackError(method, code, permanent=_is_permanent(code), may_have_happened=status >= 500)


def _is_permanent(code: str) -> bool:
    return code in PERMANENT or code.startswith(RESTRICTED)


def _get(response: Any, key: str) -> Any:
    data = getattr(response, "data", response)
    return data.get(key) if isinstance(data, Mapping) else None
