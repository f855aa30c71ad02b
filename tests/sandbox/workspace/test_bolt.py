"""A whole story with Bolt, unmodified, over signed HTTP and over Socket Mode."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Workspace
from tests.sandbox.workspace.driver import ACTIONS, INPUT, Json, Page, manifest, modal, plain

FORM = modal(
    INPUT,
    {
        "type": "input",
        "block_id": "tpl",
        "label": plain("Template"),
        "element": {"type": "external_select", "action_id": "pick", "min_query_length": 0},
    },
)
PROOF = modal(
    {
        "type": "input",
        "block_id": "proof",
        "label": plain("Proof"),
        "element": {
            "type": "file_input",
            "action_id": "file",
            "filetypes": ["png"],
            "max_files": 1,
        },
    },
    callback_id="proof",
)
PNG = b"\x89PNG\r\n\x1a\n" + b"proof"
LOGIN = {"text": plain("Login"), "value": "1001"}


def build(client: AsyncWebClient, **more: Any) -> AsyncApp:
    """Command, form with a search, card with a button, reactions: as the real bot does it."""
    app = AsyncApp(client=client, **more)

    @app.command("/sms")
    async def command(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.options("pick")
    async def options(ack: Any, payload: Json) -> None:
        await ack(options=[LOGIN] if "log" in payload["value"] else [])

    @app.view("form")
    async def submitted(ack: Any, view: Json, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        if values["who"]["number"]["value"] == "bad":
            await ack(response_action="errors", errors={"who": "Not a number"})
            return
        await ack()
        chosen = values["tpl"]["pick"]["selected_option"]["value"]
        await client.chat_postMessage(channel="C0SMS", text=f"ready {chosen}", blocks=[ACTIONS])

    @app.action("go")
    async def pressed(ack: Any, body: Json, client: AsyncWebClient, respond: Any) -> None:
        await ack()
        message = body["message"]
        await client.chat_update(channel="C0SMS", ts=message["ts"], text="sent", blocks=[])
        await respond("thank you")

    @app.event("reaction_added")
    async def reacted(event: Json, client: AsyncWebClient) -> None:
        item = event["item"]
        await client.reactions_add(channel=item["channel"], timestamp=item["ts"], name="eyes")

    @app.event("message")
    async def said() -> None:
        return

    listen_to_shortcuts(app)
    return app


def listen_to_shortcuts(app: AsyncApp) -> None:
    """One opens a form for a picture, which comes back into the channel; one answers beside."""

    @app.shortcut("send")
    async def anywhere(ack: Any, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=PROOF)

    @app.shortcut("why")
    async def on_message(ack: Any, shortcut: Json, respond: Any) -> None:
        await ack()
        await respond(f"About {shortcut['message']['text']}")

    @app.view("proof")
    async def proof(ack: Any, view: Json, client: AsyncWebClient) -> None:
        await ack()
        [file] = view["state"]["values"]["proof"]["file"]["files"]
        headers = {"Authorization": f"Bearer {client.token}"}
        async with (
            aiohttp.ClientSession() as http,
            http.get(file["url_private_download"], headers=headers) as answer,
        ):
            content = await answer.read()
        await client.files_upload_v2(
            channel="C0SMS", filename="copy.png", content=content, initial_comment="Seen"
        )


async def play(workspace: Workspace, page: Page) -> None:
    """Type the command, search, fail, correct, send, press, react; each step must be seen."""
    assert await page.say("/sms send") == {"ok": True, "command": True}
    [view] = await workspace.wait_for(lambda: workspace.views("U0LIN"), 30)
    at = {"user": "U0LIN", "view_id": view["id"]}
    found = await page.post("/ui/suggest", block_id="tpl", action_id="pick", value="log", **at)
    assert found == {"options": [LOGIN]}

    def filled(number: str) -> Json:
        chosen = {"type": "external_select", "selected_option": LOGIN}
        typed = {"type": "plain_text_input", "value": number}
        return {"values": {"who": {"number": typed}, "tpl": {"pick": chosen}}}

    refused = await page.post("/ui/view/submit", state=filled("bad"), **at)
    assert refused == {"ok": False, "errors": {"who": "Not a number"}}
    assert await page.post("/ui/view/submit", state=filled("+86138"), **at) == {"ok": True}
    [card] = await workspace.wait_for(lambda: workspace.messages("C0SMS"), 30)
    assert card["text"] == "ready 1001"
    assert await page.press(card) == {"ok": True}
    [thanks] = await workspace.wait_for(lambda: workspace.ephemeral("U0LIN", "C0SMS"), 30)
    assert thanks["text"] == "thank you"
    assert workspace.messages("C0SMS")[0]["text"] == "sent"
    await page.post("/ui/react", user="U0BO", channel="C0SMS", ts=card["ts"], name="+1", add=True)
    await workspace.wait_for(
        lambda: len(workspace.messages("C0SMS")[0].get("reactions", [])) > 1, 30
    )


async def play_with_files(workspace: Workspace, page: Page) -> None:
    """A shortcut opens a form, a picture goes in, its copy comes back, a shortcut looks at it."""
    by = {"user": "U0LIN"}
    assert await page.post("/ui/shortcut", callback_id="send", **by) == {"ok": True}
    [view] = await workspace.wait_for(lambda: workspace.views("U0LIN"), 30)
    file = (await page.upload("proof.png", PNG))["file"]
    entry = {"type": "file_input", "files": [{"id": file["id"]}]}
    values = {"values": {"proof": {"file": entry}}}
    sent = await page.post("/ui/view/submit", view_id=view["id"], state=values, **by)
    assert sent == {"ok": True}
    [copy] = await workspace.wait_for(lambda: workspace.messages("C0SMS"), 30)
    assert (copy["text"], copy["files"][0]["size"]) == ("Seen", len(PNG))
    at = {"channel": "C0SMS", "message_ts": copy["ts"]}
    assert await page.post("/ui/shortcut", callback_id="why", **at, **by) == {"ok": True}
    [said] = await workspace.wait_for(lambda: workspace.ephemeral("U0LIN", "C0SMS"), 30)
    assert said["text"] == "About Seen"


@pytest.fixture
def client_to(workspace: Workspace, http: aiohttp.ClientSession) -> AsyncWebClient:
    """Its token comes with the installation."""
    return AsyncWebClient(base_url=f"{workspace.url}/api/", session=http)


@pytest.fixture
async def over_http(workspace: Workspace, client_to: AsyncWebClient) -> AsyncIterator[Workspace]:
    routes = web.Application()
    runner = web.AppRunner(routes, shutdown_timeout=0.1)
    apps: list[AsyncApp] = []

    async def handle(request: web.Request) -> web.Response:
        answer = await apps[0].async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    routes.router.add_post("/slack/events", handle)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    installation = workspace.install(manifest(f"http://127.0.0.1:{port}/slack/events"))
    client_to.token = installation.bot_token
    apps.append(build(client_to, signing_secret=installation.signing_secret))
    yield workspace
    await runner.cleanup()


async def test_the_story_plays_over_signed_http(over_http: Workspace, page: Page) -> None:
    await play(over_http, page)
    sent = {e.what: e.status for e in over_http.trace.exchanges() if e.direction == "out"}
    assert sent["url_verification"] == 200
    assert set(sent.values()) == {200}


async def test_files_and_shortcuts_work_over_signed_http(over_http: Workspace, page: Page) -> None:
    await play_with_files(over_http, page)


@pytest.fixture
async def over_socket(
    workspace: Workspace, client_to: AsyncWebClient
) -> AsyncIterator[tuple[Workspace, AsyncSocketModeHandler]]:
    installation = workspace.install(manifest("", socket_mode=True))
    client_to.token = installation.bot_token
    handler = AsyncSocketModeHandler(build(client_to), installation.app_token, ping_interval=0.5)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    yield workspace, handler
    await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


async def test_the_story_plays_over_socket_mode_and_outlives_pings(
    over_socket: tuple[Workspace, AsyncSocketModeHandler], page: Page
) -> None:
    workspace, handler = over_socket
    await play(workspace, page)
    async with asyncio.timeout(30):
        # Set by the client when one of its own pings has come back unchanged.
        while handler.client.last_ping_pong_time is None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)
    assert len(workspace.trace.exchanges("apps.connections.open")) == 1


async def test_files_and_shortcuts_work_over_socket_mode(
    over_socket: tuple[Workspace, AsyncSocketModeHandler], page: Page
) -> None:
    await play_with_files(over_socket[0], page)
