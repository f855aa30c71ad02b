"""A small Bolt app that uses every part of the page, and the stage it plays on."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from playwright.async_api import Page
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.workspace import Installation, Workspace
from tests.sandbox.workspace.driver import AppServer

Json = dict[str, Any]
OpenPage = Callable[..., Awaitable[Page]]

TEMPLATES = {"1110": "Login code", "2220": "Order shipped", "3330": "登录验证码"}


class Heard:
    """What reached the app, in order."""

    def __init__(self) -> None:
        self.all: list[Json] = []
        self._came = asyncio.Condition()

    async def add(self, each: Json) -> None:
        """Note one more."""
        async with self._came:
            self.all.append(each)
            self._came.notify_all()

    async def at_least(self, count: int) -> list[Json]:
        """Everything, once there are so many. Raises TimeoutError."""
        async with asyncio.timeout(30.0), self._came:
            await self._came.wait_for(lambda: len(self.all) >= count)
            return list(self.all)


class Watch:
    """The SMS sandbox's clock: the real time, or as far ahead of it as a test wants."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Stage:
    """A running workspace with the app installed in it."""

    workspace: Workspace
    client: AsyncWebClient
    heard: Heard

    async def post(self, **message: object) -> str:
        """Let the app say something in #sms; the message's ts."""
        answer = await self.client.chat_postMessage(channel="C0SMS", **message)  # type: ignore[arg-type]  # the payloads are the test's subject
        return str(answer["ts"])


@dataclass(frozen=True)
class Duo:
    """Both stand-ins, each knowing where the other one is."""

    sandbox: TencentSandbox
    workspace: Workspace


@dataclass(frozen=True)
class OtherEnd:
    """An app without a mind of its own: `server` is what Slack calls, `client` calls Slack."""

    workspace: Workspace
    installation: Installation
    server: AppServer
    client: AsyncWebClient


async def send(sandbox: TencentSandbox, mobile: str, code: str) -> None:
    """One SMS, by a real v5 request."""
    keys, now = sandbox.credentials, int(sandbox.world.now_ms / 1000)
    signed = f"appkey={keys.app_key}&random=7&time={now}&mobile={mobile}"
    order = {
        "tel": {"nationcode": "86", "mobile": mobile},
        "sig": hashlib.sha256(signed.encode()).hexdigest(),
        "time": now,
        "tpl_id": int(keys.template_id),
        "sign": keys.sign,
        "params": [code],
    }
    address = f"{sandbox.url}/v5/tlssmssvr/sendsms?sdkappid={keys.sdk_app_id}&random=7"
    async with aiohttp.ClientSession() as http, http.post(address, json=order) as answer:
        assert (await answer.json(content_type=None))["result"] == 0


def manifest(app_url: str) -> Json:
    """What the app asks for."""
    command = {
        "command": "/sms",
        "url": app_url,
        "description": "Send SMS and watch them arrive",
        "usage_hint": "send | card | whisper",
        "should_escape": True,
    }
    scopes = ["commands", "chat:write", "reactions:read", "im:history", "users:read"]
    return {
        "display_information": {"name": "smsops"},
        "features": {
            "app_home": {"home_tab_enabled": True},
            "bot_user": {"display_name": "smsops"},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "event_subscriptions": {
                "request_url": app_url,
                "bot_events": ["app_home_opened", "reaction_added", "reaction_removed"],
            },
            "interactivity": {
                "is_enabled": True,
                "request_url": app_url,
                "message_menu_options_url": app_url,
            },
        },
    }


def listen(app: AsyncApp, heard: Heard) -> None:
    """The app: a form, a card with a dangerous button, a whisper, a home tab."""
    listen_to_commands(app)
    listen_to_the_form(app)
    listen_to_the_card(app, heard)
    listen_to_events(app, heard)


def listen_to_commands(app: AsyncApp) -> None:
    """`/sms send`, `/sms card`; anything else is whispered back."""

    @app.command("/sms")
    async def command(ack: Any, body: Json, client: AsyncWebClient, respond: Any) -> None:
        await ack()
        match body["text"]:
            case "send":
                await client.views_open(trigger_id=body["trigger_id"], view=form())
            case "card":
                await client.chat_postMessage(
                    channel=body["channel_id"], text="Ready", blocks=card("Ready to send")
                )
            case _:
                await respond(f"You said {body['text']}", response_type="ephemeral")


def listen_to_the_form(app: AsyncApp) -> None:
    """Suggestions for the template, and a number that must be Chinese."""

    @app.options("template")
    async def options(ack: Any, body: Json) -> None:
        wanted = body["value"].lower()
        found = {id_: name for id_, name in TEMPLATES.items() if wanted in name.lower()}
        await ack(options=[option(name, id_) for id_, name in found.items()])

    @app.view("order")
    async def order(ack: Any, view: Json, body: Json, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        number = values["number"]["value"]["value"]
        if not number.startswith("+86"):
            await ack(response_action="errors", errors={"number": "That is no mobile number."})
            return
        await ack()
        template = values["template"]["template"]["selected_option"]["value"]
        await client.chat_postMessage(channel="C0SMS", text=f"Sending {template} to {number}")


def listen_to_the_card(app: AsyncApp, heard: Heard) -> None:
    """A button that rewrites the card, a choice that is only noted."""

    @app.action("stop")
    async def stop(ack: Any, action: Json, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await heard.add(action)
        await client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="Stopped",
            blocks=card(f"Stopped by <@{body['user']['id']}>"),
        )

    @app.action({"type": "block_actions", "action_id": "pick"})
    async def pick(ack: Any, action: Json) -> None:
        await ack()
        await heard.add(action)


def listen_to_events(app: AsyncApp, heard: Heard) -> None:
    """The home tab, and reactions."""

    @app.event("app_home_opened")
    async def home(event: Json, client: AsyncWebClient) -> None:
        blocks = [{"type": "header", "text": plain("Good to see you")}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.event("reaction_added")
    @app.event("reaction_removed")
    async def reaction(event: Json) -> None:
        await heard.add(event)


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def option(text: str, value: str) -> Json:
    """An option of a select."""
    return {"text": plain(text), "value": value}


def field(block_id: str, label: str, element: Json) -> Json:
    """An input block that must be filled in."""
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def form() -> Json:
    """A modal with a number and a searched template."""
    number = {"type": "plain_text_input", "action_id": "value"}
    template = {"type": "external_select", "action_id": "template", "min_query_length": 0}
    return {
        "type": "modal",
        "callback_id": "order",
        "title": plain("Send an SMS"),
        "submit": plain("Preview"),
        "close": plain("Never mind"),
        "blocks": [
            field("number", "Phone number", number),
            field("template", "Template", template),
        ],
    }


def card(state: str) -> list[Json]:
    """A card with a select, and a button that asks before it acts."""
    confirm = {
        "title": plain("Stop this send?"),
        "text": {"type": "mrkdwn", "text": "Nobody will get *anything*."},
        "confirm": plain("Stop it"),
        "deny": plain("Keep it"),
        "style": "danger",
    }
    stop = {"type": "button", "action_id": "stop", "text": plain("Stop"), "confirm": confirm}
    pick = {
        "type": "static_select",
        "action_id": "pick",
        "placeholder": plain("Choose an app"),
        "options": [option("Main", "main"), option("Marketing", "marketing")],
    }
    return [
        {"type": "section", "block_id": "state", "text": {"type": "mrkdwn", "text": state}},
        {"type": "actions", "block_id": "deeds", "elements": [stop, pick]},
    ]
