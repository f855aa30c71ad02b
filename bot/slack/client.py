"""Speaks to Slack's Web API: one function a thing we say, errors typed, nothing repeated by itself.

slack_sdk posts again by itself after a dropped connection; here its retry handlers are off, so a
post whose fate is unknown is found again by its metadata instead of posted twice.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, cast
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackError
from bot.meters import Wire
from bot.registry import Json, SlackMessage

CARD_EVENT = "smsops_card"
#: Where Slack keeps what people upload (docs.slack.dev, file object, 2026-08).
FILES_HOST = "files.slack.com"
#: And where it takes answers to what somebody did (interactivity, handling user interaction).
HOOKS_HOST = "hooks.slack.com"
CHUNK_BYTES = 64 * 1024
#: No list is a page: Slack sends one to sign in with where the token may not read the file.
PAGE = "text/html"
TIMEOUT_S = 8
#: An upload that is slower than this is taken for stuck.
UPLOAD_BYTES_PER_S = 100_000
#: The deadline around the whole of it holds instead.
NO_TIMEOUT = aiohttp.ClientTimeout(total=None)
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
#: What a token was granted, in every answer to it (docs.slack.dev, tokens, 2026-08).
SCOPES_HEADER = "x-oauth-scopes"
#: Of a user, each of them enough (docs.slack.dev, user object, 2026-08).
OUTSIDE = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,20}")
#: A bot is in fewer channels than this many pages hold.
PAGES_MAX = 10
#: Connection faults before a byte left: the message cannot have been posted.
NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def closes_channel(code: str) -> bool:
    """Whether the channel will not have the message, by the `code` of Slack's refusal."""
    return code in CHANNEL_CLOSED or code.startswith(RESTRICTED)


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
class Upload:
    """A file to be shown in Slack; `body` is read in pieces, from its beginning."""

    name: str
    body: IO[bytes]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Installed:
    """The app as a workspace has it. `scopes` is None where Slack does not say what it granted."""

    team: str
    user_id: str
    scopes: frozenset[str] | None


