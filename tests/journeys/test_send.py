"""A person sends one SMS: type, preview, confirm, card, row, phone."""

import asyncio
from datetime import timedelta

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Whisper
from bot.rules.delivery import MessageState
from storage import messages
from tests.journeys.clock import HandClock
from tests.journeys.people import (
    BO,
    GENERAL,
    LIN,
    MAYA,
    SMS,
    Page,
    buttons_of,
    find_button,
    sends_of,
    words_of,
)

NUMBER = "+8613800000001"
LINE = f"/sms send {NUMBER} 1110 code=123456"


async def test_a_typed_send_is_previewed_confirmed_and_delivered(local: Local, page: Page) -> None:
    preview = await page.type(MAYA, LINE)

    said = words_of(preview)
    assert "+86 138****0001 (mainland)" in said
    assert "【腾讯云】您的验证码是123456" in said
    assert "30 characters, 1 billed segment · package 1,000 → 999 segments" in said
    assert "0 of 10 to this number today" in said
    assert NUMBER not in said
    assert buttons_of(preview) == ["send.confirm", "send.discard"]
    assert sends_of(local) == []

    await page.press(MAYA, preview, "send.confirm")
    card = await page.see_card("Delivered in")

    assert "+86 138****0001" in words_of(card)
    assert "<@U0MAYA>" in words_of(card)
    assert "123456" not in words_of(card)
    received = local.sandbox.phones.messages(NUMBER)
    assert [(m.sign, m.text) for m in received] == [
        ("腾讯云", "【腾讯云】您的验证码是123456，5分钟内有效，请勿泄露。")
    ]
    rows = await local.bot.services.db.read(messages.of_request, _id_in(preview))
    assert [(r.number, r.state, r.fee_segments) for r in rows] == [
        (NUMBER, MessageState.DELIVERED, 1)
    ]


async def test_what_one_person_sees_is_in_their_language_and_the_card_in_the_channels(
    local: Local, page: Page
) -> None:
    preview = await page.type(LIN, LINE)
    assert "要发送这条短信吗？" in words_of(preview)
    assert "套餐余量 1,000 → 999 条" in words_of(preview)
    await page.press(LIN, preview, "send.confirm")
    assert "Requested by" in words_of(await page.see_card("Delivered in"))


async def test_two_clicks_at_once_send_one_sms(local: Local, page: Page) -> None:
    preview = await page.type(MAYA, LINE)
    await asyncio.gather(*(page.press(MAYA, preview, "send.confirm") for _ in range(5)))
    await page.see_card("Delivered in")
    assert len(sends_of(local)) == 1
    assert len(local.sandbox.phones.messages(NUMBER)) == 1
    assert len(page.cards()) == 1


async def test_discard_sends_nothing_and_a_later_send_is_refused(local: Local, page: Page) -> None:
    preview = await page.type(MAYA, LINE)
    await page.press(MAYA, preview, "send.discard")
    await page.see(lambda: any("is discarded" in words_of(w) for w in page.whispers(MAYA)))
    # The page has no such button any more; a click may have been on its way.
    action = find_button(preview["blocks"], "send.confirm")
    late = {"user": {"id": MAYA}, "channel": {"id": SMS}, "actions": [action]}
    assert isinstance(await Router(local.bot.services).action(late), Whisper)
    assert sends_of(local) == []
    assert page.cards() == []


async def test_a_preview_that_is_too_old_sends_nothing(
    local: Local, page: Page, clock: HandClock
) -> None:
    preview = await page.type(MAYA, LINE)
    clock.advance(timedelta(minutes=11))
    await page.press(MAYA, preview, "send.confirm")
    await page.see(lambda: any("too old" in words_of(w) for w in page.whispers(MAYA)))
    assert sends_of(local) == []


async def test_the_same_text_again_is_refused_with_the_time_it_may_go(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, LINE)
    await page.see_card("Delivered in")

    refused = await page.type(MAYA, LINE)
    assert "1 of 1 of this text in 30 seconds" in words_of(refused)
    assert "It may go again from" in words_of(refused)
    assert buttons_of(refused) == ["send.discard"]

    clock.advance(timedelta(seconds=31))
    await page.send(MAYA, LINE)

    async def has_both() -> bool:
        return len(local.sandbox.phones.messages(NUMBER)) == 2

    await page.eventually(has_both)


async def test_a_preview_made_before_the_limit_was_reached_is_refused_at_the_click(
    local: Local, page: Page
) -> None:
    first = await page.type(MAYA, LINE)
    second = await page.type(MAYA, LINE)
    await page.press(MAYA, first, "send.confirm")
    await page.press(MAYA, second, "send.confirm")
    await page.see(lambda: any("last 30 seconds" in words_of(w) for w in page.whispers(MAYA)))
    await page.see_card("Delivered in")
    assert len(sends_of(local)) == 1


async def test_a_template_may_be_named_and_a_foreign_number_needs_no_signature(
    local: Local, page: Page
) -> None:
    await page.send(MAYA, '/sms send +14155550101 "Login code" 1=123456 2=5')
    await page.see_card("Delivered in")
    body = sends_of(local)[0]
    assert (body["TemplateId"], body["TemplateParamSet"]) == ("1113", ["123456", "5"])
    assert "SignName" not in body


async def test_where_the_bot_is_not_in_the_channel_the_card_goes_to_the_person(
    local: Local, page: Page
) -> None:
    preview = await page.type(MAYA, LINE, GENERAL)
    await page.press(MAYA, preview, "send.confirm", GENERAL)
    direct = await local.bot.services.slack.open_conversation(MAYA)
    assert await page.see_card("Delivered in", direct)
    assert page.cards(GENERAL) == []


async def test_sends_to_one_number_go_one_after_the_other_and_others_at_once(
    local: Local, page: Page
) -> None:
    for code in ("111111", "222222"):
        await page.send(MAYA, f"/sms send {NUMBER} 1110 code={code}")
    await page.send(BO, "/sms send 138-0000-0099 1110 code=333333")
    await page.see(lambda: len([c for c in page.cards() if "Delivered in" in words_of(c)]) == 3)
    assert len(local.sandbox.phones.messages(NUMBER)) == 2
    assert len(local.sandbox.phones.messages("+8613800000099")) == 1


def _id_in(preview: dict[str, object]) -> str:
    words = words_of(preview)
    start = words.index("R-")
    return words[start : start + 6]
