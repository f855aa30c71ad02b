"""Beside the conversation: every request to the two stand-ins, and from them."""

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.tencent.actions import ACTIONS
from tests.sandbox.tencent.callers import Caller, tc3_headers
from tests.sandbox.workspace.page.stage import OpenPage, OtherEnd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

NUMBER = "+8613800000001"


async def ask_by_get(caller: Caller, query: str) -> None:
    """DescribeSmsTemplateList of the older version, asked with GET."""
    keys, form = caller.sandbox.credentials, "application/x-www-form-urlencoded"
    signed = tc3_headers(
        keys.secret_id,
        keys.secret_key,
        host=caller.host,
        timestamp=caller.sandbox.world.now_ms // 1000,
        method="GET",
        query=query,
        content_type=form,
    )
    named = {"X-TC-Action": "DescribeSmsTemplateList", "X-TC-Version": "2019-07-11", **signed}
    url = f"{caller.sandbox.url}/?{query}"
    async with caller.session.get(url, headers=named) as answer:
        assert "DescribeTemplateStatusSet" in await answer.text()


async def open_requests(open_page: OpenPage, user: str = "U0MAYA") -> Page:
    page = await open_page(user)
    await page.locator("[data-part=requests]").click()
    return page


async def test_every_action_of_api_3_0_is_listed_with_its_result(
    open_page: OpenPage, other_end: OtherEnd, caller: Caller
) -> None:
    assert len(ACTIONS) == 20
    for action in ACTIONS:
        await caller.call(action, caller.order(NUMBER) if action == "SendSms" else {"No": 1})
    page = await open_requests(open_page)
    await page.locator("[data-side=tencent]").first.click()
    names = page.locator(".request-name")
    await expect(names).to_have_count(len(ACTIONS))
    assert sorted(await names.all_inner_texts()) == sorted(ACTIONS)
    row = page.locator(".request", has_text="SendSms")
    await expect(row).to_contain_text("Ok")
    await row.locator("summary").press("Enter")
    await expect(row.locator("pre")).to_contain_text(NUMBER)
    unknown = page.locator(".request", has_text="AddSmsSign").first
    await expect(unknown.locator(".request-result")).to_contain_text("MissingParameter")


async def test_get_v5_and_the_older_version_are_listed_beside_what_slack_hears(
    open_page: OpenPage, other_end: OtherEnd, caller: Caller
) -> None:
    await ask_by_get(caller, "International=0&TemplateIdSet.0=1110")
    await caller.v5("get_template", {"tpl_id": [1110]}, "")
    await caller.call("SendSms", caller.order(NUMBER), timestamp=1_700_000_000)
    await other_end.client.chat_postMessage(channel="C0SMS", text="hello")
    page = await open_requests(open_page, "U0LIN")
    listed = page.locator(".request")
    await expect(listed.filter(has_text="get_template")).to_be_visible()
    asked = listed.filter(has_text="DescribeSmsTemplateList")
    await asked.locator("summary").click()
    await expect(asked.locator("pre")).to_contain_text('"method": "GET"')
    await expect(asked.locator(".request-result")).to_have_text("ok")
    await expect(listed.filter(has_text="SendSms")).to_contain_text("AuthFailure.SignatureExpire")
    await expect(listed.filter(has_text="机器人 → Slack")).to_contain_text("chat.postMessage")
    await page.locator(".segmented [data-side=slack]").press("Enter")
    await expect(page.locator(".segmented [data-side=slack]")).to_be_focused()
    await expect(listed.filter(has_text="get_template")).to_have_count(0)


async def test_an_open_request_stays_open_when_others_come(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    await other_end.client.chat_postMessage(channel="C0SMS", text="first")
    page = await open_requests(open_page)
    opened = page.locator(".request", has_text="chat.postMessage")
    await opened.locator("summary").press("Enter")
    await expect(opened.locator("pre")).to_contain_text("first")
    await other_end.client.reactions_get(
        channel="C0SMS", timestamp=other_end.workspace.messages("C0SMS")[0]["ts"]
    )
    await page.locator("[data-part=requests]").click()
    await expect(page.locator(".request-name").first).to_have_text("reactions.get")
    await expect(opened.locator("pre")).to_be_visible()


async def test_the_whole_list_is_there_as_json_without_secrets(
    open_page: OpenPage, other_end: OtherEnd
) -> None:
    await other_end.client.chat_postMessage(channel="C0SMS", text="hello")
    page = await open_requests(open_page)
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Slack").click()
    trace = await (await opening.value).locator("body").inner_text()
    assert "chat.postMessage" in trace
    assert str(other_end.client.token) not in trace
