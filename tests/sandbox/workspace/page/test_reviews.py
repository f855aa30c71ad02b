"""Beside the conversation: the reviewer's desk of the SMS sandbox."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.content import Review
from tests.sandbox.workspace.page.stage import OpenPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

IN_REVIEW = 1114
NOT_YET = 1116
SIGNATURE = 111


def template(page: Page, number: int) -> Locator:
    return page.locator(f'[data-review="templates {number}"]')


async def open_desk(open_page: OpenPage, user: str = "U0MAYA", *, once: bool = False) -> Page:
    page = await open_page(user, once=once)
    await page.locator("[data-part=reviews]").click()
    await expect(template(page, IN_REVIEW)).to_be_visible()
    return page


async def test_what_waits_is_shown_with_its_kind_its_text_and_whose_desk_it_is(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page, "U0LIN")
    await expect(page.locator(".reviews .ours")).to_contain_text("不是腾讯云控制台")
    await expect(template(page, IN_REVIEW)).to_contain_text("您预约的时间是{1}，请准时到达。")
    await expect(template(page, IN_REVIEW)).to_contain_text("30天前提交")
    await expect(template(page, IN_REVIEW).locator(".badge")).to_have_text(
        ["正文模板", "通知", "国内"]
    )
    await expect(page.locator(f'[data-review="signatures {SIGNATURE}"]')).to_contain_text(
        "【新品预告】"
    )
    await expect(page.locator(".review")).to_have_count(3)


async def test_an_approval_makes_it_usable_and_the_focus_goes_on(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page)
    await template(page, IN_REVIEW).get_by_role("button", name="Approve", exact=True).press("Enter")
    await expect(template(page, IN_REVIEW)).to_have_count(0)
    assert sandbox.world.state.templates[IN_REVIEW].status is Review.USABLE
    await expect(template(page, NOT_YET).locator("[data-verdict=approve]")).to_be_focused()


async def test_approved_but_not_usable_yet_stays_on_the_desk(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page)
    card = template(page, IN_REVIEW)
    await card.get_by_role("button", name="Approve, not usable yet").click()
    await expect(card).to_contain_text("Approved, but not usable yet.")
    await expect(card.locator("[data-verdict]")).to_have_text(["Approve", "Reject …"])
    assert sandbox.world.state.templates[IN_REVIEW].status is Review.NOT_YET_EFFECTIVE
    signature = page.locator(f'[data-review="signatures {SIGNATURE}"]')
    await signature.locator("[data-verdict=approve]").click()
    await expect(signature).to_contain_text("Approved. Usable from")
    await expect(signature.locator("[data-verdict]")).to_have_text(["Reject …"])


async def test_a_rejection_needs_a_reason_and_escape_takes_it_back(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page)
    card = template(page, IN_REVIEW)
    await card.locator("[data-verdict=reject]").press("Enter")
    reason = card.get_by_label("Reason for the rejection")
    await expect(reason).to_be_focused()
    await reason.press("Enter")
    await expect(card.get_by_role("alert")).to_contain_text("Write a reason")
    await reason.press("Escape")
    await expect(reason).to_be_hidden()
    await expect(card.locator("[data-verdict=reject]")).to_be_focused()
    await card.locator("[data-verdict=reject]").press("Enter")
    await reason.fill("Say who writes.")
    await reason.press("Enter")
    await expect(card).to_have_count(0)
    rejected = sandbox.world.state.templates[IN_REVIEW]
    assert (rejected.status, rejected.review_reply) == (Review.REJECTED, "Say who writes.")


async def test_what_comes_later_appears_by_itself_and_disturbs_no_half_written_reason(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page)
    await template(page, IN_REVIEW).locator("[data-verdict=reject]").click()
    reason = template(page, IN_REVIEW).get_by_label("Reason for the rejection")
    await reason.fill("Half a rea")
    templates = sandbox.world.state.templates
    later = replace(templates[IN_REVIEW], template_id=20001, name="Later", remark="For Friday")
    templates[20001] = later
    sandbox.world.save()
    await expect(template(page, 20001)).to_contain_text("Remark: For Friday")
    await expect(reason).to_have_value("Half a rea")
    await expect(reason).to_be_focused()


async def test_who_decides_when_nobody_does_is_counted_down(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    templates = sandbox.world.state.templates

    async def shown(user: str, *, due_in_s: int, words: str) -> Locator:
        due_at_ms = sandbox.world.now_ms + 1000 * due_in_s
        templates[IN_REVIEW] = replace(templates[IN_REVIEW], decide_at_ms=due_at_ms)
        card = template(await open_desk(open_page, user), IN_REVIEW)
        await expect(card).to_contain_text(words)
        return card

    yours = "yours to decide. If you do not, the simulator does in 2 minutes, at "
    await shown("U0MAYA", due_in_s=170, words=yours)
    card = await shown("U0LIN", due_in_s=50, words="由你决定。你若不决定，模拟器将在")
    # However long it took until here, five seconds are left from here on.
    due_at_ms = templates[IN_REVIEW].decide_at_ms
    ahead = "(due) => ((now, ahead) => (Date.now = () => now() + ahead))"
    await card.page.evaluate(f"{ahead}(Date.now, due - Date.now() - 5_000)", due_at_ms)
    templates[20001] = replace(templates[IN_REVIEW], template_id=20001)
    sandbox.world.save()
    await expect(card).to_contain_text(re.compile(r"在[0-5]秒钟后（"))


async def test_an_empty_desk_says_so(open_page: OpenPage, sandbox: TencentSandbox) -> None:
    page = await open_desk(open_page)
    sandbox.world.state.templates.clear()
    sandbox.world.state.signatures.clear()
    sandbox.world.save()
    await expect(page.get_by_text("Nothing waits for a verdict.")).to_be_visible()


async def test_a_desk_without_its_sandbox_says_so_in_words(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page)
    await sandbox.stop()
    await template(page, IN_REVIEW).locator("[data-verdict=approve]").click()
    await expect(template(page, IN_REVIEW).get_by_role("alert")).to_contain_text(
        "The SMS simulator does not answer."
    )


async def test_a_desk_nobody_looks_at_asks_nothing(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page = await open_desk(open_page, once=True)
    await page.clock.install()
    await page.reload()
    await expect(page.locator(".phone-row").first).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.clock.run_for(20_000)
    assert [url for url in asked if url.endswith("/reviews")] == []
    await page.locator("[data-part=reviews]").click()
    await expect(template(page, IN_REVIEW)).to_be_visible()
    async with page.expect_request(lambda request: request.url.endswith("/reviews")):
        await page.clock.run_for(4_000)
