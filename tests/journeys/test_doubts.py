"""Nobody answered for a send: Tencent's books say what became of it, or a person decides."""

from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.sandbox.tencent.faults import Fault, FaultKind
from tests.journeys.clock import HandClock
from tests.journeys.people import LIN, MAYA, Json, Page, buttons_of, sends_of, words_of

FIRST, SECOND, THIRD = "+8613912345601", "+8613912345602", "+8613912345603"
RECORDS, REPORTS = "DescribeSendRecordList", "PullSmsSendStatusByPhoneNumber"
CHOICES = ["doubt.treat_as_sent", "doubt.send_again", "doubt.keep_waiting"]

FOR_ALL = ["doubt.all_treat_as_sent", "doubt.all_send_again", "doubt.all_keep_waiting"]


async def doubt(local: Local, page: Page, number: str, kind: FaultKind) -> None:
    """A notice whose request came to nothing anybody knows."""
    local.sandbox.world.faults.add(Fault("SendSms", kind))
    await page.send(MAYA, f"/sms send {number} 1111 1=A1 2=9:00")
    await see(page, number, "In doubt")


async def see(page: Page, number: str, words: str, buttons: list[str] | None = None) -> Json:
    """Waits for the card of a number that says `words` and has `buttons`, where they are given."""

    def look() -> Json:
        cards = [card for card in page.cards() if number[-2:] + "\n" in words_of(card)]
        return next(
            (
                card
                for card in cards
                if words in words_of(card) and buttons_of(card) == (buttons or [])
            ),
            {},
        )

    return await page.see(look)


async def pass_time(local: Local, clock: HandClock, by: timedelta) -> None:
    """And what is due then is begun at once."""
    clock.advance(by)
    await local.bot.clock.tick()


def received(local: Local, number: str) -> int:
    return len(local.sandbox.phones.messages(number))


@pytest.mark.parametrize(
    ("unreadable", "source"),
    [
        pytest.param(REPORTS, "Tencent's records", id="records"),
        pytest.param(RECORDS, "a carrier's report", id="report"),
    ],
)
async def test_tencents_books_settle_a_doubt(
    local: Local, page: Page, clock: HandClock, unreadable: str, source: str
) -> None:
    local.sandbox.world.faults.add(Fault(unreadable, FaultKind.NOT_JSON, times=100))
    await doubt(local, page, FIRST, FaultKind.DROP_AFTER_ACCEPT)
    await pass_time(local, clock, timedelta(seconds=6))
    card = await see(page, FIRST, source)
    assert "*Delivered*" in words_of(card)
    assert (received(local, FIRST), len(sends_of(local))) == (1, 1)


async def test_a_person_decides_where_nothing_is_known(
    local: Local, page: Page, clock: HandClock
) -> None:
    for number in (FIRST, SECOND, THIRD):
        await doubt(local, page, number, FaultKind.DROP_BEFORE_ACCEPT)
    await pass_time(local, clock, timedelta(minutes=16))

    first = await see(page, FIRST, "then decide", CHOICES)
    second = await see(page, SECOND, "then decide", CHOICES)
    third = await see(page, THIRD, "then decide", CHOICES)

    # A card is edited once a second: these are about to be.
    await pass_time(local, clock, timedelta(seconds=2))
    await page.press(MAYA, first, "doubt.treat_as_sent")
    left = await see(page, FIRST, "Outcome unknown")
    assert "<@U0MAYA> decided" in words_of(left)

    await page.press(MAYA, second, "doubt.send_again")
    again = await see(page, SECOND, "Delivered in")
    assert "2 tries" in words_of(again)

    await page.press(MAYA, third, "doubt.keep_waiting")
    await see(page, THIRD, "<@U0MAYA> chose to keep waiting")
    await pass_time(local, clock, timedelta(minutes=61))
    await see(page, THIRD, "then decide", CHOICES)

    assert [received(local, number) for number in (FIRST, SECOND, THIRD)] == [0, 1, 0]
    assert len(sends_of(local)) == 4


async def test_somebody_else_decides_on_all_doubts_of_a_job(
    local: Local, page: Page, clock: HandClock
) -> None:
    numbers = (FIRST, SECOND, THIRD)
    local.sandbox.world.faults.add(Fault("SendSms", FaultKind.DROP_BEFORE_ACCEPT))
    await page.type(MAYA, f"/sms send {','.join(numbers)} 1111 A1 今天")
    await page.press(MAYA, await page.see_card("Send to 3 recipients?"), "job.confirm")
    await page.see_card("Starts in")
    await pass_time(local, clock, timedelta(seconds=40))
    await page.see_card("*3 messages in doubt*")
    await pass_time(local, clock, timedelta(minutes=16))

    card = await page.see_card("You can decide on 3 of them now")
    assert [each for each in buttons_of(card) if each.startswith("doubt.")] == FOR_ALL
    await page.press(MAYA, card, "doubt.all_send_again")
    await page.see_whisper(MAYA, "somebody else has to say")
    assert len(sends_of(local)) == 1
    await page.press(LIN, card, "doubt.all_send_again")
    await page.see_whisper(LIN, "3")

    async def have_it() -> bool:
        return [received(local, each) for each in numbers] == [1, 1, 1]

    await page.eventually(have_it)
