"""Beside the conversation: the switches of the SMS sandbox."""

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.config import LIMIT_PROFILES, AccountKind
from bot.sandbox.tencent.packages import balance
from tests.sandbox.workspace.page.stage import OpenPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

OPEN_DOOR = {"Access-Control-Allow-Origin": "*"}


async def open_console(open_page: OpenPage, url: str, user: str = "U0MAYA") -> Page:
    page = await open_page(user, url)
    await page.locator("[data-part=console]").click()
    await expect(page.locator(".console-settings")).to_be_visible()
    return page


async def test_the_switches_stand_as_they_are_and_are_marked_as_ours(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    page = await open_console(open_page, sandbox_and_url[1], "U0LIN")
    await expect(page.locator(".console .ours")).to_contain_text("不是腾讯云控制台")
    await expect(page.get_by_label("旧版")).to_be_checked()
    await expect(page.get_by_label("账号已欠费")).not_to_be_checked()
    await expect(page.locator(".console-balance")).to_have_text("剩余 1000 条")


async def test_another_limits_profile_is_chosen_with_the_keyboard(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_console(open_page, url)
    await page.get_by_label("Classic").press("ArrowDown")
    await expect(page.locator(".console")).to_contain_text("Now: 2 a day")
    await expect(page.get_by_label("2025")).to_be_checked()
    await expect(page.get_by_label("2025")).to_be_focused()
    assert sandbox.world.state.account.limits == LIMIT_PROFILES["2025"]


async def test_a_top_up_adds_to_what_is_left(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_console(open_page, url)
    amount = page.get_by_label("Segments to add")
    await amount.fill("1.5")
    await amount.press("Enter")
    await expect(page.locator(".console [role=alert]")).to_contain_text("whole number")
    await expect(amount).to_have_attribute("aria-invalid", "true")
    await amount.fill("500")
    await amount.press("Enter")
    await expect(page.locator(".console-balance")).to_have_text("Segments left: 1500")
    await expect(page.locator(".console [role=alert]")).to_be_hidden()
    assert balance(sandbox.world.state.packages, sandbox.world.now_ms) == 1500


async def test_arrears_are_switched_on_and_off(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_console(open_page, url)
    switch = page.get_by_role("switch")
    for is_on in (True, False):
        async with page.expect_response(lambda response: response.request.method == "PUT"):
            await switch.press("Space")
        await expect(switch).to_be_checked(checked=is_on)
        assert sandbox.world.state.account.settings.arrears is is_on


async def test_an_individual_account_cannot_change_its_limits(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_console(open_page, url)
    await page.get_by_label("Individual").check()
    await expect(page.get_by_label("Classic")).to_be_disabled()
    await expect(page.locator(".console")).to_contain_text("Only an enterprise account may change")
    assert sandbox.world.state.account.settings.kind is AccountKind.INDIVIDUAL
    await page.get_by_label("Enterprise").check()
    await expect(page.get_by_label("Classic")).to_be_enabled()


async def test_a_change_that_is_not_made_is_not_shown(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    page = await open_console(open_page, sandbox_and_url[1])
    await page.route(
        "**/_sandbox/console/account",
        lambda route: (
            route.fulfill(status=400, json={"error": "kind: no"}, headers=OPEN_DOOR)
            if route.request.method == "PUT"
            else route.fallback()
        ),
    )
    await page.get_by_role("switch").press("Space")
    await expect(page.locator(".console [role=alert]")).to_contain_text("That did not work")
    await expect(page.get_by_role("switch")).not_to_be_checked()


async def test_a_console_without_its_sandbox_says_so_in_words(
    open_page: OpenPage, sandbox_and_url: tuple[TencentSandbox, str]
) -> None:
    sandbox, url = sandbox_and_url
    page = await open_console(open_page, url)
    await sandbox.stop()
    await page.get_by_role("switch").press("Space")
    await expect(page.locator(".console [role=alert]")).to_contain_text(
        "The SMS simulator does not answer."
    )
