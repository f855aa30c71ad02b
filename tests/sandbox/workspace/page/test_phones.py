"""Beside the conversation: the phones of the SMS sandbox."""

from datetime import timedelta

import pytest
from playwright.async_api import Route, expect

from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.workspace import Workspace
from tests.sandbox.tencent.callers import Caller
from tests.sandbox.workspace.page.stage import OpenPage, Watch, send

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_an_sms_arrives_on_its_phone_while_one_watches(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator(".phone-row").first).to_contain_text("+86 138 0000 0001")
    await send(sandbox, "13800000001", "482913")
    bubble = page.locator(".bubble")
    await expect(bubble).to_contain_text("482913")
    await expect(bubble.locator("strong")).to_have_text(f"【{sandbox.credentials.sign}】")
    assert (await bubble.inner_text()).count("【") == 1


async def test_an_sms_that_arrives_while_the_book_loads_is_not_lost(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator(".phone-row").first).to_be_visible()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await send(sandbox, "13800000001", "482913")
        await route.fulfill(response=answer)

    await page.route("**/_sandbox/phones", late, times=1)
    await page.reload()
    await expect(page.locator(".bubble")).to_contain_text("482913")


async def test_the_page_is_whole_by_the_other_name_of_this_machine_too(
    open_page: OpenPage, sandbox: TencentSandbox, home: str
) -> None:
    page = await open_page("U0MAYA", home.replace("127.0.0.1", "localhost"), once=True)
    await expect(page.locator(".phone-row").first).to_contain_text("+86 138 0000 0001")
    await expect(page.locator(".unreached")).to_be_hidden()


