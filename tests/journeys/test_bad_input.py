"""What cannot be sent is answered in words, and nothing of it reaches the wire."""

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from tests.journeys.people import LIN, MAYA, Page, buttons_of, sends_of, words_of

OK = "+8613800000001"
ONE_TRANSPORT = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)

REFUSED = [
    ("a malformed number", "12ab34 1110 code=1234", "That is not a phone number"),
    ("a short number", "1380000 1110 code=1234", "too short. Digits: 7"),
    ("a landline", "+862112345678 1110 code=1234", "landline"),
    ("a service number", "95588 1110 code=1234", "service number"),
    ("a number from a spreadsheet", "1.38E+10 1110 code=1234", "shortened by a spreadsheet"),
    ("a formula", '"=138" 1110 code=1234', "spreadsheet formula"),
    ("an unknown country", "+99912345678 1110 code=1234", "No country has that prefix"),
    ("an unknown template", f"{OK} 9999 code=1234", "There is no template 9999"),
    ("a nearly right template", f"{OK} 111O code=1234", "Did you mean 111"),
    ("a pending template", f"{OK} 1114 1=9", "under review at Tencent"),
    ("a rejected template", f"{OK} 1115", "was rejected. The reviewer wrote: 营销内容须以"),
    ("an approved template not in effect", f"{OK} 1116 1=9", "not in effect yet"),
    ("an unknown signature", f"{OK} 1110 code=1234 sign=没有", "There is no signature 【没有】"),
    ("a pending signature", f"{OK} 1110 code=1234 sign=新品预告", "still under review"),
    ("a rejected signature", f"{OK} 1110 code=1234 sign=测试", "was rejected"),
    ("too few values", f"{OK} 1111 1=A", "{2} is missing"),
    ("a value too many", f"{OK} 1110 1=1 2=2", "has no variable 2"),
    ("an unknown key", f"{OK} 1111 a=1 b=2", "no variable a"),
    ("a code of seven digits", f"{OK} 1110 code=1234567", "up to 6 digits"),
    ("a code of letters", f"{OK} 1110 code=abc", "up to 6 digits"),
    ("a link in a value", f"{OK} 1111 1=http://a.cn 2=9", "holds a link"),
    ("an over-long value", f"{OK} 1111 1={'a' * 30} 2=9", "30 characters; at most 12"),
    ("a bracket in a value", f"{OK} 1111 1=【A】 2=9", "bracket"),
    ("an empty value", f'{OK} 1111 1="" 2=9', "is empty"),
    ("a mainland number, a template for abroad", f"{OK} 1113 1=1 2=2", "for numbers abroad"),
    ("a number abroad, a mainland template", "+14155550101 1110 code=1", "for mainland numbers"),
    ("a control character", f"{OK} 1110 code=12\x0734", "invisible (U+0007)"),
    ("a direction override", f"{OK} 1110 code=12\u202e34", "invisible (U+202E)"),
    ("an open quote", f'{OK} 1110 code="12', "not closed"),
    ("four thousand characters", "a" * 4000, "too long"),
    ("an app that is not there", f"{OK} 1110 code=1 app=none", "There is no app none"),
]


@ONE_TRANSPORT
async def test_each_is_refused_in_its_own_words_and_nothing_is_sent(
    local: Local, page: Page
) -> None:
    """One bot for the whole table: starting it takes longer than asking it."""
    unexpected = {}
    for what, typed, said in REFUSED:
        answer = await page.type(MAYA, f"/sms send {typed}")
        words = words_of(answer)
        if said not in words or buttons_of(answer) or OK in words.replace(f"Write {OK}", ""):
            unexpected[what] = words
    assert unexpected == {}
    assert sends_of(local) == []


@ONE_TRANSPORT
async def test_everything_wrong_is_said_at_once(local: Local, page: Page) -> None:
    answer = words_of(await page.type(MAYA, "/sms send 95588 1114 1=http://a.cn"))
    assert "service number" in answer
    assert "under review" in answer
    assert "holds a link" in answer


@ONE_TRANSPORT
async def test_what_was_typed_is_never_markup(local: Local, page: Page) -> None:
    answer = await page.type(MAYA, '/sms send <!channel> "*1110*" 1=`x`')
    assert "<!channel>" not in words_of(answer)
    unknown = await page.type(MAYA, "/sms <@U0EVE>*bold*")
    assert "There is no command" in words_of(unknown)


@ONE_TRANSPORT
async def test_an_unknown_word_is_answered_with_the_nearest_command(
    local: Local, page: Page
) -> None:
    assert "Did you mean `/sms send`?" in words_of(await page.type(MAYA, "/sms sned 1 2"))
    assert "是想用 `/sms send` 吗" in words_of(await page.type(LIN, "/sms 发宋 1 2"))


@ONE_TRANSPORT
async def test_full_width_typing_is_understood(local: Local, page: Page) -> None:
    preview = await page.type(
        LIN, "/sms 发送 ＋８６１３８０００００００１ １１１０ code＝“１２３４５６”"
    )
    assert "+86 138****0001" in words_of(preview)
    assert "【腾讯云】您的验证码是123456" in words_of(preview)
