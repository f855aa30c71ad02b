"""Shortcuts of the manifest: offered on the page, delivered to the app, answered with forms."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import ManifestError, Workspace
from tests.sandbox.workspace.driver import SHORTCUTS, Installed, Json, Page, manifest, modal


async def use(page: Page, callback_id: str, **more: Any) -> Json:
    return await page.post("/ui/shortcut", user="U0LIN", callback_id=callback_id, **more)


async def test_the_page_is_told_which_shortcuts_there_are(installed: Installed) -> None:
    boot = await installed.page.get("/ui/boot", user="U0LIN")
    assert [(s["callback_id"], s["name"], s["is_global"]) for s in boot["shortcuts"]] == [
        ("send", "Send an SMS", True),
        ("why", "Look it up", False),
    ]


async def test_a_global_shortcut_tells_no_channel_and_opens_a_form(
    installed: Installed, client: AsyncWebClient
) -> None:
    assert await use(installed.page, "send", channel="C0SMS") == {"ok": True}
    [got] = installed.app.of("shortcut")
    assert set(got.content) == {
        "type",
        "token",
        "action_ts",
        "team",
        "user",
        "is_enterprise_install",
        "enterprise",
        "callback_id",
        "trigger_id",
    }
    assert got.content["user"] == {"id": "U0LIN", "username": "lin", "team_id": "T0LOCAL"}
    await client.views_open(trigger_id=got.content["trigger_id"], view=modal())
    assert len(installed.workspace.views("U0LIN")) == 1


async def test_a_message_shortcut_brings_the_message_and_a_response_url(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    root = await client.chat_postMessage(channel="C0SMS", text="root")
    at = {"channel": "C0SMS", "message_ts": root["ts"]}
    assert await use(installed.page, "why", **at) == {"ok": True}
    [got] = installed.app.of("message_action")
    payload = got.content
    assert (payload["callback_id"], payload["message_ts"]) == ("why", root["ts"])
    assert payload["channel"] == {"id": "C0SMS", "name": "sms"}
    assert payload["message"]["text"] == "root"
    async with http.post(payload["response_url"], json={"text": "delivered"}) as answer:
        assert answer.status == 200
    assert installed.workspace.ephemeral("U0LIN", "C0SMS")[0]["text"] == "delivered"


async def test_a_message_shortcut_needs_a_message_everybody_can_read(
    installed: Installed, client: AsyncWebClient
) -> None:
    whisper = await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="x")
    theirs = await client.chat_postMessage(channel="D0MAYA", text="x")
    for at in (
        {},
        {"channel": "C0SMS", "message_ts": "1.1"},
        {"channel": "C0SMS", "message_ts": whisper["message_ts"]},
        {"channel": "D0MAYA", "message_ts": theirs["ts"]},
    ):
        assert (await use(installed.page, "why", **at))["error"] == "message_not_found"
    assert (await use(installed.page, "nothing"))["error"] == "not_found"
    assert installed.app.of("message_action") == []


async def test_a_shortcut_the_app_does_not_take_is_told(installed: Installed) -> None:
    installed.app.answer_status(500)
    answer = await use(installed.page, "send")
    assert (answer["ok"], answer["error"]) == (False, "dispatch_failed")
    assert answer["message"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"oauth_config": {"scopes": {"bot": []}}}, "shortcuts need the scope commands"),
        ({"settings": {"interactivity": {"is_enabled": False}}}, "interactivity.request_url"),
        (
            {"features": {"shortcuts": [{**SHORTCUTS[0], "name": "x" * 25}]}},
            "called too long",
        ),
    ],
)
def test_shortcuts_that_cannot_work_are_refused(change: Json, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        Workspace().install({**manifest("http://127.0.0.1:9/", events=()), **change})
