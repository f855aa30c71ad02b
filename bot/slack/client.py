"""Speaks to Slack: one function for each thing that is said or asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackError
from bot.registry import Json, SlackMessage
from bot.slack.files import Files
from bot.slack.line import TIMEOUT_S
from bot.slack.refusals import Faults, retry_after_s

CARD_EVENT = "smsops_card"
#: Where Slack takes answers to what somebody did (interactivity, handling user interaction).
HOOKS_HOST = "hooks.slack.com"
#: What a token was granted, in every answer to it (docs.slack.dev, tokens, 2026-08).
SCOPES_HEADER = "x-oauth-scopes"
#: Of a user, each of them enough (docs.slack.dev, user object, 2026-08).
OUTSIDE = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,20}")
#: A bot is in fewer channels than this many pages hold.
PAGES_MAX = 10


def teams_of(user: Mapping[str, Any]) -> frozenset[str]:
    """The workspaces a user is of: where an organisation has several, `team_id` names one of them,
    `enterprise_user.teams` all. Slack flags nobody of the same organisation as a stranger.
    """
    within = user.get("enterprise_user") or {}
    return frozenset(map(str, filter(None, (user.get("team_id"), *(within.get("teams") or ())))))


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack knows of a user; `is_member` is false for bots, guests, leavers, and for whoever
    is of another workspace."""

    user_id: str
    locale: str
    timezone: str
    is_member: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """The app as a workspace has it. `scopes` is None where Slack does not say what it granted."""

    team: str
    user_id: str
    scopes: frozenset[str] | None


