"""Every method there is, once well and once refused, by slack_sdk's AsyncWebClient, unmodified."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace.methods import METHODS
from bot.sandbox.workspace.refusals import Refusal
from bot.sandbox.workspace.webapi import WebApi
from tests.sandbox.tencent.tried import Tried
from tests.sandbox.workspace import conformance
from tests.sandbox.workspace.driver import ACTIONS, ALL_SCOPES, INPUT, Installed, manifest, modal
from tests.sandbox.workspace.trials import SMS, TRIALS, Ground


@pytest.fixture
def asked() -> dict[str, str]:
    """How each method was asked for last: GET or POST."""
    return {}


@pytest.fixture
async def http(asked: dict[str, str]) -> AsyncIterator[aiohttp.ClientSession]:
    async def note(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        request: aiohttp.TraceRequestStartParams,
    ) -> None:
        asked[request.url.name] = request.method

    listener = aiohttp.TraceConfig()
    listener.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[listener]) as session:
        yield session


@pytest.fixture
async def ground(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> Ground:
    scopes = [*ALL_SCOPES, "users:read.email"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes))
    ts = (await client.chat_postMessage(text="x", **SMS))["ts"]
    await client.reactions_add(timestamp=ts, name="eyes", **SMS)
    for _ in range(2):
        await installed.page.say("/sms form")
    spent, fresh = (got.content["trigger_id"] for got in installed.app.of("command"))
    view = (await client.views_open(trigger_id=spent, view=modal(INPUT, ACTIONS)))["view"]
    action = {"type": "button", "action_id": "go", "block_id": "row"}
    await installed.page.post("/ui/action", user="U0LIN", view_id=view["id"], action=action)
    [pressed] = installed.app.of("block_actions")
    file = (await client.files_upload_v2(filename="a.csv", content="x"))["file"]
    upload = await client.files_getUploadURLExternal(filename="b.csv", length=1)
    async with http.post(upload["upload_url"], data=b"x"):
        pass
    inner = pressed.content["trigger_id"]
    return Ground(client, ts, fresh, inner, view["id"], file["id"], upload["file_id"])


def test_there_is_a_trial_for_every_method() -> None:
    """`apps.connections.open` has its own, with the token of its own: test_sockets.py."""
    assert set(TRIALS) == set(METHODS)


@pytest.mark.parametrize("cells", conformance.METHODS.values(), ids=lambda cells: cells[0].action)
async def test_a_method_does_what_it_is_for_and_refuses_what_it_must(
    ground: Ground, asked: dict[str, str], cells: tuple[Tried, Tried]
) -> None:
    success, refusal = cells
    well, badly, _ = TRIALS[success.action]
    with pytest.raises(SlackApiError) as caught:
        await badly(ground)
    assert caught.value.response["error"] == refusal.code
    assert (await well(ground))["ok"] is True
    assert asked[success.action] == success.way


NAMES = """
    alt_txt attachments blocks bot channel channel_id channels count cursor email error external_id
    file filename files hash include_all_metadata include_locale inclusive initial_comment latest
    length limit message_ts metadata name oldest page reply_broadcast return_im text thread_ts
    timestamp title trigger_id ts ts_from ts_to types user user_id usergroup username users view
    view_id
"""
HOSTILE: list[Any] = [
    None, True, -1, 10**30, 1e308, "", "\x00", "²", "x" * 5_000, "1" * 5_000, "C0SMS", "#sms",
    [], [[]], [None, 1, "F1"], {}, {"id": []}, {"type": "modal", "blocks": [{"type": []}]},
    [{"type": "section", "text": []}, {"type": "card"}], [{"id": {}, "title": 3}], '{"a": [',
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
async def test_no_argument_of_any_kind_breaks_a_method(installed: Installed, method: str) -> None:
    """Behind the door for HTTP, where test_webapi.py breaks bodies."""
    api, token = WebApi(installed.workspace._world), installed.installation.bot_token
    for value in HOSTILE:
        for sound in ({}, {"channel": "C0SMS"}, {"user": "U0LIN", "channel": "C0SMS", "text": "x"}):
            args = {**dict.fromkeys(NAMES.split(), value), **sound}
            reply = api._run(method, args, token)
            shown = reply.as_json() if isinstance(reply, Refusal) else reply
            assert "ok" in json.loads(json.dumps(shown))