async def test_a_simulator_that_cannot_be_reached_is_said_to_be_silent(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0LIN")
    await page.route("**/_sandbox/**", lambda route: route.abort())
    await page.reload()
    await expect(page.locator(".unreached")).to_have_text("短信模拟器没有响应，请确认它仍在运行。")


async def test_a_test_number_goes_into_the_message(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0LIN")
    await page.fill("[data-role=composer]", "/sms send")
    await page.get_by_role("button", name="把 +86 138 0000 0002 填入消息").click()
    await expect(page.locator("[data-role=composer]")).to_have_value("/sms send +8613800000002 ")
    await expect(page.locator(".phone-row").nth(1)).to_contain_text("空号")


async def test_every_test_number_is_named_in_words(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator(".phone-row")).to_have_count(len(sandbox.phones.book()))
    names = await page.locator(".phone-kind").all_inner_texts()
    assert [name for name in names if "_" in name or name.islower()] == []


async def test_a_reply_goes_out_with_enter_and_is_seen_on_every_page(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    maya, lin = await open_page("U0MAYA"), await open_page("U0LIN")
    await send(sandbox, "13800000001", "482913")
    field = maya.get_by_label("Reply from +86 138 0000 0001")
    await field.fill("Who is this?")
    await field.press("Enter")
    for page in (maya, lin):
        await expect(page.locator(".bubble.is-own p")).to_contain_text("Who is this?")
    await expect(maya.locator(".bubble.is-own")).to_have_count(1)
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()
    (reply,) = sandbox.world.state.account.replies
    assert (reply.sign, reply.text) == (sandbox.credentials.sign, "Who is this?")


async def test_a_reply_is_still_there_when_the_page_comes_back(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    await send(sandbox, "13800000001", "482913")
    sandbox.world.replies.receive("+8613800000001", "R", None)
    page = await open_page("U0LIN")
    await expect(page.locator(".bubble")).to_have_count(2)
    await expect(page.locator(".bubble").last).to_contain_text("R")


async def test_a_half_written_reply_stays_with_its_phone(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0MAYA")
    await send(sandbox, "13800000001", "1111")
    field = page.locator("[data-role=reply]")
    await field.fill("half")
    await send(sandbox, "13800000001", "2222")
    await expect(page.locator(".bubble")).to_have_count(2)
    await expect(field).to_be_focused()
    await page.locator(".phone-pick").nth(2).click()
    await expect(field).to_be_hidden()
    await page.locator(".phone-pick").nth(0).click()
    await expect(field).to_have_value("half")


async def test_a_reply_that_would_reach_nobody_says_why_and_is_kept(
    open_page: OpenPage, sandbox: TencentSandbox, watch: Watch
) -> None:
    page = await open_page("U0LIN")
    await send(sandbox, "13800000001", "482913")
    field = page.locator("[data-role=reply]")
    await field.fill("R")
    watch.ahead += timedelta(hours=73)
    await page.get_by_role("button", name="回复", exact=True).click()
    await expect(page.locator(".reply-box [role=alert]")).to_contain_text("最近 72 小时")
    await expect(field).to_have_value("R")
    await expect(page.locator(".bubble.is-own")).to_have_count(0)


async def test_without_a_sandbox_there_is_no_phone(open_page: OpenPage) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator(".panel")).to_have_count(0)


async def test_on_a_small_screen_the_parts_are_tabs(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0MAYA")
    await page.set_viewport_size({"width": 390, "height": 844})
    phones = page.locator(".tabs [data-tab=panel]")
    await expect(page.locator(".phones")).to_be_hidden()
    await send(sandbox, "13800000001", "000111")
    await expect(phones).to_contain_text("1")
    await phones.click()
    await expect(page.locator(".bubble")).to_be_visible()
    await expect(phones).not_to_contain_text("1")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 390


async def test_an_sms_behind_another_part_of_the_panel_counts_as_unread(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_page("U0MAYA")
    phones = page.locator("[data-part=phones]")
    await page.locator("[data-part=reviews]").press("Enter")
    await expect(page.locator("[data-part=reviews]")).to_be_focused()
    await send(sandbox, "13800000001", "000111")
    await expect(phones.locator(".count")).to_contain_text("1")
    await phones.click()
    await expect(page.locator(".bubble")).to_be_visible()
    await expect(phones.locator(".count")).to_have_count(0)


COUNT_DRAWS = """() => {
    window.drawn = { times: 0, frames: 0 };
    const list = document.querySelector(".phone-row").parentElement;
    new MutationObserver(() => (window.drawn.times += 1)).observe(list, { childList: true });
    const count = () => ((window.drawn.frames += 1), requestAnimationFrame(count));
    requestAnimationFrame(count);
}"""


async def test_a_send_to_hundreds_draws_once_a_frame_and_lists_the_latest(
    open_page: OpenPage, sandbox: TencentSandbox, caller: Caller
) -> None:
    numbers = [f"+86138{at:08}" for at in range(60_000_000, 60_000_500)]
    listed, page = len(sandbox.phones.book()), await open_page("U0MAYA")
    await page.evaluate(COUNT_DRAWS)
    await page.locator("[data-part=reviews]").press("Enter")
    for part in (numbers[:200], numbers[200:400], numbers[400:]):
        await caller.call("SendSms", caller.order(*part))
    unread = page.locator("[data-part=phones] .count")
    await expect(unread).to_contain_text("500")
    rows = page.locator(".phone-row")
    await expect(rows).to_have_count(listed + 50)
    await expect(rows.nth(listed)).to_have_attribute("data-number", numbers[-1])
    await expect(page.locator(".phone-book")).to_contain_text("and 450 more numbers")
    drawn = await page.evaluate("window.drawn")
    # A frame of the counter may be drawn before or behind the page's own.
    assert 0 < drawn["times"] <= drawn["frames"] + 5


async def test_after_a_restart_the_page_catches_up_by_itself(open_page: OpenPage) -> None:
    first = Workspace()
    url = await first.start()
    page = await open_page("U0MAYA", url, once=True)
    await first.stop()
    await expect(page.locator(".lost")).to_be_visible()
    second = Workspace()
    await second.start(port=int(url.rpartition(":")[2]))
    await page.locator(".lost").wait_for(state="hidden", timeout=30_000)
    await page.fill("[data-role=composer]", "back again")
    await page.press("[data-role=composer]", "Enter")
    await expect(page.locator(".message")).to_contain_text("back again")
    await second.stop()
