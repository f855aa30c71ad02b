"""Somebody asks what became of it: delivered, failed, held back, in doubt, declined, many."""

import logging
import re
from datetime import timedelta
from functools import partial

import httpx
import pytest

from bot.cli.local import Local
from bot.rules.delivery import MessageState
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.settings import SlackMode
from storage import jobs, replies
from tests.journeys.clock import HandClock
from tests.journeys.people import EVE, LIN, MAYA, Json, Page, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
GOOD, UNUSED, THIRD = "+8613800000001", "+8613800000002", "+8613912345601"
NUMBERS = (GOOD, UNUSED, THIRD)
NOTICE = "1111 1=A1 2=9:00"


def in_order(words: str, *wanted: str) -> bool:
    """Whether all of `wanted` is said, one behind the other."""
    places = [words.find(each) for each in wanted]
    return -1 not in places and places == sorted(places)


def request_of(card: Json) -> str:
    return str(re.findall(r"R-\w{4,}", words_of(card))[0])


async def ask(page: Page, user: str, what: str) -> str:
    """What only `user` is told, with no number in full."""
    said = words_of(await page.type(user, f"/sms why {what}"))
    assert not any(each.removeprefix("+86") in said.replace(" ", "") for each in NUMBERS)
    return said


async def pressed(page: Page, user: str, under: Json, action: str) -> str:
    """What `user` is shown after a button, once it is there."""

    def told() -> list[str]:
        return [words_of(each) for each in page.whispers(user)]

    before = told()
    await page.press(user, under, action)
    await page.see(lambda: told() != before)
    return told()[-1]


async def test_a_delivered_message_tells_its_way_by_request_serial_number_and_pasted_line(
    page: Page,
) -> None:
    await page.send(MAYA, f"/sms send {GOOD} {NOTICE}")
    card = await page.see_card("Delivered in")
    request, serial = request_of(card), re.findall(r"\d+:\d{20,}", words_of(card))[0]
    way = (
        "<@U0MAYA> asked for it",
        "<@U0MAYA> looked at the preview and confirmed it.",
        "Counted before it: 0 of 10 to this number that day",
        "Call 1 to Tencent began.",
        f"Tencent accepted it under `{serial}`. Billed: 1 segment.",
        "The carrier reported it delivered (`DELIVRD`)",
    )
    for typed in (request, request.lower(), serial, f"{request} · serial {serial}"):
        said = await ask(page, MAYA, typed)
        assert in_order(said, "*Delivered* · +86 138****0001", *way), typed

    numbers = await page.type(MAYA, f"/sms why {GOOD}")
    assert in_order(words_of(numbers), "What there is of +86 138****0001", f"`{request}`")
    assert in_order(await pressed(page, MAYA, numbers, "why.message"), *way)


async def test_a_failure_and_a_limit_tell_the_cause_in_the_askers_language(page: Page) -> None:
    await page.send(MAYA, f"/sms send {UNUSED} 1110 code=123456")
    request = request_of(await page.see_card("Not delivered"))
    said = await ask(page, MAYA, request)
    assert in_order(
        said,
        "The carrier reported it not delivered (`MK:0001`).",
        "*What happened:* The number is not in use. (`MK:0001`)",
        "*What to do:* Check the number with its owner",
    )
    in_chinese = await ask(page, LIN, "138 0000 0002")
    assert in_order(in_chinese, "未送达", request, "*原因：* 该号码是空号。", "*处理：*")
    assert "123456" not in said + in_chinese

    refused = await page.type(MAYA, f"/sms send {UNUSED} 1110 code=123456")
    assert "This SMS cannot go yet" in words_of(refused)
    listed = await page.type(MAYA, f"/sms why {UNUSED}")
    assert "was not sent: the limit of equal texts within 30 seconds" in words_of(listed)
    story = await pressed(page, MAYA, listed, "why.request")
    assert in_order(story, "Not sent", "asked for it", "Counted before it: 1 of 10")
    assert "smsops did not send it: the limit of equal texts within 30 seconds" in story