class FileFault(StrEnum):
    """Why a file cannot be had."""

    #: An address that is not Slack's; the token does not go there.
    FOREIGN = "foreign"
    #: Deleted, or not ours to read: Slack sends whoever may not to its sign-in page.
    CLOSED = "closed"
    TOO_LARGE = "too_large"


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
        self.wire = Wire()
        self._channels: dict[str, str] = {}
        self._conversations: dict[str, str] = {}
        self._team = ""
        self._scheme, self._host = urlsplit(api_url)[:2]

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
        """Whether the same part of the channel shows a file of that name."""
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
        answer = await self._call("usergroups.users.list", usergroup=group_id)
        return frozenset(answer["users"])

    async def download(self, url: str, max_bytes: int, deadline_s: float) -> bytes | FileFault:
        """What a file somebody put into a form holds, at most so many bytes.

        The address came from outside: the token goes to Slack's own hosts only, and no redirect is
        followed. Raises SlackError where Slack does not answer in time.
        """
        if not self._is_ours(url):
            return FileFault.FOREIGN
        with _Faults("file"):
            async with asyncio.timeout(deadline_s):
                return await self._fetch(url, max_bytes)

    async def download_stream(
        self, url: str, max_bytes: int, idle_s: float
    ) -> AsyncGenerator[bytes | FileFault, None]:
        """The same piece by piece, so that no file is in memory as a whole. A `FileFault` is the
        last piece. Raises SlackError where Slack sends nothing for `idle_s` seconds.
        """
        if not self._is_ours(url):
            yield FileFault.FOREIGN
            return
        with _Faults("file"):
            async with self._asked(url, idle_s) as answer:
                if answer.status != 200:
                    yield _closed(answer.status)
                    return
                if answer.content_type == PAGE:
                    yield FileFault.CLOSED
                    return
                size = 0
                async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                    size += len(chunk)
                    if size > max_bytes:
                        yield FileFault.TOO_LARGE
                        return
                    yield chunk

    def _is_ours(self, url: str) -> bool:
        return _origin(url) in {("https", FILES_HOST), (self._scheme, self._host)}

    def _asked(
        self, url: str, idle_s: float | None = None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._session.get(
            url,
            headers={"Authorization": f"Bearer {self.web.token}"},
            allow_redirects=False,
            proxy=self.web.proxy,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=idle_s, sock_read=idle_s),
        )

    async def _fetch(self, url: str, max_bytes: int) -> bytes | FileFault:
        async with self._asked(url) as answer:
            if answer.status != 200:
                return _closed(answer.status)
            body = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                body += chunk
                if len(body) > max_bytes:
                    return FileFault.TOO_LARGE
            return bytes(body)

    async def upload(
        self, channel: str, files: Sequence[Upload], comment: str, thread_ts: str | None = None
    ) -> None:
        """Posts files, none of them empty, as one message with a comment.

        Nobody sees any of them before all are there, so what broke half-way can be done again.
        Raises SlackError (docs.slack.dev, files.getUploadURLExternal and
        files.completeUploadExternal, 2026-08).
        """
        brought = [await self.bring(file) for file in files]
        await self.share(channel, brought, comment, thread_ts)

    async def share(
        self,
        channel: str,
        brought: Sequence[Mapping[str, str]],
        comment: str,
        thread_ts: str | None = None,
    ) -> None:
        """Posts files that were brought as one message. Raises SlackError."""
        await self._call(
            "files.completeUploadExternal",
            files=list(brought),
            channel_id=channel,
            initial_comment=comment,
            thread_ts=thread_ts,
        )

    async def is_shared(self, file: Mapping[str, str]) -> bool:
        """Whether a file that was brought stands in a message already. Raises SlackError."""
        try:
            answer = await self._call("files.info", file=file["id"])
        except SlackError as fault:
            if fault.code == "file_not_found":
                # Nobody sees a file before it is completed.
                return False
            raise
        shown = answer["file"]
        return any(shown.get(where) for where in ("channels", "groups", "ims", "shares"))

    async def keep(self, file: Upload) -> str:
        """Brings a picture nobody sees yet; its id, for the blocks of a message. Slack may take
        some seconds until it lets a message show it (``invalid_blocks`` before).

        Raises SlackError (docs.slack.dev, Slack file object, 2026-08).
        """
        ready = await self.bring(file)
        await self._call("files.completeUploadExternal", files=[ready])
        return ready["id"]

    async def bring(self, file: Upload) -> dict[str, str]:
        """A file at Slack that is not completed yet, as completing it names it."""
        answer = await self._call(
            "files.getUploadURLExternal", filename=file.name, length=file.size_bytes
        )
        await self._put(answer["upload_url"], file)
        return {"id": answer["file_id"], "title": file.name}

    async def _put(self, url: str, file: Upload) -> None:
        """The bytes, to the address Slack gave for them."""
        if not self._is_ours(url):
            raise SlackError("file", "foreign_host", permanent=True)
        file.body.seek(0)
        deadline_s = TIMEOUT_S + file.size_bytes / UPLOAD_BYTES_PER_S
        with _Faults("file"):
            async with asyncio.timeout(deadline_s):
                sent = self._session.post(
                    url,
                    data=_pieces(file.body),
                    headers={"Content-Length": str(file.size_bytes)},
                    allow_redirects=False,
                    proxy=self.web.proxy,
                    timeout=NO_TIMEOUT,
                )
                async with sent as answer:
                    if answer.status != 200:
                        raise SlackError("file", f"http_{answer.status}", permanent=False)

    async def respond(
        self, response_url: str, message: SlackMessage | None, *, replace: bool
    ) -> None:
        """Answers an action through its own address: in place of its message, or beside it.

        None deletes the message. An address that is not Slack's is refused: it came from outside.
        """
        if _origin(response_url) not in {("https", HOOKS_HOST), (self._scheme, self._host)}:
            raise SlackError("response_url", "foreign_host", permanent=True)
        body: dict[str, Any] = {"text": "", "delete_original": True}
        if message is not None:
            body = {**_body(message), "replace_original": replace, "response_type": "ephemeral"}
        hook = AsyncWebhookClient(
            response_url, session=self._session, timeout=TIMEOUT_S, retry_handlers=[]
        )
        with _Faults("response_url"):
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

    async def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], (await self._answer(method, **arguments)).data)

    async def _answer(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        call = getattr(self.web, method.replace(".", "_"), None)
        began_s, end = time.perf_counter(), "broke"
        try:
            with _Faults(method):
                answer = await (
                    call(**{k: v for k, v in arguments.items() if v is not None})
                    if call
                    else self.web.api_call(method, json=arguments)
                )
            end = "ok"
        except SlackError as fault:
            end = fault.code
            raise
        finally:
            self.wire.calls.note(method, end, time.perf_counter() - began_s)
        self.wire.dates.note(answer.headers.get("Date"))
        return answer


def _origin(url: str) -> tuple[str, str]:
    """Scheme and host of an address from outside, as they are written there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _closed(status: int) -> FileFault:
    """Raises SlackError where Slack may give the file later."""
    if status >= 500 or status == 429:
        raise SlackError("file", f"http_{status}", permanent=False)
    return FileFault.CLOSED


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
    return SlackError(method, code, permanent=_is_permanent(code), may_have_happened=status >= 500)


def _is_permanent(code: str) -> bool:
    return code in PERMANENT or code.startswith(RESTRICTED)


def retry_after_s(headers: Mapping[str, Any], ceiling_s: float = 300.0) -> float:
    """What Slack asks us to wait: absent, zero, huge or not a number become something sane."""
    raw = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
    value = raw[0] if isinstance(raw, Sequence) and not isinstance(raw, str) and raw else raw
    try:
        wanted = float(str(value))
    except ValueError:
        return 30.0
    return min(max(wanted, 1.0), ceiling_s) if wanted == wanted else 30.0  # noqa: PLR0124 - NaN


async def _pieces(body: IO[bytes]) -> AsyncIterator[bytes]:
    """A file in pieces, read off the loop."""
    while piece := await asyncio.to_thread(body.read, CHUNK_BYTES):
        yield piece


def _get(response: Any, key: str) -> Any:
    data = getattr(response, "data", response)
    return data.get(key) if isinstance(data, Mapping) else None


def _body(message: SlackMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if message.blocks:
        body["blocks"] = list(message.blocks)
    return body
