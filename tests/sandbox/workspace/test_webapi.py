"""The Web API's door: any way of passing arguments, tokens, scopes, faults."""

import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Fault, FaultKind, Pace, Workspace
from tests.sandbox.workspace.driver import ALL_SCOPES, Installed, manifest

Api = Callable[..., Awaitable[dict[str, Any]]]


def bearer(installed: Installed) -> dict[str, str]:
    return {"Authorization": f"Bearer {installed.installation.bot_token}"}


async def test_the_arguments_may_come_in_the_query_a_form_json_or_multipart(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    url, headers = f"{installed.workspace.url}/api/chat.postMessage", bearer(installed)
    multipart = aiohttp.FormData(default_to_multipart=True)
    multipart.add_field("channel", "C0SMS")
    multipart.add_field("text", "multipart")
    for sent in (
        http.get(url, params={"channel": "C0SMS", "text": "get"}, headers=headers),
        http.post(url, params={"channel": "C0SMS", "text": "query"}, headers=headers),
        http.post(url, data={"channel": "C0SMS", "text": "form"}, headers=headers),
        http.post(url, json={"channel": "C0SMS", "text": "json"}, headers=headers),
        http.post(url, data=multipart, headers=headers),
        http.post(url, params={"channel": "C0SMS"}, json={"text": "both"}, headers=headers),
    ):
        async with sent as answer:
            assert (await answer.json())["ok"] is True
    texts = [m["text"] for m in installed.workspace.messages("C0SMS")]
    assert texts == ["get", "query", "form", "json", "multipart", "both"]


async def test_json_inside_a_form_field_is_read(installed: Installed, api: Api) -> None:
    blocks = [{"type": "divider", "block_id": "d"}]
    posted = await api("chat.postMessage", channel="C0SMS", blocks=json.dumps(blocks), text="x")
    assert posted["message"]["blocks"] == blocks


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "invalid_json"),
        (b"[]", "json_not_object"),
        (b"\xff", "invalid_json"),
        (b'{"text": NaN}', "invalid_json"),
        (b'{"text": "\\ud800"}', "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b'{"blocks":' + b"[" * 500 + b"]" * 500 + b"}", "invalid_json"),
    ],
)
async def test_a_body_that_is_not_clean_json_is_refused(
    installed: Installed, http: aiohttp.ClientSession, body: bytes, error: str
) -> None:
    headers = {**bearer(installed), "Content-Type": "application/json"}
    url = f"{installed.workspace.url}/api/chat.postMessage"
    async with http.post(url, data=body, headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json())["error"] == error


# aiohttp warns about a header it cannot read, and goes on.
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&text=%ED%A0%80&=&&"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"text=x"),
        ("application/x-www-form-urlencoded; charset=zlib", b"text=x"),
        ("application/x-www-form-urlencoded; charset=unicode_escape", b"text=\\ud800"),
        ("application/x-www-form-urlencoded; charset=unicode_escape", b"\\ud800=x"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nb\r\n--x--',
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name"),
        ("text/plain", b"hello"),
        ("nonsense", b"hello"),
    ],
)
async def test_a_broken_form_is_an_error_and_never_a_breakdown(
    installed: Installed, http: aiohttp.ClientSession, content_type: str, body: bytes
) -> None:
    headers = {**bearer(installed), "Content-Type": content_type}
    url = f"{installed.workspace.url}/api/chat.postMessage"
    async with http.post(url, data=body, headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json())["ok"] is False


