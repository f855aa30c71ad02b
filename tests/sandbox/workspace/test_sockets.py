"""Socket Mode at the level of frames."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient as AsyncSocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Installation, Pace, Workspace
from tests.sandbox.tencent.tried import Tried
from tests.sandbox.workspace.conformance import NOT_OPENED, OPENED
from tests.sandbox.workspace.driver import (
    ACTIONS,
    INPUT,
    OPTIONS,
    SEARCH,
    Json,
    Page,
    manifest,
    modal,
)


@pytest.fixture
def pace() -> Pace:
    return Pace(answer_within_s=30.0, event_retries_s=(0.0,))


@pytest.fixture
def installation(workspace: Workspace) -> Installation:
    return workspace.install(manifest("", socket_mode=True))


async def address(workspace: Workspace, token: str, http: aiohttp.ClientSession) -> str:
    client = AsyncWebClient(token=token, base_url=f"{workspace.url}/api/", session=http)
    return str((await client.apps_connections_open(app_token=token))["url"])


@pytest.fixture
async def socket(
    workspace: Workspace, installation: Installation, http: aiohttp.ClientSession
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = await address(workspace, installation.app_token, http)
    async with http.ws_connect(url, autoping=False) as opened:
        hello = await opened.receive_json()
        assert hello["type"] == "hello"
        assert hello["connection_info"] == {"app_id": installation.app_id}
        yield opened


@pytest.mark.parametrize("cell", [OPENED], ids=str)
async def test_an_address_is_good_for_one_socket(
    workspace: Workspace, installation: Installation, http: aiohttp.ClientSession, cell: Tried
) -> None:
    url = await address(workspace, installation.app_token, http)
    async with http.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


@pytest.mark.parametrize("cell", [NOT_OPENED], ids=str)
async def test_a_bot_token_opens_no_socket(
    workspace: Workspace, installation: Installation, http: aiohttp.ClientSession, cell: Tried
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await address(workspace, installation.bot_token, http)
    assert caught.value.response["error"] == cell.code


async def test_a_socket_opens_though_the_bots_token_is_revoked(
    workspace: Workspace, installation: Installation, http: aiohttp.ClientSession
) -> None:
    """The app-level token is another one."""
    workspace.admin.revoke()
    async with http.ws_connect(await address(workspace, installation.app_token, http)) as opened:
        assert (await opened.receive_json())["type"] == "hello"


async def test_a_ping_comes_back_with_the_same_bytes(
    socket: aiohttp.ClientWebSocketResponse,
) -> None:
    await socket.ping(b"sdk-ping-pong:1767225600")
    pong = await socket.receive(timeout=30)
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1767225600")


async def test_a_command_waits_for_its_acknowledgement_and_takes_its_payload(
    workspace: Workspace, page: Page, socket: aiohttp.ClientWebSocketResponse
) -> None:
    said = asyncio.create_task(page.say("/sms help"))
    envelope = await socket.receive_json()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["command"] == "/sms"
    await socket.send_str("not json")
    await socket.send_json({"envelope_id": "someone else's"})
    await socket.send_json({"envelope_id": ["x"]})
    assert not said.done()
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "hi"}})
    assert await said == {"ok": True, "command": True}
    assert workspace.ephemeral("U0LIN", "C0SMS")[0]["text"] == "hi"


class TestNobodyAcknowledges:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(answer_within_s=0.2, event_retries_s=(0.0,))

    async def test_an_unacknowledged_command_times_out(
        self, page: Page, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        assert (await page.say("/sms help"))["failed"] == "operation_timeout"

    async def test_an_unacknowledged_event_is_sent_again_as_a_retry(
        self, page: Page, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        await page.say("hello")
        first, second = await socket.receive_json(), await socket.receive_json()
        assert first["payload"] == second["payload"]
        assert first["envelope_id"] != second["envelope_id"]
        assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
        assert (second["retry_attempt"], second["retry_reason"]) == (1, "http_timeout")

    async def test_who_does_not_come_back_leaves_the_rest_to_time_out(
        self, workspace: Workspace, page: Page, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        await page.post("/ui/admin/sockets", reason="warning")
        said = asyncio.create_task(page.say("/sms help"))
        assert (await socket.receive_json())["reason"] == "warning"
        assert (await said)["failed"] == "operation_timeout"


async def test_without_a_socket_a_command_fails_at_once(
    installation: Installation, page: Page
) -> None:
    assert (await page.say("/sms help"))["failed"] == "dispatch_failed"


async def test_a_stopping_workspace_says_goodbye(
    http: aiohttp.ClientSession,
) -> None:
    workspace = Workspace()
    await workspace.start()
    installation = workspace.install(manifest("", socket_mode=True))
    url = await address(workspace, installation.app_token, http)
    async with http.ws_connect(url) as opened:
        await opened.receive_json()
        frames: list[Any] = []

        async def read() -> None:
            async for frame in opened:
                frames.append(json.loads(frame.data)["type"])

        reader = asyncio.create_task(read())
        await workspace.stop()
        await reader
    assert frames == ["disconnect"]


async def test_an_eleventh_socket_is_sent_away(
    workspace: Workspace, installation: Installation, http: aiohttp.ClientSession
) -> None:
    opened = []
    for _ in range(11):
        url = await address(workspace, installation.app_token, http)
        opened.append(await http.ws_connect(url))
    greetings = [await socket.receive_json() for socket in opened]
    assert [g["type"] for g in greetings] == ["hello"] * 10 + ["disconnect"]
    assert greetings[-1]["reason"] == "too_many_websockets"
    for socket in opened:
        await socket.close()


REASONS = pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
MANY = 5


async def send_while_sockets_change(workspace: Workspace, page: Page, reason: str) -> list[Json]:
    """Commands and events before, at and after the moment the client is told to come back."""
    told = {"ok": True, "sockets": 1}
    before = [asyncio.create_task(page.say(f"/sms {n}")) for n in range(MANY)]
    assert await page.post("/ui/admin/sockets", reason=reason) == told
    after = [asyncio.create_task(page.say(f"/sms {n}")) for n in range(MANY, 2 * MANY)]
    for n in range(MANY):
        await page.say(f"event {n}")
    answers = await asyncio.gather(*before, *after)
    await workspace.wait_for(lambda: len(taken(workspace, "message.channels")) >= MANY, 30)
    return answers


def taken(workspace: Workspace, what: str) -> list[Any]:
    return [each for each in workspace.trace.exchanges(what) if each.status == 200]


class TestTheAsynchronousClient:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace()

    @REASONS
    async def test_it_comes_back_when_told_to_and_loses_nothing(
        self, workspace: Workspace, installation: Installation, page: Page, reason: str
    ) -> None:
        web = AsyncWebClient(token=installation.bot_token, base_url=f"{workspace.url}/api/")
        client = AsyncSocketModeClient(installation.app_token, web_client=web)
        heard: list[str] = []

        async def listen(socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            heard.append(request.type)
            await socket.send_socket_mode_response(SocketModeResponse(request.envelope_id))

        client.socket_mode_request_listeners.append(listen)
        await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk types only some
        first = await client.session_id()
        try:
            answers = await send_while_sockets_change(workspace, page, reason)
            assert await client.session_id() != first
        finally:
            await client.close()  # type: ignore[no-untyped-call]  # slack_sdk types only some
        assert answers == [{"ok": True, "command": True}] * 2 * MANY
        assert sorted(heard) == ["events_api"] * MANY + ["slash_commands"] * 2 * MANY


@pytest.mark.parametrize("reason", ["link_disabled", "confetti", None])
async def test_sockets_are_told_to_come_back_for_a_known_reason_only(
    page: Page, socket: aiohttp.ClientWebSocketResponse, reason: str | None
) -> None:
    assert (await page.post("/ui/admin/sockets", reason=reason))["ok"] is False


class TestTheOtherOfficialClient:
    """slack_sdk's own synchronous one: no library below it, threads of its own."""

    @pytest.fixture
    def pace(self) -> Pace:
        return Pace()

    async def test_it_takes_commands_and_events(
        self, workspace: Workspace, installation: Installation, page: Page
    ) -> None:
        heard: list[str] = []
        client = in_threads(workspace, installation, heard)
        await asyncio.to_thread(client.connect)
        try:
            assert await page.say("/sms help") == {"ok": True, "command": True}
            [answer] = workspace.ephemeral("U0LIN", "C0SMS")
            assert answer["text"] == "from a thread"
            await page.say("hello")
            await workspace.wait_for(
                lambda: (
                    workspace.trace.exchanges("message.channels")[-1:]
                    and workspace.trace.exchanges("message.channels")[-1].status == 200
                ),
                30,
            )
        finally:
            await asyncio.to_thread(client.close)
        assert heard == ["slash_commands", "events_api"]

    async def test_it_plays_a_button_a_form_a_search_and_a_shortcut(
        self, workspace: Workspace, installation: Installation, page: Page
    ) -> None:
        heard: list[Json] = []
        client = of_forms(workspace, installation, heard)
        await asyncio.to_thread(client.connect)
        try:
            posted = await asyncio.to_thread(
                client.web_client.chat_postMessage, channel="C0SMS", text="A card", blocks=[ACTIONS]
            )
            assert (await page.press({"ts": posted["ts"]}))["ok"] is True
            [view] = workspace.views("U0LIN")
            asked = {"view_id": view["id"], "block_id": "tpl", "action_id": "pick", "value": "o"}
            assert await page.post("/ui/suggest", user="U0LIN", **asked) == {"options": OPTIONS}
            refused = await page.submit(view, "1")
            assert refused["errors"] == {"who": "Not this one."}
            assert (await page.submit(view, "2"))["ok"] is True
            assert workspace.views("U0LIN") == []
            shortcut = await page.post("/ui/shortcut", user="U0LIN", callback_id="send")
            assert shortcut == {"ok": True}
        finally:
            await asyncio.to_thread(client.close)
        # The posted card is an event too, and may come at any time.
        acts = [each["type"] for each in heard if each["type"] != "event_callback"]
        assert acts == [
            "block_actions",
            "block_suggestion",
            "view_submission",
            "view_submission",
            "shortcut",
        ]

    async def test_it_comes_back_when_told_to_and_loses_nothing(
        self, workspace: Workspace, installation: Installation, page: Page
    ) -> None:
        heard: list[str] = []
        client = in_threads(workspace, installation, heard)
        await asyncio.to_thread(client.connect)
        first = client.session_id()
        try:
            answers = await send_while_sockets_change(workspace, page, "refresh_requested")
            assert client.session_id() != first
        finally:
            await asyncio.to_thread(client.close)
        assert answers == [{"ok": True, "command": True}] * 2 * MANY
        assert sorted(heard) == ["events_api"] * MANY + ["slash_commands"] * 2 * MANY


