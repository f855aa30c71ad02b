"""Somebody asks what was sent and what came of it: delivered, failed, answered."""

from datetime import timedelta
from functools import partial

import httpx
import pytest

from bot.cli.local import Local
from bot.rules.figures import HOUR_S
from bot.settings import SlackMode
from storage import optouts
from storage.db import Tx
from storage.traffic import hour_of
from tests.journeys.clock import HandClock
from tests.journeys.people import EVE, LIN, MAYA, Json, Page, words_of
from tests.storage.lines import line, put

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
GOOD, UNUSED, SILENT = "+8613800000001", "+8613800000002", "+8613800000006"
NOTICE = "1111 1=A1 2=9:00"


def cells(message: Json) -> list[str]:
    """The rows of the table in a message, without its heading."""
    (table,) = [each for each in message["blocks"] if each["type"] == "table"]
    return [" | ".join(cell["text"] for cell in row) for row in table["rows"]][1:]


async def _has_said_no(local: Local) -> bool:
    return bool(await local.bot.services.db.read(optouts.count))


async def test_the_same_numbers_any_time_in_the_readers_language(
    local: Local, page: Page, clock: HandClock
) -> None:
    quiet = words_of(await page.type(MAYA, "/sms stats"))
    assert "*Figures of `demo`, last 24 hours*" in quiet
    assert "Nothing was sent, and nobody answered." in quiet

    await page.send(MAYA, f"/sms send {GOOD} {NOTICE}")
    await page.see_card("Delivered in")
    await page.send(MAYA, f"/sms send {UNUSED} 1110 code=123456")
    await page.see_card("The number is not in use")
    await page.send(MAYA, f"/sms send {SILENT} {NOTICE}")
    await page.see_card("not delivered yet")
    async with httpx.AsyncClient(trust_env=False) as phone:
        path = f"{local.sandbox.url}/_sandbox/phones/{GOOD}/reply"
        assert (await phone.post(path, json={"text": "T"})).is_success
    await page.eventually(partial(_has_said_no, local))
    clock.advance(timedelta(minutes=6))

    card = await page.type(MAYA, "/sms stats demo 24h")
    shown = words_of(card)
    assert "*Sent*\n3" in shown
    assert "*Delivered*\n1 · 33.3 % of those sent" in shown
    assert "*Failed*\n1 · 1 not delivered, 0 refused" in shown
    assert "*Receipts*\n66.7 % · 1 missing" in shown
    assert "*Replies*\n1 · 1 opted out" in shown
    assert "*1 ×* The number is not in use" in shown
    assert cells(card) == [
        "发货通知 (1111) | 2 | 1 (100 %) | 0 | 1",
        "登录验证码 (1110) | 1 | 0 (0 %) | 1 | 0",
    ]
    assert "*By carrier:* China Mobile 3 (50 %)" in shown
    assert GOOD.removeprefix("+86") not in str(card)

    lins = await page.type(LIN, "/sms 统计 全部 7天")
    assert "*全部应用的统计，最近 7 天*" in words_of(lins)
    assert "*发送*\n3" in words_of(lins)
    assert "*按运营商：* 中国移动 3" in words_of(lins)


async def test_another_span_takes_the_place_of_the_card_and_is_compared_with_weeks_before(
    local: Local, page: Page, clock: HandClock
) -> None:
    last_s = hour_of(clock())

    def fill(tx: Tx) -> None:
        for ago in range(60 * 24):
            put(tx, line(last_s - ago * HOUR_S), {"begun": 3 if ago < 24 else 2})

    await local.bot.services.db.write(fill)
    await page.type(MAYA, "/sms")
    menu = page.whispers(MAYA)[-1]
    await page.press(MAYA, menu, "menu.stats")
    card = await page.see_whisper(MAYA, "*Figures of `demo`, last 24 hours*")
    assert "*Sent*\n72 · +50 % (48 a week before)" in words_of(card)
    await page.press(MAYA, card, "stats.span_1")
    card = await page.see_whisper(MAYA, "*Figures of `demo`, last 7 days*")
    assert "*Sent*\n360 · +7 % (336 a week before)" in words_of(card)
    assert len(page.whispers(MAYA)) == 2
    await page.press(MAYA, card, "stats.span_2")
    month = await page.see_whisper(MAYA, "*Figures of `demo`, last 30 days*")
    assert "*Sent*\n1,464\n" in words_of(month)


async def test_what_cannot_be_shown_is_told_and_needs_a_role(page: Page) -> None:
    for typed, said in (
        ("0d", "That is no time at all."),
        ("400d", "further back than figures are shown"),
        ("demoo", "Did you mean `demo`?"),
    ):
        assert said in words_of(await page.type(MAYA, f"/sms stats {typed}"))
    assert "You need the role *viewer*" in words_of(await page.type(EVE, "/sms stats"))
