"""What Slack does around a conversation, as the page shows it: late answers, stacks, shortcuts."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from tests.sandbox.workspace.driver import manifest, modal, section
from tests.sandbox.workspace.page.stage import Duo, Json, OpenPage, OtherEnd, plain

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


async def command(page: Page, text: str = "/sms ") -> None:
    await page.fill("[data-role=composer]", text)
    await page.press("[data-role=composer]", "Enter")


async def trigger(page: Page, other_end: OtherEnd) -> str:
    """The trigger_id of a command typed on the page."""
    await command(page)
    return str((await other_end.server.wait_for("command"))[-1].content["trigger_id"])


async def refused(awaitable: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return dict(caught.value.response.data)


async def requests(page: Page, *, only: str = "") -> Locator:
    """The rows of the list of requests that have `only` in them."""
    await page.locator("[data-part=requests]").click()
    await page.get_by_label("Filter by name or result").fill(only)
    return page.locator(".request")


async def test_an_app_on_socket_mode_is_heard_and_answers(open_page: OpenPage, duo: Duo) -> None:
    installed = duo.workspace.install(manifest("", socket_mode=True))
    app = AsyncApp(token=installed.bot_token)
    app.client.base_url = f"{duo.workspace.url}/api/"

    @app.command("/sms")
    async def answer(ack: Any, body: Json, respond: Any) -> None:
        await ack(f"{body['text']}, by Socket Mode")

    handler = AsyncSocketModeHandler(app, installed.app_token, web_client=app.client)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    page = await open_page("U0MAYA")
    await command(page, "/sms hello")
    await expect(page.locator(".message.is-ephemeral")).to_contain_text("hello, by Socket Mode")
    await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


async def test_a_command_that_is_not_answered_says_so_to_its_author(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    over = asyncio.Event()
    other_end.server.answer_never(over)
    other_end.server.answer_status(500)
    for error in ("operation_timeout", "dispatch_failed"):
        await command(page)
        await expect(page.locator(".message.is-ephemeral").last).to_contain_text(error)
    over.set()


async def test_forms_stand_on_each_other_and_an_outdated_change_is_refused(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    first = await trigger(page, other_end)
    view = modal(title=plain("First"), blocks=[section("below")])
    opened = (await other_end.client.views_open(trigger_id=first, view=view))["view"]
    await expect(page.get_by_role("heading", name="First")).to_be_visible()
    again = await refused(other_end.client.views_open(trigger_id=first, view=view))
    assert again["error"] == "exchanged_trigger_id"
    changed = modal(title=plain("First, again"), blocks=[section("below")])
    change = {"view_id": opened["id"], "view": changed}
    await other_end.client.views_update(hash=opened["hash"], **change)
    await expect(page.get_by_role("heading", name="First, again")).to_be_visible()
    outdated = await refused(other_end.client.views_update(hash=opened["hash"], **change))
    assert outdated["error"] == "hash_conflict"
    top = modal(title=plain("Second"), callback_id="second")
    other_end.server.answer_json({"response_action": "push", "view": top})
    await page.get_by_role("button", name="Send", exact=True).last.click()
    await expect(page.get_by_role("heading", name="Second")).to_be_visible()
    await expect(page.locator("dialog")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="First, again")).to_be_visible()
    await expect(page.locator("dialog")).to_have_count(1)


async def test_a_response_url_serves_five_times(open_page: OpenPage, other_end: OtherEnd) -> None:
    page = await open_page("U0MAYA")
    await command(page)
    [typed] = await other_end.server.wait_for("command")
    session = other_end.client.session
    assert session is not None
    for count in range(6):
        async with session.post(typed.content["response_url"], json={"text": str(count)}) as answer:
            assert (answer.status == 200) is (count < 5)
    await expect(page.locator(".message.is-ephemeral")).to_have_count(5)
    await expect(await requests(page, only="used_url")).to_have_count(1)


async def test_shortcuts_are_used_anywhere_and_on_a_message(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    await other_end.client.chat_postMessage(channel="C0SMS", text="Delivered")
    await page.get_by_role("button", name="Shortcuts").press("Enter")
    await page.get_by_role("menuitem", name="Send an SMS").press("Enter")
    [anywhere] = await other_end.server.wait_for("shortcut")
    assert anywhere.content["callback_id"] == "send"
    row = page.locator(".message", has_text="Delivered")
    await row.hover()
    await row.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Look it up").click()
    [on_message] = await other_end.server.wait_for("message_action")
    assert on_message.content["message"]["text"] == "Delivered"


async def test_what_the_manifest_does_not_allow_is_refused_and_listed(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    url, workspace = other_end.server.url, other_end.workspace
    workspace.install(manifest(url, scopes=["commands", "chat:write"], events=()))
    page = await open_page("U0MAYA")
    answer = await refused(other_end.client.users_info(user="U0BO"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert answer["provided"] == "commands,chat:write"
    outside = await refused(other_end.client.chat_postMessage(channel="C0GENERAL", text="hello"))
    assert outside["error"] == "not_in_channel"
    await page.fill("[data-role=composer]", "not for the app")
    await page.press("[data-role=composer]", "Enter")
    await expect(page.locator(".message", has_text="not for the app")).to_be_visible()
    await expect((await requests(page, only="users.info")).first).to_contain_text("missing_scope")
    missing = page.locator(".request").first
    await missing.locator("summary").click()
    await expect(missing.locator("pre")).to_contain_text('"needed": "users:read"')
    await expect(await requests(page, only="not_in_channel")).to_have_count(1)
    assert other_end.server.of("message") == []


async def test_blocks_that_are_none_are_refused_with_the_place_of_the_fault(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    wrong: list[Json] = [{"type": "section"}]
    answer = await refused(
        other_end.client.chat_postMessage(channel="C0SMS", text="x", blocks=wrong)
    )
    assert answer["error"] == "invalid_blocks"
    row = (await requests(page, only="invalid_blocks")).first
    await row.locator("summary").click()
    await expect(row.locator("pre")).to_contain_text("json-pointer:/blocks/0")
    judged = await refused(other_end.client.api_call("blocks.validate", json={"blocks": wrong}))
    assert judged["errors"][0]["pointer"] == "/blocks/0"


async def test_get_and_post_query_form_and_json_say_the_same(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    session, token = other_end.client.session, str(other_end.client.token)
    assert session is not None
    url = f"{other_end.workspace.url}/api/chat.postMessage"
    bearer = {"Authorization": f"Bearer {token}"}
    said = {"channel": "C0SMS", "text": "said"}
    ways: list[dict[str, Any]] = [
        {"method": "GET", "params": {**said, "token": token}},
        {"method": "POST", "data": {**said, "token": token}},
        {"method": "POST", "json": said, "headers": bearer},
        {"method": "POST", "params": {"channel": "C0SMS"}, "data": {"text": "said"}},
    ]
    for way in ways:
        headers = way.pop("headers", {} if "token" in str(way) else bearer)
        async with session.request(url=url, headers=headers, **way) as answer:
            assert (await answer.json())["ok"] is True
    await expect(page.locator(".message", has_text="said")).to_have_count(len(ways))


async def test_an_event_that_is_not_taken_comes_again_with_its_reason(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page = await open_page("U0MAYA")
    other_end.server.answers.append(lambda _: web.Response(status=500))
    await page.fill("[data-role=composer]", "anybody there?")
    await page.press("[data-role=composer]", "Enter")
    first, again = (await other_end.server.wait_for("message", 2))[:2]
    assert "X-Slack-Retry-Num" not in first.headers
    retry = (again.headers["X-Slack-Retry-Num"], again.headers["X-Slack-Retry-Reason"])
    assert retry == ("1", "http_error")
    await expect(await requests(page, only="message")).to_have_count(2)
