"""Beside the conversation: the console's pages of the workspace, and what goes wrong at Slack."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect
from slack_sdk.errors import SlackApiError

from tests.sandbox.workspace.page.stage import OpenPage, OtherEnd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


async def open_setting(
    open_page: OpenPage, other_end: OtherEnd, name: str, user: str = "U0MAYA"
) -> tuple[Page, Locator]:
    """The page, and one page of the console, opened."""
    page = await open_page(user)
    await page.locator("[data-part=console]").click()
    setting = page.locator(f'.setting[data-page="{name}"]')
    await setting.locator("summary").click()
    return page, setting


async def error_of(awaitable: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return str(caught.value.response["error"])


async def order(setting: Locator, target: str, kind: str, **figures: str) -> None:
    await setting.get_by_label("Which").select_option(target)
    await setting.get_by_label("Goes wrong how").select_option(kind)
    for label, figure in figures.items():
        await setting.get_by_label(label).fill(figure)
    # The row of an order before this one may still be on the page: the answer says this one stands.
    async with setting.page.expect_response("**/ui/faults/add") as answer:
        await setting.get_by_role("button", name="Order").press("Enter")
    assert (await answer.value).ok
    await expect(setting.locator(".row")).to_contain_text([target])


async def test_an_archived_channel_can_be_read_but_takes_nothing_new(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    client = other_end.client
    await client.chat_postMessage(channel="C0SMS", text="before")
    page, channels = await open_setting(open_page, other_end, "channels")
    row = channels.get_by_role("group", name="#sms", exact=True)
    archived = row.get_by_role("switch", name="Archived")
    await archived.press("Space")
    await expect(page.locator("[data-role=composer]")).to_be_hidden()
    await expect(page.locator(".archived")).to_contain_text("archived")
    await expect(page.locator(".message")).to_contain_text("before")
    await expect(page.locator("[data-channel=C0SMS] .badge")).to_have_text("archived")
    assert await error_of(client.chat_postMessage(channel="C0SMS", text="x")) == "is_archived"
    await archived.press("Space")
    await expect(page.locator("[data-role=composer]")).to_be_visible()
    await expect(archived).not_to_be_checked()


async def test_the_app_hears_nothing_of_a_channel_it_was_taken_out_of(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    _, channels = await open_setting(open_page, other_end, "channels", "U0LIN")
    row = channels.get_by_role("group", name="#sms", exact=True)
    present = row.get_by_role("switch", name="应用在频道中")
    await expect(present).to_be_checked()
    await present.press("Space")
    await other_end.server.wait_for("member_left_channel")
    refused = error_of(other_end.client.chat_postMessage(channel="C0SMS", text="x"))
    assert await refused == "not_in_channel"
    await present.press("Space")
    await other_end.server.wait_for("member_joined_channel")


async def test_who_is_in_a_group_changes_and_the_menu_of_people_knows_it(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page, people = await open_setting(open_page, other_end, "people")
    eve = people.get_by_role("group", name="Eve")
    await eve.get_by_role("switch", name="@sms-senders").press("Space")
    await other_end.server.wait_for("subteam_members_changed")
    listed = await other_end.client.usergroups_users_list(usergroup="S0SENDERS")
    assert "U0EVE" in listed["users"]
    await expect(eve.get_by_role("switch", name="@sms-senders")).to_be_checked()
    async with page.expect_response("**/ui/admin/standing"):
        await eve.get_by_label("Membership").select_option("Deactivated")
    await expect(eve.get_by_label("Membership")).to_have_value("deactivated")
    told = await other_end.client.users_info(user="U0EVE")
    assert told["user"]["deleted"] is True
    await page.locator("[data-role=act-as]").click()
    entry = page.get_by_role("menuitemradio").filter(has_text="Eve")
    await expect(entry).to_contain_text("@sms-senders")


async def test_a_revoked_token_is_refused_until_it_works_again(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    _, faults = await open_setting(open_page, other_end, "slack_faults")
    revoked = faults.get_by_role("switch", name="The app’s token is revoked")
    await revoked.press("Space")
    await expect(faults.locator(".page-now")).to_have_text("token revoked")
    assert await error_of(other_end.client.auth_test()) == "account_inactive"
    await revoked.press("Space")
    await expect(revoked).not_to_be_checked()
    assert (await other_end.client.auth_test())["ok"] is True


async def test_calls_are_limited_broken_refused_and_late_to_order(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    _, faults = await open_setting(open_page, other_end, "slack_faults")
    client = other_end.client

    def said() -> Awaitable[object]:
        return client.chat_postMessage(channel="C0SMS", text="x")

    await order(faults, "chat.postMessage", "429, rate limited", **{"Retry-After": "7"})
    with pytest.raises(SlackApiError) as limited:
        await said()
    assert (limited.value.response.status_code, limited.value.response["error"]) == (
        429,
        "ratelimited",
    )
    assert limited.value.response.headers["Retry-After"] == "7"
    await order(faults, "chat.postMessage", "HTTP 500")
    with pytest.raises(SlackApiError) as broken:
        await said()
    assert broken.value.response.status_code == 500
    await order(faults, "chat.postMessage", "Refused", Error="fatal_error")
    assert await error_of(said()) == "fatal_error"
    await order(faults, "chat.postMessage", "Slow", **{"Late by": "5"})
    waiting = asyncio.ensure_future(said())
    await other_end.workspace.wait_for(lambda: other_end.workspace.messages("C0SMS"), 5)
    assert not waiting.done()
    waiting.cancel()
    await order(faults, "chat.postMessage", "Lost before anything is done")
    with pytest.raises(aiohttp.ClientError):
        await said()
    assert [each["text"] for each in other_end.workspace.messages("C0SMS")] == ["x"]


async def test_an_event_comes_twice_to_order_and_an_order_is_taken_back(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    page, faults = await open_setting(open_page, other_end, "slack_faults")
    await order(faults, "message.channels", "Sent twice")
    await faults.get_by_role("button", name="Take out message.channels").press("Enter")
    await expect(faults).to_contain_text("Nothing is ordered.")
    await order(faults, "message.channels", "Sent twice")
    await page.fill("[data-role=composer]", "twice")
    await page.press("[data-role=composer]", "Enter")
    events = await other_end.server.wait_for("message", 2)
    assert [each.content["event"]["text"] for each in events] == ["twice", "twice"]
