"""Beside the conversation: the phone that rings."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, Route, expect

from bot.sandbox.tencent import SandboxConfig
from bot.sandbox.tencent.voice_config import VoiceConfig
from tests.sandbox.tencent.callers import Caller, Receiver
from tests.sandbox.workspace.page.stage import OpenPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

NUMBER = "+8613800000031"
ANOTHER = "+8613800000032"
SPOKEN = "服务出现严重故障，收到请按1，转下一位值班人请按2。"
CALLER = "0755 8376 3333"


@pytest.fixture
def sandbox_config(sandbox_config: SandboxConfig) -> SandboxConfig:
    """Test numbers act at once; a person has a minute to pick up and to listen."""
    voice = VoiceConfig(
        answer_delay_s=0.0, ring_timeout_s=60.0, seconds_per_character=2.0, callback_retry_s=0.0
    )
    return replace(sandbox_config, voice=voice)


async def ring(caller: Caller, number: str = NUMBER, action: str = "SendTtsVoice") -> None:
    """A call by API 3.0."""
    said = {"CodeMessage": "4711"} if action == "SendCodeVoice" else {"TemplateId": "4358"}
    order = {"VoiceSdkAppid": caller.sandbox.credentials.sdk_app_id, "CalledNumber": number}
    headers: dict[str, str | None] = {"X-TC-Version": "2020-09-02"}
    answer = await caller.call(action, {**order, **said}, headers=headers, service="vms")
    assert "Error" not in answer


async def report_to(caller: Caller, receiver: Receiver) -> None:
    await caller.admin("PUT", "console/callbacks", {"voice_url": receiver.url})


async def expect_history(page: Page, *lines: str) -> None:
    history = page.locator(".phone-screen .call-line")
    await expect(history).to_have_count(1)
    for line in lines:
        await expect(history).to_contain_text(line)


async def test_a_phone_that_rings_is_answered_and_its_keys_reach_the_customer(
    open_page: OpenPage, caller: Caller, receiver: Receiver
) -> None:
    await report_to(caller, receiver)
    page = await open_page("U0MAYA")
    await ring(caller)
    banner = page.get_by_role("region", name="Call to +86 138 0000 0031")
    await expect(banner).to_contain_text(CALLER)
    announcer = page.locator("[data-role=announcer]")
    await expect(announcer).to_contain_text(f"+86 138 0000 0031 rings. {CALLER} is calling.")
    await banner.get_by_role("button", name="Answer").press("Enter")
    await expect(banner.locator(".call-speech")).to_have_text(SPOKEN)
    await expect(announcer).to_contain_text(SPOKEN)
    await expect(banner.get_by_role("group", name="Keypad").get_by_role("button")).to_have_count(12)
    await expect(banner.get_by_role("button", name="1", exact=True)).to_be_focused()
    await page.keyboard.press("1")
    await page.keyboard.press("#")
    await banner.get_by_role("button", name="star").click()
    await expect(banner.get_by_role("status")).to_have_text("Keys pressed: 1 # *")
    await banner.get_by_role("button", name="Hang up").press("Enter")
    await expect_history(page, "Call answered", SPOKEN, "Keys pressed: 1 # *", CALLER)
    await expect(page.locator(".phone-screen")).to_be_focused()
    told = [next(iter(post.items())) for post in await receiver.wait_for(4)]
    assert [kind for kind, _ in told] == ["voicekey_callback"] * 3 + ["voiceprompt_callback"]
    assert [row["keypress"] for _, row in told[:3]] == ["1", "#", "*"]


async def test_a_code_is_read_out_and_declined_in_chinese(
    open_page: OpenPage, caller: Caller, receiver: Receiver
) -> None:
    await report_to(caller, receiver)
    page = await open_page("U0LIN")
    await ring(caller, action="SendCodeVoice")
    await page.get_by_role("button", name="拒接").click()
    await expect_history(page, "已拒接来电")
    await expect(page.locator(".call")).to_be_hidden()
    told = [next(iter(post)) for post in await receiver.wait_for(2)]
    assert told == ["voicecode_callback", "voice_failure_callback"]


async def test_a_call_nobody_takes_is_missed_and_waits_as_unread(
    open_page: OpenPage, caller: Caller
) -> None:
    page = await open_page("U0MAYA")
    await page.locator("[data-part=reviews]").click()
    await ring(caller, "+8613800000022")
    phones = page.locator("[data-part=phones]")
    await expect(phones.locator(".count")).to_contain_text("1")
    await expect(page.locator("[data-role=announcer]")).to_contain_text("Missed call")
    await phones.click()
    await expect_history(page, "Missed call", CALLER)
    await expect(phones.locator(".count")).to_have_count(0)


async def test_a_number_out_of_reach_does_not_ring_but_keeps_the_attempt(
    open_page: OpenPage, caller: Caller
) -> None:
    page = await open_page("U0MAYA")
    await ring(caller, "+8613800000023")
    await page.locator('.phone-row[data-number="+8613800000023"] .phone-pick').click()
    await expect_history(page, "Not put through: out of reach")
    await expect(page.locator("[data-role=announcer]")).not_to_contain_text("is calling")


async def test_a_phone_still_rings_after_a_reload_and_on_every_page(
    open_page: OpenPage, caller: Caller
) -> None:
    maya, lin = await open_page("U0MAYA"), await open_page("U0LIN")
    await ring(caller)
    await expect(lin.locator(".call.is-ringing")).to_be_visible()
    await maya.reload()
    await maya.locator("[data-call=answer]").click()
    await expect(lin.locator(".call-speech")).to_have_text(SPOKEN)
    await lin.locator("[data-call=hang_up]").click()
    await expect_history(maya, "Call answered")


async def test_a_call_that_comes_while_the_book_loads_is_not_lost(
    open_page: OpenPage, caller: Caller
) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator(".phone-row").first).to_be_visible()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await ring(caller)
        await route.fulfill(response=answer)

    await page.route("**/_sandbox/calls", late, times=1)
    await page.reload()
    await expect(page.locator(".call.is-ringing")).to_be_visible()


async def test_a_call_takes_no_half_written_reply_away(open_page: OpenPage, caller: Caller) -> None:
    page = await open_page("U0MAYA")
    await caller.send("+8613800000001")
    reply = page.locator("[data-role=reply]")
    await reply.fill("half")
    await ring(caller)
    elsewhere = page.get_by_role("button", name="+86 138 0000 0031 rings. Show it")
    await expect(elsewhere).to_be_visible()
    await expect(reply).to_be_focused()
    await elsewhere.click()
    await expect(page.locator(".call")).to_be_visible()
    await ring(caller, ANOTHER)
    await expect(page.locator(".rings-elsewhere")).to_contain_text("0032")
    await page.locator('.phone-row[data-number="+8613800000001"] .phone-pick').click()
    await expect(reply).to_have_value("half")


async def test_whoever_comes_too_late_is_told_so(open_page: OpenPage, caller: Caller) -> None:
    page = await open_page("U0LIN")
    await ring(caller)
    await page.locator(".call.is-ringing").wait_for()
    await page.route(
        "**/answer",
        lambda route: route.fulfill(
            status=409,
            json={"error": "the call is not ringing"},
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    await page.locator("[data-call=answer]").click()
    await expect(page.locator(".call [role=alert]")).to_contain_text("晚了一步")


async def test_what_moves_while_it_rings_stands_still_for_those_who_want_that(
    open_page: OpenPage, caller: Caller
) -> None:
    page = await open_page("U0MAYA")
    await ring(caller)
    phone = page.locator(".phone.is-ringing")
    await expect(phone).to_have_css("animation-name", "none")
    await page.emulate_media(reduced_motion="no-preference")
    await expect(phone).to_have_css("animation-name", "ring")


async def test_the_test_numbers_for_calls_are_named_in_words(
    open_page: OpenPage, caller: Caller
) -> None:
    page = await open_page("U0LIN")
    await page.get_by_text("语音测试号码").click()
    rows = page.locator(".call-row")
    await expect(rows).to_have_count(11)
    names = await rows.locator(".phone-kind").all_inner_texts()
    assert [name for name in names if name.isascii()] == []