class SlackClient(Files):
    """All that is said to Slack and asked of it with one token."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession) -> None:
        super().__init__(token, api_url, session)
        self._channels: dict[str, str] = {}
        self._conversations: dict[str, str] = {}
        self._team = ""

    async def post(
        self,
        channel: str,
        message: SlackMessage,
        card_id: str,
        thread_ts: str | None = None,
        *,
        also_in_channel: bool = False,
    ) -> Posted:
        """Posts a message; by `card_id`, in its metadata, `find_post` knows it again. One in a
        thread can be shown in the channel too."""
        answer = await self._call(
            "chat.postMessage",
            channel=channel,
            thread_ts=thread_ts,
            reply_broadcast=also_in_channel or None,
            metadata={"event_type": CARD_EVENT, "event_payload": {"id": card_id}},
            unfurl_links=False,
            unfurl_media=False,
            **_body(message),
        )
        return Posted(answer["channel"], answer["ts"])

    async def edit(self, channel: str, ts: str, message: SlackMessage) -> None:
        """Puts `message` in the place of one of ours."""
        await self._call("chat.update", channel=channel, ts=ts, **_body(message))

    async def find_post(
        self, channel: str, card_id: str, thread_ts: str | None = None
    ) -> Posted | None:
        """What was posted under `card_id`, if the channel's last 200 messages hold it, or the first
        1,000 of the thread.

        By count, not by time: Slack's clock need not be ours.
        """
        for message in await self._messages(channel, thread_ts):
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == CARD_EVENT and payload.get("id") == card_id:
                return Posted(channel, message["ts"])
        return None

    async def has_file(self, channel: str, name: str, thread_ts: str | None) -> bool:
        """Whether the channel's last 200 messages, or the first 1,000 of the thread, show a file of
        that name."""
        for message in await self._messages(channel, thread_ts):
            if any(file.get("name") == name for file in message.get("files") or ()):
                return True
        return False

    async def _messages(self, channel: str, thread_ts: str | None) -> Sequence[Mapping[str, Any]]:
        if thread_ts is None:
            answer = await self._call(
                "conversations.history", channel=channel, include_all_metadata=True, limit=200
            )
        else:
            answer = await self._call(
                "conversations.replies",
                channel=channel,
                ts=thread_ts,
                include_all_metadata=True,
                limit=1000,
            )
        return cast(Sequence[Mapping[str, Any]], answer["messages"])

    async def locate(self, channel: str) -> str:
        """The id of a channel given by its id or its name, of those the bot is in.

        Raises SlackError (``channel_not_found``) for a name it does not find: only ids can be asked
        for their history, and a name may be given to another channel tomorrow.
        """
        if CHANNEL_ID.fullmatch(channel):
            return channel
        name = channel.removeprefix("#")
        known = self._channels.get(name)
        if known is None:
            self._channels = await self._joined()
            known = self._channels.get(name)
        if known is None:
            raise SlackError("users.conversations", "channel_not_found", permanent=True)
        return known

    def forget(self, channel: str) -> None:
        """What a channel is called may mean another one by now: it is looked for anew."""
        self._channels.pop(channel.removeprefix("#"), None)

    async def _joined(self) -> dict[str, str]:
        """Name to id of every channel the bot is in."""
        found: dict[str, str] = {}
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            answer = await self._call(
                "users.conversations",
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=999,
                cursor=cursor,
            )
            found |= {channel["name"]: channel["id"] for channel in answer["channels"]}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        return found

    async def joined(self) -> frozenset[str]:
        """The ids and the names of every channel the bot is in, archived ones left out."""
        found = await self._joined()
        return frozenset(found) | frozenset(found.values())

    async def installed(self) -> Installed:
        """Whose token it is, and what it may do."""
        answer = await self._answer("auth.test")
        told = next((v for k, v in answer.headers.items() if k.lower() == SCOPES_HEADER), None)
        scopes = None if told is None else frozenset(filter(None, map(str.strip, told.split(","))))
        data = cast(Mapping[str, Any], answer.data)
        return Installed(str(data.get("team", "")), str(data["user_id"]), scopes)

    async def try_socket(self, app_token: str) -> None:
        """Asks for the address of a socket, as Socket Mode does, and does not use it."""
        await self._call("apps.connections.open", app_token=app_token)

    async def whisper(
        self, channel: str, user_id: str, message: SlackMessage, thread_ts: str | None = None
    ) -> None:
        """Says something to one person in a channel; nobody else sees it."""
        await self._call(
            "chat.postEphemeral",
            channel=channel,
            user=user_id,
            thread_ts=thread_ts,
            **_body(message),
        )

    async def open_form(self, trigger_id: str, view: Json) -> None:
        """Opens `view` for who made the trigger, which lives three seconds."""
        await self._call("views.open", trigger_id=trigger_id, view=view)

    async def push_form(self, trigger_id: str, view: Json) -> None:
        """Shows `view` on top of the form somebody has open."""
        await self._call("views.push", trigger_id=trigger_id, view=view)

    async def redraw_form(self, view_id: str, view_hash: str | None, view: Json) -> None:
        """Shows `view` in an open form, unless it changed since `view_hash`."""
        await self._call("views.update", view_id=view_id, hash=view_hash, view=view)

    async def publish_home(self, user_id: str, view: Json) -> None:
        """Shows `view` as one person's App Home, in the place of what is there."""
        await self._call("views.publish", user_id=user_id, view=view)

    async def open_conversation(self, user_id: str) -> str:
        """The channel id of the direct conversation with a user."""
        known = self._conversations.get(user_id)
        if known is None:
            answer = await self._call("conversations.open", users=user_id)
            known = self._conversations[user_id] = cast(str, answer["channel"]["id"])
        return known

    async def profile(self, user_id: str) -> Profile:
        """What Slack knows of a user."""
        answer = await self._call("users.info", user=user_id, include_locale=True)
        user = answer["user"]
        is_inside = not any(user.get(flag) for flag in OUTSIDE)
        return Profile(
            user_id,
            user.get("locale") or "en-US",
            user.get("tz") or "Asia/Shanghai",
            is_inside and await self._own_team() in teams_of(user),
        )

    async def _own_team(self) -> str:
        """The workspace the token is for; it never changes."""
        if not self._team:
            self._team = str((await self._call("auth.test"))["team_id"])
        return self._team

    async def groups(self) -> dict[str, str]:
        """The workspace's user groups: `@handle` → id."""
        answer = await self._call("usergroups.list")
        return {f"@{group['handle']}": group["id"] for group in answer["usergroups"]}

    async def all_group_members(self) -> dict[str, frozenset[str]]:
        """Who is in each user group, by its `@handle` and by its id; none that is disabled. One
        call: Slack answers twenty questions a minute about single ones (Tier 2)."""
        answer = await self._call("usergroups.list", include_users=True)
        of_group: dict[str, frozenset[str]] = {}
        for group in answer["usergroups"]:
            users = frozenset(group.get("users") or ())
            of_group |= {f"@{group['handle']}": users, group["id"]: users}
        return of_group

    async def group_members(self, group_id: str) -> frozenset[str]:
        """The user ids of those in a user group."""
        answer = await self._call("usergroups.users.list", usergroup=group_id)
        return frozenset(answer["users"])

    async def respond(
        self, response_url: str, message: SlackMessage | None, *, replace: bool
    ) -> None:
        """Answers an action through its own address: in place of its message, or beside it.

        None deletes the message. An address that is not Slack's is refused: it came from outside.
        """
        if not self._is_of(HOOKS_HOST, response_url):
            raise SlackError("response_url", "foreign_host", permanent=True)
        body: dict[str, Any] = {"text": "", "delete_original": True}
        if message is not None:
            body = {**_body(message), "replace_original": replace, "response_type": "ephemeral"}
        hook = AsyncWebhookClient(
            response_url, session=self._session, timeout=TIMEOUT_S, retry_handlers=[]
        )
        with Faults("response_url"):
            answer = await hook.send_dict(body)
            if answer.status_code == 429:
                wait_s = retry_after_s(answer.headers)
                raise SlackError(
                    "response_url", "ratelimited", permanent=False, retry_after_s=wait_s
                )
            if answer.status_code != 200:
                # Used up, or too old: 404, and no other try helps.
                is_over = 400 <= answer.status_code < 500
                code = f"http_{answer.status_code}"
                raise SlackError("response_url", code, permanent=is_over)


def _body(message: SlackMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if message.blocks:
        body["blocks"] = list(message.blocks)
    return body