def in_threads(
    workspace: Workspace, installation: Installation, heard: list[str]
) -> SocketModeClient:
    """The client, which notes what it hears and answers commands."""
    web = WebClient(token=installation.bot_token, base_url=f"{workspace.url}/api/")
    client = SocketModeClient(installation.app_token, web_client=web)

    def listen(socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request.type)
        payload = {"text": "from a thread"} if request.type == "slash_commands" else None
        socket.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    client.socket_mode_request_listeners.append(listen)
    # Each session from its first frame on.
    client.on_message_listeners.append(lambda _: hurry(client))
    return client


def of_forms(
    workspace: Workspace, installation: Installation, heard: list[Json]
) -> SocketModeClient:
    """The client, which opens a form for a button, finds options and reads what is handed in."""
    web = WebClient(token=installation.bot_token, base_url=f"{workspace.url}/api/")
    client = SocketModeClient(installation.app_token, web_client=web)

    def listen(socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
        payload = request.payload
        heard.append(payload)
        answer: Json | None = None
        match payload["type"]:
            case "block_actions":
                view = modal(INPUT, SEARCH | {"optional": True})
                client.web_client.views_open(trigger_id=payload["trigger_id"], view=view)
            case "block_suggestion":
                answer = {"options": OPTIONS}
            case "view_submission":
                [number] = payload["view"]["state"]["values"]["who"].values()
                if number["value"] == "1":
                    answer = {"response_action": "errors", "errors": {"who": "Not this one."}}
        socket.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    client.socket_mode_request_listeners.append(listen)
    client.on_message_listeners.append(lambda _: hurry(client))
    return client


def hurry(client: SocketModeClient) -> None:
    """Closing waits until the client stops waiting for a frame, three seconds by itself."""
    assert client.current_session is not None
    assert client.current_session.sock is not None
    client.current_session.sock.settimeout(0.02)
