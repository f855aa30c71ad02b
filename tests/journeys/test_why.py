"""Somebody asks what a code means: the one on a card, one half remembered, one nobody knows."""

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from tests.journeys.people import EVE, LIN, MAYA, SMS, Page, sends_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
DAILY = "LimitExceeded.PhoneNumberDailyLimit"


async def test_the_code_on_a_card_is_explained_in_the_askers_language(page: Page) -> None:
    await page.send(MAYA, "/sms send +8613800000002 1110 code=123456")
    card = words_of(await page.see_card("Not delivered"))
    said = words_of(await page.type(MAYA, "/sms why code MK:0001"))
    assert "`MK:0001`" in card
    for told in ("China Mobile", "*Permanent:*", "The number is not in use.", "do not send to it"):
        assert told in said
    assert "The number is not in use." in card
    in_chinese = words_of(await page.type(LIN, "/sms 原因 代码 ｍｋ：０００１"))
    for told in ("中国移动", "*永久性：*", "该号码是空号。", "不要再向此号码发送。"):
        assert told in in_chinese


async def test_a_slip_is_mended_by_a_click_and_a_number_of_v5_is_the_same_code(page: Page) -> None:
    unlisted = await page.type(MAYA, "/sms why code PhoneNumberDaylyLimit")
    assert "Did you mean one of these?" in words_of(unlisted)
    await page.press(MAYA, unlisted, "why.code_0")
    mended = await page.see_whisper(MAYA, f"Meaning of `{DAILY}`")
    assert "*Temporary:* Tencent takes it again the next day" in words_of(mended)
    assert "Did you mean" not in words_of(mended)
    assert f"the same as `{DAILY}`" in words_of(await page.type(MAYA, "/sms why 1025"))


async def test_asking_nothing_and_asking_nonsense_is_answered_and_nothing_is_posted(
    local: Local, page: Page
) -> None:
    cards = len(page.cards(SMS))
    for line in ("/sms why", "/sms why code"):
        assert f"/sms why code {DAILY}" in words_of(await page.type(MAYA, line))
    alert = words_of(await page.type(MAYA, "/sms why A-7K3Q"))
    assert "`/sms alerts show A-7K3Q` shows all of it." in alert
    said = words_of(await page.type(MAYA, "/sms why code &lt;!channel&gt; 13800005678"))
    assert "is in no list smsops knows." in said
    assert "13800005678" not in said
    assert "<!channel>" not in said
    assert (len(page.cards(SMS)), sends_of(local)) == (cards, [])


async def test_who_may_not_look_may_not_ask_and_help_teaches_who_may(page: Page) -> None:
    refused = words_of(await page.type(EVE, "/sms why code MK:0001"))
    assert "You need the role *viewer*" in refused
    taught = words_of(await page.type(MAYA, "/sms help why"))
    assert f"`/sms why code {DAILY}`" in taught
    assert "/sms why" not in words_of(await page.type(EVE, "/sms help"))