async def _has_report(local: Local) -> bool:
    return bool(await local.bot.services.db.read(lambda tx: tx.all("SELECT 1 FROM receipts")))


async def test_a_doubt_and_what_settled_it(local: Local, page: Page, clock: HandClock) -> None:
    faults = local.sandbox.world.faults
    faults.add(Fault("SendSms", FaultKind.DROP_AFTER_ACCEPT))
    await page.send(MAYA, f"/sms send {THIRD} {NOTICE}")
    request = request_of(await page.see_card("In doubt"))
    await page.eventually(partial(_has_report, local))
    assert "In doubt: nobody could tell whether it was sent." in await ask(page, MAYA, request)
    clock.advance(timedelta(seconds=6))
    await local.bot.clock.tick()
    await page.see_card("*Delivered*")
    said = await ask(page, MAYA, request)
    # The report came first, and proved nothing until Tencent's books had the serial number.
    report, proof = "The carrier reported it delivered", "say that it was accepted, under"
    assert in_order(said, "Call 1 to Tencent began.", "In doubt: nobody", report, proof)


async def test_a_reply_that_says_no_is_told_and_its_words_are_not(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, f"/sms send {GOOD} 1112")
    await page.see_card("Delivered in")
    clock.advance(timedelta(seconds=5))
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{local.sandbox.url}/_sandbox/phones/{GOOD}/reply"
        assert (await http.post(url, json={"text": "请勿再发 TD"})).is_success
        assert (await http.post(url, json={"text": "TD"})).is_success

    async def is_there() -> bool:
        return len(await local.bot.services.db.read(replies.of_number, GOOD)) == 2

    await page.eventually(is_there)
    said = await ask(page, MAYA, GOOD)
    assert in_order(said, "Opted out of marketing", "They answered that they want no more.")
    assert "请勿再发" not in said
    clock.advance(timedelta(minutes=1))
    refused = await page.type(MAYA, f"/sms send {GOOD} 1112")
    assert "said no on" in words_of(refused)


async def test_a_send_to_many_tells_its_counts_and_worst_causes(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(MAYA, f"/sms send {GOOD},{UNUSED},{THIRD} {NOTICE}")
    card = await page.see_card("Send to 3 recipients?")
    await page.press(MAYA, card, "job.confirm")
    request = request_of(card)
    await page.see_card("Starts in")
    clock.advance(timedelta(seconds=40))
    await local.bot.clock.tick()

    async def is_reported() -> bool:
        counts = await local.bot.services.db.read(jobs.counts, request)
        return counts == {MessageState.DELIVERED: 2, MessageState.UNDELIVERED: 1}

    await page.eventually(is_reported)
    said = await ask(page, MAYA, request)
    assert in_order(
        said,
        "Send of “发货通知” to 3 numbers",
        "asked for it",
        "nobody had to approve it",
        "Sending began.",
        "*Delivered*\n2",
        "*Why they did not arrive*",
        "The number is not in use. (`MK:0001`)",
        "*What to do:* Check the number with its owner",
    )
    listed = await page.type(LIN, f"/sms why {UNUSED}")
    assert "未送达" in words_of(listed)
    assert "一次发往 3 个号码" in await pressed(page, LIN, listed, "why.message")


async def test_what_is_not_there_is_said_and_no_log_has_the_number(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert "There is no request `R-ZZZZ`." in await ask(page, MAYA, "r-zzzz")
    assert "Nothing was sent to it" in await ask(page, MAYA, GOOD)
    assert "Type the whole number" in await ask(page, MAYA, "+86 138****0001")
    assert "No message and no report" in await ask(page, MAYA, "2640:10633152301795402800123")
    assert "That is a landline." in await ask(page, MAYA, "02087654321")
    code = await page.type(MAYA, f"/sms why LimitExceeded.PhoneNumberDailyLimit {GOOD} again")
    assert in_order(words_of(code), "Taken for a code.", "Number +86 138****0001")
    assert "Nothing was sent to it" in await pressed(page, MAYA, code, "why.number")
    assert "You need the role *viewer*" in await ask(page, EVE, GOOD)
    assert GOOD.removeprefix("+86") not in caplog.text
