"""Speaks to Slack's Web API: one function a thing we say, errors typed, nothing repeated by itself.

slack_sdk posts again by itself after a dropped connection; here its retry handlers are off, so a
post whose fate is unknown is found again by its metadata instead of posted twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackError
from bot.registry import Json, SlackMessage

CARD_EVENT = "smsops_card"
TIMEOUT_S = 8
PERMANENT = frozenset(
    {
        "account_inactive",
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_auth",
        "invalid_blocks",
        "invalid_trigger_id",
        "is_archived",
        "message_not_found",
        "missing_scope",
        "msg_too_long",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_expired",
        "token_revoked",
        "user_not_found",
    }
)
#: The channel will not have the message; another place may.
CHANNEL_CLOSED = frozenset(
    {"channel_not_found", "is_archived", "no_permission", "not_in_channel", "restricted_action"}
)
#: Connection faults before a byte left: the message cannot have been posted.
NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack knows of a user; `is_member` is false for bots, guests, strangers and leavers."""

    user_id: str
    locale: str
    timezone: str
    is_member: bool


class SlackClient:
    """One token, one shared connection pool."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession) -> None:
        self.web = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=session,
            timeout=TIMEOUT_S,
            retry_handlers=[],
        )
        self._session = session
        self._host = urlsplit(api_url).netloc

    async def post(self, channel: str, message: SlackMessage, card_id: str) -> Posted:
        """Posts a card; `card_id` goes into its metadata, by which `find_post` knows it again."""
        answer = await self._call(
            "chat.postMessage",
            channel=channel,
            metadata={"event_type": CARD_EVENT, "event_payload": {"id": card_id}},
            unfurl_links=False,
            unfurl_media=False,
            **_body(message),
        )
        return Posted(answer["channel"], answer["ts"])

    async def edit(self, channel: str, ts: str, message: SlackMessage) -> None:
        await self._call("chat.update", channel=channel, ts=ts, **_body(message))

    async def find_post(self, channel: str, card_id: str) -> Posted | None:
        """The card posted under `card_id`, if the channel's last 200 messages hold it.

        By count, not by time: Slack's clock need not be ours.
        """
        answer = await self._call(
            "conversations.history",
            channel=channel,
            include_all_metadata=True,
            limit=200,
        )
        for message in answer["messages"]:
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == CARD_EVENT and payload.get("id") == card_id:
                return Posted(channel, message["ts"])
        return None

    async def say(self, channel: str, message: SlackMessage, thread_ts: str | None = None) -> None:
        """An answer in a conversation with the bot."""
        await self._call(
            "chat.postMessage",
            channel=channel,
            thread_ts=thread_ts,
            unfurl_links=False,
            unfurl_media=False,
            **_body(message),
        )

    async def open_form(self, trigger_id: str, view: Json) -> None:
        await self._call("views.open", trigger_id=trigger_id, view=view)

    async def redraw_form(self, view_id: str, view_hash: str, view: Json) -> None:
        """Shows `view` in an open form, unless it changed since `view_hash`."""
        await self._call("views.update", view_id=view_id, hash=view_hash, view=view)

    async def open_conversation(self, user_id: str) -> str:
        """The channel id of the direct conversation with a user."""
        answer = await self._call("conversations.open", users=user_id)
        return cast(str, answer["channel"]["id"])

    async def profile(self, user_id: str) -> Profile:
        answer = await self._call("users.info", user=user_id, include_locale=True)
        user = answer["user"]
        outside = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
        return Profile(
            user_id,
            user.get("locale") or "en-US",
            user.get("tz") or "Asia/Shanghai",
            not any(user.get(flag) for flag in outside),
        )

    async def groups(self) -> dict[str, str]:
        """The workspace's user groups: `@handle` → id."""
        answer = await self._call("usergroups.list")
        return {f"@{group['handle']}": group["id"] for group in answer["usergroups"]}

    async def group_members(self, group_id: str) -> frozenset[str]:
        answer = await self._call("usergroups.users.list", usergroup=group_id)
        return frozenset(answer["users"])

    async def respond(
        self, response_url: str, message: SlackMessage | None, *, replace: bool
    ) -> None:
        """Answers an action through its own address: in place of its message, or beside it.

        None deletes the message. An address that is not Slack's is refused: it came from outside.
        """
        host = urlsplit(response_url).netloc
        if host not in {"hooks.slack.com", self._host}:
            raise SlackError("response_url", "foreign_host", permanent=True)
        body: dict[str, Any] = {"text": "", "delete_original": True}
        if message is not None:
            body = {**_body(message), "replace_original": replace, "response_type": "ephemeral"}
        hook = AsyncWebhookClient(
            response_url, session=self._session, timeout=TIMEOUT_S, retry_handlers=[]
        )
        with _Faults("response_url"):
            answer = await hook.send_dict(body)
            if answer.status_code != 200:
                raise SlackError("response_url", f"http_{answer.status_code}", permanent=False)

    async def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        call = getattr(self.web, method.replace(".", "_"), None)
        with _Faults(method):
            answer = await (
                call(**{k: v for k, v in arguments.items() if v is not None})
                if call
                else self.web.api_call(method, json=arguments)
            )
        return cast(Mapping[str, Any], answer.data)


class _Faults:
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
    return SlackError(method, code, permanent=code in PERMANENT, may_have_happened=status >= 500)


def retry_after_s(headers: Mapping[str, Any], ceiling_s: float = 300.0) -> float:
    """What Slack asks us to wait: absent, zero, huge or not a number become something sane."""
    raw = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
    value = raw[0] if isinstance(raw, Sequence) and not isinstance(raw, str) and raw else raw
    try:
        wanted = float(str(value))
    except ValueError:
        return 30.0
    return min(max(wanted, 1.0), ceiling_s) if wanted == wanted else 30.0  # noqa: PLR0124 - NaN


def _get(response: Any, key: str) -> Any:
    data = getattr(response, "data", response)
    return data.get(key) if isinstance(data, Mapping) else None


def _body(message: SlackMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if message.blocks:
        body["blocks"] = list(message.blocks)
    return body