async def test_a_body_over_a_megabyte_is_refused(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    url = f"{installed.workspace.url}/api/chat.postMessage"
    headers = {**bearer(installed), "Content-Type": "application/json"}
    async with http.post(url, data=io.BytesIO(b"x" * 1_100_000), headers=headers) as answer:
        assert answer.status == 413


async def test_without_a_token_nothing_is_said(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{installed.workspace.url}/api/auth.test") as answer:
        assert await answer.json() == {"ok": False, "error": "not_authed"}


async def test_a_wrong_token_is_refused(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test(token="xoxb-wrong")
    assert caught.value.response["error"] == "invalid_auth"


async def test_an_app_token_opens_nothing_but_sockets(
    installed: Installed, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test(token=installed.installation.app_token)
    assert caught.value.response["error"] == "not_allowed_token_type"
    with pytest.raises(SlackApiError) as caught:
        await client.apps_connections_open(app_token=installed.installation.bot_token)
    assert caught.value.response["error"] == "not_allowed_token_type"
    with pytest.raises(SlackApiError) as caught:
        await client.apps_connections_open(app_token=installed.installation.app_token)
    assert caught.value.response["error"] == "socket_mode_not_enabled"


async def test_an_unknown_method_is_named(api: Api) -> None:
    assert (await api("no.such"))["error"] == "unknown_method"


async def test_the_scopes_are_those_of_the_manifest(
    installed: Installed, client: AsyncWebClient
) -> None:
    answer = await client.auth_test()
    assert answer.headers["X-OAuth-Scopes"].split(",") == ALL_SCOPES


@pytest.mark.parametrize(
    ("method", "args", "needed"),
    [
        ("chat.postMessage", {"channel": "C0SMS", "text": "x"}, "chat:write"),
        (
            "reactions.add",
            {"channel": "C0SMS", "timestamp": "1.1", "name": "eyes"},
            "reactions:write",
        ),
        ("reactions.get", {"channel": "C0SMS", "timestamp": "1.1"}, "reactions:read"),
        ("users.info", {"user": "U0LIN"}, "users:read"),
        ("usergroups.users.list", {"usergroup": "S0ADMINS"}, "usergroups:read"),
        ("conversations.history", {"channel": "C0SMS"}, "channels:history"),
        ("conversations.history", {"channel": "D0LIN"}, "im:history"),
        ("conversations.info", {"channel": "C0SMS"}, "channels:read"),
        ("conversations.info", {"channel": "D0LIN"}, "im:read"),
        ("conversations.list", {"types": "public_channel,im"}, "channels:read,im:read"),
        ("conversations.open", {"users": "U0LIN"}, "im:write"),
        ("conversations.join", {"channel": "C0GENERAL"}, "channels:join"),
        ("team.info", {}, "team:read"),
    ],
)
async def test_a_method_without_its_scope_says_which_and_what_there_is(
    installed: Installed, api: Api, method: str, args: dict[str, str], needed: str
) -> None:
    installed.workspace.install(manifest(installed.app.url, scopes=["commands"], events=()))
    refused = await api(method, **args)
    assert refused == {
        "ok": False,
        "error": "missing_scope",
        "needed": needed,
        "provided": "commands",
    }


async def test_api_test_says_the_arguments_back(client: AsyncWebClient) -> None:
    assert (await client.api_test(foo="bar"))["args"]["foo"] == "bar"
    with pytest.raises(SlackApiError) as caught:
        await client.api_test(error="my_error")
    assert caught.value.response["error"] == "my_error"


async def test_the_app_can_ask_who_and_where_it_is(
    installed: Installed, client: AsyncWebClient
) -> None:
    me = await client.auth_test()
    assert (me["user_id"], me["team_id"]) == (
        installed.installation.bot_user_id,
        installed.installation.team_id,
    )
    assert (await client.team_info())["team"]["name"] == "Local workspace"
    bot = (await client.bots_info(bot=me["bot_id"]))["bot"]
    assert (bot["app_id"], bot["user_id"]) == (installed.installation.app_id, me["user_id"])
    with pytest.raises(SlackApiError) as caught:
        await client.bots_info(bot="B0OTHER")
    assert caught.value.response["error"] == "bot_not_found"


async def test_an_injected_limit_strikes_once_and_stores_nothing(
    installed: Installed, client: AsyncWebClient
) -> None:
    installed.workspace.faults.add(
        Fault("chat.postMessage", FaultKind.RATE_LIMITED, retry_after_s=7)
    )
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SMS", text="x")
    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "7"
    assert installed.workspace.messages("C0SMS") == []
    assert (await client.chat_postMessage(channel="C0SMS", text="x"))["ok"] is True


async def test_an_injected_server_error_strikes_as_often_as_asked(
    installed: Installed, client: AsyncWebClient
) -> None:
    installed.workspace.faults.add(Fault("auth.test", FaultKind.SERVER_ERROR, times=2))
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert caught.value.response.status_code == 500
    assert (await client.auth_test())["ok"] is True


@pytest.mark.parametrize(
    ("kind", "stored"), [(FaultKind.DROP_AFTER, 1), (FaultKind.DROP_BEFORE, 0)]
)
async def test_a_dropped_connection_leaves_the_caller_in_doubt(
    installed: Installed, client: AsyncWebClient, kind: FaultKind, stored: int
) -> None:
    installed.workspace.faults.add(Fault("chat.postMessage", kind))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0SMS", text="x")
    assert len(installed.workspace.messages("C0SMS")) == stored


async def test_the_posting_limit_lets_a_burst_through_and_then_one_a_second(
    http: aiohttp.ClientSession,
) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    workspace = Workspace(clock=lambda: now[0], pace=Pace(limit_posts=True))
    await workspace.start()
    installation = workspace.install(manifest("http://127.0.0.1:9/", events=()))
    client = AsyncWebClient(
        token=installation.bot_token,
        base_url=f"{workspace.url}/api/",
        session=http,
        retry_handlers=[],
    )
    for _ in range(3):
        await client.chat_postMessage(channel="C0SMS", text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SMS", text="x")
    assert caught.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="C0ALERTS", text="another channel")
    now[0] += timedelta(seconds=1)
    await client.chat_postMessage(channel="C0SMS", text="x")
    await workspace.stop()


async def test_the_trace_shows_every_call_and_no_secret(
    installed: Installed, client: AsyncWebClient, api: Api
) -> None:
    await client.chat_postMessage(channel="C0SMS", text="traced")
    await api("auth.test")
    trace = installed.workspace.trace
    [call] = trace.exchanges("chat.postMessage")
    assert (call.status, call.request["text"], call.answer["ok"]) == (200, "traced", True)
    assert installed.installation.bot_token not in json.dumps(trace.as_json())
