"""The page's own API: what it loads, what it hears live, and who may use it."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.locales import Locale, sentences
from bot.sandbox.workspace import Standing, Workspace
from tests.sandbox.workspace.driver import (
    ACTIONS,
    Installed,
    Json,
    Page,
    listening,
    manifest,
    modal,
    section,
)


async def test_the_page_loads_people_places_and_commands(installed: Installed) -> None:
    boot = await installed.page.get("/ui/boot", user="U0MAYA")
    assert boot["team"] == {"id": "T0LOCAL", "name": "Local workspace"}
    assert boot["me"]["groups"] == ["sms-senders", "sms-approvers", "sms-admins"]
    assert {"id": "S0ONCALL", "handle": "sms-oncall"} in boot["groups"]
    people = {user["id"]: user for user in boot["users"]}
    assert people["U0EVE"]["groups"] == []
    assert people["U0SMSBOT"]["is_bot"] is True
    assert {u["locale"] for u in people.values()} == {"zh-CN", "en-US", "en-GB"}
    places = {channel["id"]: channel for channel in boot["channels"]}
    of_bot = {"C0SMS", "C0ALERTS", "C0REVIEWS", "C0REPLIES", "C0REPORTS"}
    assert set(places) == of_bot | {"C0GENERAL", "D0MAYA"}
    assert (places["D0MAYA"]["kind"], places["D0MAYA"]["im_user"]) == ("im", "U0SMSBOT")
    assert "U0SMSBOT" in places["C0SMS"]["members"]
    assert "U0SMSBOT" not in places["C0GENERAL"]["members"]
    assert boot["commands"] == [{"command": "/sms", "description": "Send SMS", "usage_hint": ""}]
    assert boot["app"]["bot_user_id"] == "U0SMSBOT"
    assert boot["sandbox_url"] is None


async def test_before_an_app_is_installed_the_page_still_loads(page: Page) -> None:
    boot = await page.get("/ui/boot")
    assert (boot["app"], boot["commands"], boot["me"]["id"]) == (None, [], "U0LIN")
    assert await page.post("/ui/home", user="U0LIN") == {"view": None}
    assert await page.say("hello") == {"ok": True}
    assert (await page.say("/sms"))["error"] == "unknown_command"


async def test_a_person_who_reloads_gets_every_file_of_the_page_as_it_is_now(page: Page) -> None:
    for name in ("", "app.js", "style.css"):
        async with page.http.get(f"{page.url}/{name}") as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_a_channel_shows_messages_and_ones_own_ephemeral_ones_in_order(
    installed: Installed, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0SMS", text="one")
    await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="two")
    root = await client.chat_postMessage(channel="C0SMS", text="three")
    await client.chat_postMessage(channel="C0SMS", text="reply", thread_ts=root["ts"])

    async def seen_by(user: str) -> list[tuple[str, bool]]:
        shown = await installed.page.get("/ui/messages", user=user, channel="C0SMS")
        return [(m["text"], m["ephemeral"]) for m in shown["messages"]]

    assert await seen_by("U0LIN") == [("one", False), ("two", True), ("three", False)]
    assert await seen_by("U0MAYA") == [("one", False), ("three", False)]
    shown = await installed.page.get("/ui/messages", user="U0LIN", channel="C0SMS")
    assert shown["messages"][2]["reply_count"] == 1
    thread = await installed.page.get("/ui/thread", user="U0LIN", channel="C0SMS", ts=root["ts"])
    assert [m["text"] for m in thread["messages"]] == ["three", "reply"]
    await installed.page.get("/ui/boot", user="U0LIN")
    assert await seen_by("U0LIN") == [("one", False), ("three", False)]


async def test_nobody_reads_somebody_elses_direct_conversation(installed: Installed) -> None:
    await installed.page.say("private", channel="D0LIN")
    url = f"{installed.workspace.url}/ui/messages"
    query = {"user": "U0EVE", "channel": "D0LIN"}
    async with installed.page.http.get(url, params=query) as answer:
        assert answer.status == 404
    assert (await installed.page.say("x", user="U0EVE", channel="D0LIN"))["ok"] is False


async def test_what_happens_is_heard_live(installed: Installed, client: AsyncWebClient) -> None:
    async with listening(installed.page, "U0MAYA") as stream:
        posted = await client.chat_postMessage(channel="C0SMS", text="one", blocks=[ACTIONS])
        heard = await stream.next()
        assert (heard["type"], heard["message"]["text"]) == ("message", "one")
        assert heard["message"]["blocks"] == [ACTIONS]
        await client.chat_update(channel="C0SMS", ts=posted["ts"], text="two")
        heard = await stream.next()
        assert (heard["type"], heard["message"]["text"]) == ("message_changed", "two")
        assert heard["message"]["edited"]["ts"]
        await installed.page.post(
            "/ui/react", user="U0BO", channel="C0SMS", ts=posted["ts"], name="eyes", add=True
        )
        assert await stream.next() == {
            "type": "reaction",
            "channel": "C0SMS",
            "ts": posted["ts"],
            "reactions": [{"name": "eyes", "users": ["U0BO"]}],
        }
        await installed.page.say("reply", user="U0BO", thread_ts=posted["ts"])
        assert (await stream.next())["message"]["thread_ts"] == posted["ts"]
        root = await stream.next()
        assert (root["type"], root["message"]["reply_count"]) == ("message_changed", 1)
        await client.chat_delete(channel="C0SMS", ts=posted["ts"])
        assert await stream.next() == {
            "type": "message_deleted",
            "channel": "C0SMS",
            "ts": posted["ts"],
        }


async def test_only_the_one_person_hears_what_is_for_one_person(
    installed: Installed, client: AsyncWebClient
) -> None:
    async with (
        listening(installed.page, "U0LIN") as mine,
        listening(installed.page, "U0EVE") as theirs,
    ):
        await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="whisper")
        await client.chat_postMessage(channel="D0LIN", text="direct")
        await client.chat_postMessage(channel="C0SMS", text="for all")
        assert [(await mine.next())["message"]["text"] for _ in range(3)] == [
            "whisper",
            "direct",
            "for all",
        ]
        assert (await theirs.next())["message"]["text"] == "for all"


async def test_forms_and_home_tabs_are_heard_live(
    installed: Installed, client: AsyncWebClient
) -> None:
    async with listening(installed.page, "U0LIN") as stream:
        await installed.page.say("/sms form")
        key = installed.app.of("command")[0].content["trigger_id"]
        view = (await client.views_open(trigger_id=key, view=modal()))["view"]
        heard = await stream.next_of("view_opened")
        assert heard["view"] == view
        await client.views_update(view_id=view["id"], view=modal(section("new")))
        assert (await stream.next())["view"]["blocks"][0]["text"]["text"] == "new"
        await installed.page.post("/ui/view/close", user="U0LIN", view_id=view["id"])
        assert await stream.next() == {"type": "view_closed", "view_id": view["id"]}
        await client.views_publish(user_id="U0LIN", view={"type": "home", "blocks": []})
        assert (await stream.next())["type"] == "home"


async def test_a_page_that_loads_again_gets_its_open_forms_back(
    installed: Installed, client: AsyncWebClient
) -> None:
    await installed.page.say("/sms form")
    key = installed.app.of("command")[0].content["trigger_id"]
    view = (await client.views_open(trigger_id=key, view=modal()))["view"]
    boot = await installed.page.get("/ui/boot", user="U0LIN")
    assert [v["id"] for v in boot["views"]] == [view["id"]]


async def test_a_stopping_workspace_ends_the_streams(http: aiohttp.ClientSession) -> None:
    workspace = Workspace()
    page = Page(http, await workspace.start())
    async with http.get(f"{page.url}/ui/events", params={"user": "U0LIN"}) as response:
        await response.content.readline()
        await workspace.stop()
        assert b"data:" not in await response.content.read()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Workspace-Page": "1"}, 200),
        ({}, 403),
        ({"X-Workspace-Page": "1", "Origin": "https://elsewhere.example"}, 403),
        ({"X-Workspace-Page": "1", "Origin": "null"}, 403),
        ({"X-Workspace-Page": "1", "Host": "rebound.example"}, 403),
        ({"X-Workspace-Page": "1", "Host": "[::bad"}, 403),
    ],
)
async def test_only_our_own_page_may_act(
    installed: Installed, headers: dict[str, str], status: int
) -> None:
    body = {"user": "U0LIN", "channel": "C0SMS", "text": "x"}
    url = f"{installed.workspace.url}/ui/say"
    async with installed.page.http.post(url, json=body, headers=headers) as answer:
        assert answer.status == status
    assert len(installed.workspace.messages("C0SMS")) == (status == 200)


async def test_our_own_origin_is_accepted_and_others_may_not_even_read(
    installed: Installed,
) -> None:
    url = f"{installed.workspace.url}/ui/boot"
    for origin, status in ((installed.workspace.url, 200), ("http://localhost:1", 403)):
        async with installed.page.http.get(url, headers={"Origin": origin}) as answer:
            assert answer.status == status


async def test_the_page_is_served_with_a_policy_that_allows_nothing_foreign(
    http: aiohttp.ClientSession,
) -> None:
    workspace = Workspace(sandbox_url="http://127.0.0.1:4321")
    url = await workspace.start()
    async with http.get(f"{url}/") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'self'; connect-src 'self' http://127.0.0.1:4321; img-src 'self' data:; "
            "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(f"{url}/app.js") as answer:
        assert "javascript" in answer.content_type
    for path in ("/..%2fserver.py", "/%2e%2e/server.py", "/nothing.js", "/.hidden", "/a%00b"):
        async with http.get(f"{url}{path}") as answer:
            assert answer.status == 404, path
    await workspace.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com"])
async def test_it_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        await Workspace().start(host)


@pytest.mark.parametrize("locale", list(Locale))
async def test_the_page_gets_its_sentences(page: Page, locale: Locale) -> None:
    assert await page.get("/ui/catalogue", locale=locale.value) == sentences(locale, "page")


async def test_the_trace_can_be_looked_at(installed: Installed) -> None:
    await installed.page.say("/sms help")
    exchanges = (await installed.page.get("/ui/trace"))["exchanges"]
    assert [(e["direction"], e["what"], e["status"]) for e in exchanges] == [("out", "/sms", 200)]


@pytest.mark.parametrize(("last", "shown"), [("1", 1), ("0", 0), ("", 2), ("-1", 2), ("9" * 9, 2)])
async def test_the_page_asks_for_the_latest_of_the_trace(
    installed: Installed, last: str, shown: int
) -> None:
    for text in ("/sms help", "/sms again"):
        await installed.page.say(text)
    exchanges = (await installed.page.get("/ui/trace", last=last))["exchanges"]
    said = [each["request"]["text"] for each in exchanges]
    assert said == ["help", "again"][2 - shown :]


async def test_the_page_sees_who_is_what_and_in_which_group(installed: Installed) -> None:
    installed.workspace.admin.regroup("S0ONCALL", ["U0EVE"])
    installed.workspace.admin.restand("U0EVE", Standing.GUEST)
    found = await installed.page.get("/ui/people", user="U0LIN")
    users = {user["id"]: user for user in found["users"]}
    assert (users["U0EVE"]["standing"], users["U0EVE"]["groups"]) == ("guest", ["sms-oncall"])
    assert {group["id"]: group["members"] for group in found["groups"]}["S0ONCALL"] == ["U0EVE"]
    channels = {channel["id"]: channel for channel in found["channels"]}
    assert {"C0SMS", "C0ALERTS", "C0GENERAL"} <= set(channels)
    assert "U0SMSBOT" in channels["C0SMS"]["members"]
    assert (await installed.page.get("/ui/people", user="U0NOBODY"))["error"] == "user_not_found"


@pytest.mark.parametrize(
    ("text", "error"), [("", "no_text"), ("   ", "no_text"), ("x" * 12_001, "msg_too_long")]
)
async def test_a_line_that_cannot_be_said_says_why(page: Page, text: str, error: str) -> None:
    answer = await page.say(text)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert answer["message"]


async def test_a_four_thousand_character_command_reaches_the_app(installed: Installed) -> None:
    await installed.page.say("/sms " + "x" * 4_000)
    assert installed.app.of("command")[0].content["text"] == "x" * 4_000


PATHS = ["say", "action", "suggest", "view/submit", "view/close", "react", "shortcut", "home"]
JUNK: list[Any] = [
    {},
    {"user": ["U0LIN"]},
    {"user": "U0LIN"},
    {"user": "U0LIN", "channel": {}, "text": 3, "ts": [], "name": {}, "view_id": []},
    {"user": "U0LIN", "channel": "C0SMS", "text": {"a": 1}, "action": "press"},
    {"user": "U0LIN", "channel": "C0SMS", "message_ts": "1.1", "action": {"block_id": []}},
    {"user": "U0LIN", "view_id": "V0", "state": {"values": 3}},
    {"user": "U0SMSBOT", "channel": "C0SMS", "text": "as the bot"},
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", JUNK, ids=lambda body: str(sorted(body)))
async def test_junk_is_refused_and_never_breaks(installed: Installed, path: str, body: Any) -> None:
    answer = await installed.page.post(f"/ui/{path}", **body)
    assert answer.get("ok", False) is False
    assert installed.app.received == [] or path == "home"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'"x"', b'{"user": "\\ud800"}'])
async def test_a_body_that_is_no_object_is_refused(page: Page, path: str, raw: bytes) -> None:
    headers = {"X-Workspace-Page": "1"}
    async with page.http.post(f"{page.url}/ui/{path}", data=raw, headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json())["ok"] is False


async def test_junk_from_the_app_in_a_message_is_drawn_or_refused_but_never_breaks(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {installed.installation.bot_token}"}
    hostile: list[Json] = [
        {"channel": ["C0SMS"], "text": {"a": 1}},
        {"channel": "C0SMS", "text": "x", "blocks": {"type": "section"}},
        {"channel": "C0SMS", "text": "x", "blocks": [None, 1, "a", []]},
        {"channel": "C0SMS", "text": "x", "attachments": [1, {"blocks": 3}]},
        {"channel": "C0SMS", "text": "x", "metadata": [1]},
        {"channel": "C0SMS", "text": "x", "thread_ts": 5},
        {"view": [1], "trigger_id": {}},
        {"user": {}, "users": [1], "limit": "x", "cursor": 3, "timestamp": [], "name": 1},
    ]
    for args in hostile:
        for method in ("chat.postMessage", "views.open", "conversations.open", "users.list"):
            url = f"{installed.workspace.url}/api/{method}"
            async with http.post(url, json=args, headers=headers) as answer:
                assert answer.status == 200
    events = manifest(installed.app.url, events=())
    assert installed.workspace.install(events).bot_token == installed.installation.bot_token
