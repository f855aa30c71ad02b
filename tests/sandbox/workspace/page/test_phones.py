"""Beside the conversation: the phones of the SMS sandbox."""

import hashlib
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.workspace import Workspace
from tests.sandbox.workspace.page.stage import OpenPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox_and_url() -> AsyncIterator[tuple[TencentSandbox, str]]:
    """Two stand-ins that know each other's address: the workspace moves in on its old port."""
    scout = Workspace()
    url = await scout.start()
    await scout.stop()
    sandbox = TencentSandbox(config=SandboxConfig(allowed_origins=frozenset({url})))
    workspace = Workspace(sandbox_url=await sandbox.start())
    await workspace.start(port=int(url.rpartition(":")[2]))
    yield sandbox, url
    await workspace.stop()
    await sandbox.stop()


async def send(sandbox: TencentSandbox, mobile: str, code: str) -> None:
    """One real v5 request."""
    keys, now = sandbox.credentials, int(time.time())
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


async def test_an_sms_arrives_on_its_phone_while_one_watches(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_page("U0MAYA", url)
    await expect(page.locator(".phone-row").first).to_contain_text("+86 138 0000 0001")
    await send(sandbox, "13800000001", "482913")
    bubble = page.locator(".bubble")
    await expect(bubble).to_contain_text("482913")
    await expect(bubble.locator("strong")).to_have_text(f"【{sandbox.credentials.sign}】")
    assert (await bubble.inner_text()).count("【") == 1


async def test_a_test_number_goes_into_the_message(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    page = await open_page("U0LIN", sandbox_and_url[1])
    await page.fill("[data-role=composer]", "/sms send")
    await page.get_by_role("button", name="把 +86 138 0000 0002 填入消息").click()
    await expect(page.locator("[data-role=composer]")).to_have_value("/sms send +8613800000002 ")
    await expect(page.locator(".phone-row").nth(1)).to_contain_text("空号")


async def test_every_test_number_is_named_in_words(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    page = await open_page("U0MAYA", sandbox_and_url[1])
    await expect(page.locator(".phone-row")).to_have_count(len(sandbox_and_url[0].phones.book()))
    names = await page.locator(".phone-kind").all_inner_texts()
    assert [name for name in names if "_" in name or name.islower()] == []


async def test_without_a_sandbox_there_is_no_phone(open_page: OpenPage) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator(".phones")).to_have_count(0)


async def test_on_a_small_screen_the_parts_are_tabs(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_page("U0MAYA", url)
    await page.set_viewport_size({"width": 390, "height": 844})
    phones = page.locator(".tabs [data-tab=phones]")
    await expect(page.locator(".phones")).to_be_hidden()
    await send(sandbox, "13800000001", "000111")
    await expect(phones).to_contain_text("1")
    await phones.click()
    await expect(page.locator(".bubble")).to_be_visible()
    await expect(phones).not_to_contain_text("1")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 390


async def test_after_a_restart_the_page_catches_up_by_itself(open_page: OpenPage) -> None:
    first = Workspace()
    url = await first.start()
    page = await open_page("U0MAYA", url)
    await first.stop()
    await expect(page.locator(".lost")).to_be_visible()
    second = Workspace()
    await second.start(port=int(url.rpartition(":")[2]))
    await page.locator(".lost").wait_for(state="hidden", timeout=10_000)
    await page.fill("[data-role=composer]", "back again")
    await page.press("[data-role=composer]", "Enter")
    await expect(page.locator(".message")).to_contain_text("back again")
    await second.stop()
