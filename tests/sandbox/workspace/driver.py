"""What the tests of the workspace share: an app that records and answers, and a person's page."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from bot.sandbox.workspace import Installation, Workspace

Json = dict[str, Any]

ALL_SCOPES = [
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
]
ALL_EVENTS = (
    "app_home_opened",
    "app_mention",
    "channel_archive",
    "channel_unarchive",
    "file_deleted",
    "file_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "subteam_members_changed",
    "tokens_revoked",
)
SHORTCUTS: list[Json] = [
    {"type": "global", "name": "Send an SMS", "callback_id": "send", "description": "The form"},
    {"type": "message", "name": "Look it up", "callback_id": "why", "description": "What became"},
]
BUTTON: Json = {
    "type": "button",
    "action_id": "go",
    "value": "42",
    "text": {"type": "plain_text", "text": "Go"},
}
ACTIONS: Json = {"type": "actions", "block_id": "row", "elements": [BUTTON]}
INPUT: Json = {
    "type": "input",
    "block_id": "who",
    "label": {"type": "plain_text", "text": "Number"},
    "element": {"type": "plain_text_input", "action_id": "number"},
}


HOME_TAB: Mapping[str, bool] = {"home_tab_enabled": True, "messages_tab_enabled": True}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


SEARCH: Json = {
    "type": "input",
    "block_id": "tpl",
    "label": {"type": "plain_text", "text": "Template"},
    "element": {"type": "external_select", "action_id": "pick", "min_query_length": 0},
}
OPTIONS = [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}]


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("A form"),
        "submit": plain("Send"),
        "blocks": list(blocks or (INPUT,)),
        **more,
    }


def manifest(
    url: str,
    *,
    socket_mode: bool = False,
    scopes: Sequence[str] = tuple(ALL_SCOPES),
    events: tuple[str, ...] = ALL_EVENTS,
    should_escape: bool = True,
    app_home: Mapping[str, bool] = HOME_TAB,
) -> Json:
    command = {"command": "/sms", "description": "Send SMS", "should_escape": should_escape}
    if not socket_mode:
        command["url"] = url
    return {
        "display_information": {"name": "SMS Ops"},
        "features": {
            "app_home": dict(app_home),
            "bot_user": {"display_name": "smsops"},
            "slash_commands": [command],
            "shortcuts": SHORTCUTS,
        },
        "oauth_config": {"scopes": {"bot": list(scopes)}},
        "settings": {
            "event_subscriptions": {"request_url": url, "bot_events": list(events)},
            "interactivity": {"is_enabled": True, "request_url": url},
            "socket_mode_enabled": socket_mode,
        },
    }


@dataclass(frozen=True, slots=True)
class Received:
    """One request the workspace made to the app."""

    headers: Mapping[str, str]
    body: bytes
    content: Json

    @property
    def kind(self) -> str:
        event = self.content.get("event")
        return str(event["type"] if event else self.content.get("type", "command"))


Answer = Callable[[Received], Awaitable[web.StreamResponse] | web.StreamResponse]


@dataclass
class AppServer:
    """The app's end: keeps what arrives and answers as told; challenges are always echoed."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    challenge: bool = True
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def answer_json(self, body: Any, **more: Any) -> None:
        self.answers.append(lambda _: web.json_response(body, **more))

    def answer_status(self, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(lambda _: web.Response(status=status, headers=named))

    def answer_never(self, until: asyncio.Event) -> None:
        async def wait(_: Received) -> web.StreamResponse:
            await until.wait()
            return web.Response()

        self.answers.append(wait)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        got = Received(dict(request.headers), body, _content(request.content_type, body))
        if got.kind == "url_verification" and self.challenge:
            return web.json_response({"challenge": got.content["challenge"]})
        async with self.arrived:
            self.received.append(got)
            self.arrived.notify_all()
        if not self.answers:
            return web.Response()
        answer = self.answers.pop(0)(got)
        return answer if isinstance(answer, web.StreamResponse) else await answer

    def of(self, kind: str) -> list[Received]:
        return [r for r in self.received if r.kind == kind]

    async def wait_for(self, kind: str, count: int = 1) -> list[Received]:
        async with asyncio.timeout(30), self.arrived:
            await self.arrived.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)


def _content(content_type: str, body: bytes) -> Json:
    if content_type == "application/json":
        return dict(json.loads(body))
    form = {name: values[0] for name, values in parse_qs(body.decode(), True).items()}
    return dict(json.loads(form["payload"])) if "payload" in form else dict(form)


@dataclass
class Page:
    """Somebody at the page: posts what the page posts, hears what it hears."""

    http: aiohttp.ClientSession
    url: str

    async def post(self, path: str, **body: Any) -> Json:
        async with self.http.post(
            f"{self.url}{path}", json=body, headers={"X-Workspace-Page": "1"}
        ) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def get(self, path: str, **query: str) -> Json:
        async with self.http.get(f"{self.url}{path}", params=query) as answer:
            return dict(await answer.json())

    async def say(
        self, text: str, user: str = "U0LIN", channel: str = "C0SMS", **more: Any
    ) -> Json:
        return await self.post("/ui/say", user=user, channel=channel, text=text, **more)

    async def upload(self, name: str, body: bytes, user: str = "U0LIN") -> Json:
        async with self.http.post(
            f"{self.url}/ui/upload",
            params={"user": user, "name": name},
            data=body,
            headers={"X-Workspace-Page": "1", "Content-Type": "application/octet-stream"},
        ) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def get_file(self, file_id: str, user: str = "U0LIN") -> bytes:
        url = f"{self.url}/ui/file/{file_id}"
        async with self.http.get(url, params={"user": user}) as answer:
            assert answer.status == 200
            return await answer.read()

    async def press(self, message: Json, user: str = "U0LIN", channel: str = "C0SMS") -> Json:
        action = {"type": "button", "action_id": "go", "block_id": "row"}
        return await self.post(
            "/ui/action", user=user, channel=channel, message_ts=message["ts"], action=action
        )

    async def submit(self, view: Json, text: str | None, user: str = "U0LIN") -> Json:
        values = {"who": {"number": {"type": "plain_text_input", "value": text}}}
        return await self.post(
            "/ui/view/submit", user=user, view_id=view["id"], state={"values": values}
        )


class Stream:
    """The events of one open page."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> Json:
        async with asyncio.timeout(30):
            while True:
                line = await self._response.content.readline()
                assert line, "the stream ended"
                if line.startswith(b"data: "):
                    return dict(json.loads(line[6:]))

    async def next_of(self, kind: str) -> Json:
        while True:
            event = await self.next()
            if event["type"] == kind:
                return event


@asynccontextmanager
async def listening(page: Page, user: str) -> AsyncIterator[Stream]:
    async with page.http.get(f"{page.url}/ui/events", params={"user": user}) as response:
        assert response.content_type == "text/event-stream"
        assert await response.content.readline() == b": connected\n"
        yield Stream(response)


async def error_of(call: Awaitable[Any]) -> str:
    """Slack's name for why a call is refused; one that is not is a failure of the test."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@dataclass(frozen=True)
class Installed:
    """A running workspace with an app installed whose other end is `app`."""

    workspace: Workspace
    installation: Installation
    app: AppServer
    page: Page
