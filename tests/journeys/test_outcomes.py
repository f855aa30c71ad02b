"""Each test number has its fate, and the card tells it: the state, the cause, the cure."""

from datetime import timedelta
from functools import partial

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from tests.journeys.clock import HandClock
from tests.journeys.people import MAYA, Page, buttons_of, sends_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)

#: The last two digits of the number, what its card ends with, and the code it names.
ENDS = {
    "02": ("Not delivered", "MK:0001"),
    "03": ("Not delivered", "MK:0004"),
    "04": ("Not sent", "FailedOperation.PhoneNumberInBlacklist"),
    "05": ("Not delivered", "MK:0118"),
    "06": ("Accepted by Tencent, not delivered yet", ""),
    "07": ("Not sent", "LimitExceeded.PhoneNumberDailyLimit"),
    "08": ("Delivered in", ""),
    "09": ("Delivered in", ""),
    "13": ("Not sent", "FailedOperation.InsufficientBalanceInSmsPackage"),
    "14": ("Delivered in", ""),
    "15": ("Not delivered", "UNDELIV"),
    "16": ("Not delivered", "DB:0142"),
}


async def test_each_card_ends_as_its_number_does(local: Local, page: Page) -> None:
    for number in ENDS:
        await page.send(MAYA, f"/sms send +86138000000{number} 1110 code=123456")
    for number, (headline, code) in ENDS.items():
        card = await page.see(partial(_card_of, page, number, headline), 20)
        assert code in words_of(card)
        assert ("What to do:" in words_of(card)) is bool(code)
    assert len(sends_of(local)) == len(ENDS)


async def test_an_accepted_send_whose_answer_was_lost_is_settled_by_tencents_records(
    local: Local, page: Page, clock: HandClock
) -> None:
    for number in ("10", "17"):
        await page.send(MAYA, f"/sms send +86138000000{number} 1110 code=123456")
        await page.see(partial(_card_of, page, number, "In doubt"))
    clock.advance(timedelta(seconds=6))
    for number in ("10", "17"):
        card = await page.see(partial(_card_of, page, number, "*Delivered*"))
        assert "settled by Tencent's records" in words_of(card)
        assert len(local.sandbox.phones.messages(f"+86138000000{number}")) == 1
    assert len(sends_of(local)) == 2


@pytest.mark.parametrize("number", ["11", "12"])
async def test_a_code_nobody_can_account_for_is_in_doubt_and_then_left_alone(
    local: Local, page: Page, clock: HandClock, number: str
) -> None:
    await page.send(MAYA, f"/sms send +86138000000{number} 1110 code=123456")
    card = await page.see_card("In doubt")
    assert buttons_of(card) == []
    clock.advance(timedelta(minutes=16))
    await page.see_card("Outcome unknown", timeout_s=15)
    assert len(sends_of(local)) == 1
    assert local.sandbox.phones.messages(f"+86138000000{number}") == []


async def test_a_number_in_doubt_lets_no_second_message_through(local: Local, page: Page) -> None:
    await page.send(MAYA, "/sms send +8613800000011 1110 code=111111")
    await page.see_card("In doubt")
    await page.send(MAYA, "/sms send +8613800000011 1110 code=222222")
    await page.see_card("Waiting to be sent")
    assert len(sends_of(local)) == 1


def _card_of(page: Page, number: str, headline: str) -> dict[str, object]:
    masked = f"+86 138****00{number}"
    words = {words_of(card): card for card in page.cards()}
    return next((card for said, card in words.items() if masked in said and headline in said), {})
