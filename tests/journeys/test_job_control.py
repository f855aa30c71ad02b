"""A send to many in the hands of people: undone, moved, paused, cancelled, taken away as files."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.rules.delivery import MessageState
from bot.rules.lanes import UNPACED
from bot.sandbox.workspace import Pace
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.settings import SlackMode
from storage import cards
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.forms import OpenForm
from tests.journeys.people import BO, LIN, MAYA, Page, buttons_of, sends_of, words_of
from tests.policies import PLAIN

LONG_NUMBER = "137-0000-00012"
SLOW = {**PLAIN, "sending.per_s": 1, "sending.batch": 1}
#: So many messages, one a second, are not gone before somebody has pressed a button, on a machine
#: that does other things too.
LARGE = 24
Json = dict[str, Any]


def number(nth: int) -> str:
    return f"+86137{nth:08}"


def line(count: int, more: str = "") -> str:
    """A send to so many, the same text to each."""
    numbers = ",".join(number(nth) for nth in range(1, count + 1))
    return f"/sms send {numbers} 1111 A1 今天{more}"


def going(tx: Tx) -> int:
    """Messages that are on their way to Tencent."""
    rows = tx.all("SELECT state FROM messages")
    return sum(row["state"] == MessageState.IN_FLIGHT for row in rows)


def phones(local: Local, count: int) -> int:
    """How many of them received it."""
    inbox = local.sandbox.phones
    return sum(len(inbox.messages(number(nth))) for nth in range(1, count + 1))


class Hand:
    """A person's hand on the buttons of a card, and the time that passes meanwhile."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self._local, self._page, self._clock = local, page, clock

    async def wait(self, **time: float) -> None:
        """Lets so much time pass at once, and the bot look at the clock."""
        self._clock.advance(timedelta(**time))
        await self._local.bot.clock.tick()

    async def press(self, user: str, card: Json, action: str) -> None:
        """One button, long enough after the last edit of the card that the next comes at once."""
        await self.rest()
        await self._page.press(user, card, action)

    async def rest(self) -> None:
        """Until no card is about to be edited."""
        await self._page.eventually(self._is_at_rest)
        await self.wait(seconds=2)

    async def ask(self, count: int, more: str = "") -> None:
        """A send that its requester says yes to."""
        await self._page.type(MAYA, line(count, more))
        card = await self._page.see_card(f"Send to {count} recipients?")
        await self.press(MAYA, card, "job.confirm")

    async def start(self, count: int) -> None:
        """The same, past its undo window."""
        await self.ask(count)
        await self._page.see_card("Starts in")
        await self._page.eventually(self._is_at_rest)
        await self.wait(seconds=40)

    async def see(self, words: str) -> Json:
        """Lets time pass until a card says `words`."""

        async def look() -> Json:
            await self.wait(seconds=1)
            return next((each for each in self._page.cards() if words in words_of(each)), {})

        return await self._page.eventually(look)

    async def settled(self) -> int:
        """How many left, once none is on its way any more: what was begun before a word is sent."""

        async def is_settled() -> bool:
            return await self._local.bot.services.db.read(going) == 0

        await self._page.eventually(is_settled)
        return len(sends_of(self._local))

    async def _is_at_rest(self) -> bool:
        return await self._local.bot.services.db.read(cards.count_waiting) == 0


@pytest.fixture
def plan(tmp_path: Path, mode: SlackMode, clock: HandClock) -> Plan:
    """A message a second: slow enough to step in."""
    return Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        mode=mode,
        sandbox=QUICK,
        pace=Pace(),
        clock=clock,
        overrides=SLOW,
    )


@pytest.fixture
async def local(plan: Plan) -> AsyncIterator[Local]:
    async with running_locally(plan) as running:
        yield running


@pytest.fixture
def hand(local: Local, page: Page, clock: HandClock) -> Hand:
    return Hand(local, page, clock)


def heard(page: Page) -> list[str]:
    """What each of the two was told alone."""
    return [words_of(each) for user in (MAYA, LIN) for each in page.whispers(user)]


def id_of(card: Json) -> str:
    whole: str = card["text"]
    return whole.rpartition(" · ")[2]


async def test_within_the_undo_window_all_of_it_is_taken_back(
    local: Local, page: Page, hand: Hand
) -> None:
    await hand.ask(3)
    card = await page.see_card("Starts in")
    assert buttons_of(card) == ["job.undo"]
    await hand.rest()
    # Both at once: whoever waits for a rest of their own comes to a card without the button.
    await asyncio.gather(*(page.press(user, card, "job.undo") for user in (MAYA, LIN)))
    await hand.see("Cancelled before anything was sent")
    late = ("Too late", "太迟了")
    told = await page.see(lambda: [each for each in heard(page) if each.startswith(late)])
    assert len(told) == 1
    await hand.wait(minutes=5)
    assert sends_of(local) == []


async def test_a_job_is_paused_resumed_and_comes_to_its_end(
    local: Local, page: Page, hand: Hand
) -> None:
    await hand.start(LARGE)
    card = await page.see_card("Sending:")
    await hand.press(LIN, card, "job.pause")
    card = await hand.see("Paused at")
    assert f"<@{LIN}> paused it" in words_of(card)
    assert buttons_of(card) == ["job.resume", "job.cancel", "job.results"]
    sent = await hand.settled()
    assert sent < LARGE
    await hand.wait(minutes=1)
    listed = words_of(await page.type(MAYA, "/sms job"))
    assert f"`{id_of(card)}` · Paused at" in listed
    assert len(sends_of(local)) == sent
    await hand.press(MAYA, card, "job.resume")
    await hand.see(f"Finished: {LARGE} of {LARGE} delivered")
    assert len(sends_of(local)) == LARGE


async def test_a_job_cancelled_midway_sends_no_more(local: Local, page: Page, hand: Hand) -> None:
    await hand.start(LARGE)
    card = await page.see_card("Sending:")
    copy = await page.type(MAYA, "/sms job cancel")
    # "Had taken", but for one that is on its way just now.
    assert "Cancelled: Tencent " in words_of(copy)
    card = await hand.see("Cancelled: Tencent had taken")
    sent = await hand.settled()
    assert sent < LARGE
    await hand.wait(minutes=1)
    await hand.see("Cancelled, not sent")
    assert phones(local, LARGE) == sent == len(sends_of(local))
    assert "job.results" in buttons_of(card)


async def test_a_scheduled_job_is_moved_and_then_cancelled(
    local: Local, page: Page, hand: Hand
) -> None:
    await hand.ask(2, " at 18:00")
    card = await page.see_card("Scheduled for 2026-11-23 18:00 Asia/Shanghai")
    assert buttons_of(card) == ["job.move", "job.cancel"]
    await hand.press(BO, card, "job.move")
    await hand.press(MAYA, card, "job.move")
    form = await OpenForm.opened(local, page, MAYA, "job.move_form")
    assert form.holds("job.time") == "2026-11-23 18:00"
    form.write("job.time", "whenever")
    assert await form.hand_in() != {}
    form.write("job.time", "明天9点")
    assert await form.hand_in() == {}
    await form.see("", "starts tomorrow 09:00 Asia/Shanghai")
    card = await page.see_card("Scheduled for 2026-11-24 09:00 Asia/Shanghai")
    await hand.press(LIN, card, "job.cancel")
    await hand.see("Cancelled before anything was sent")
    await hand.wait(days=1)
    assert sends_of(local) == []


async def test_a_scheduled_job_goes_out_at_its_time_and_not_before(
    local: Local, page: Page, hand: Hand, clock: HandClock
) -> None:
    await hand.ask(2, " at 18:00")
    await page.see_card("Scheduled for 2026-11-23 18:00 Asia/Shanghai")
    its_time = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    await hand.wait(seconds=(its_time - clock()).total_seconds() - 5)
    assert sends_of(local) == []
    await hand.see("Finished: 2 of 2 delivered")
    assert clock() >= its_time
    assert len(sends_of(local)) == 2


async def test_a_job_that_is_late_ends_and_does_not_go_on_the_next_morning(
    local: Local, page: Page, hand: Hand
) -> None:
    await hand.start(LARGE)
    card = await page.see_card("Sending:")
    await hand.press(LIN, card, "job.pause")
    card = await hand.see("Paused at")
    sent = await hand.settled()
    await hand.wait(days=1)
    card = await hand.see("Its time is over: Tencent had taken")
    assert "job.resume" not in buttons_of(card)
    assert "is not paused" in words_of(await page.type(MAYA, f"/sms job resume {id_of(card)}"))
    await hand.wait(minutes=1)
    assert len(sends_of(local)) == sent < LARGE


async def test_what_became_of_each_number_comes_as_a_file_for_who_asked(
    local: Local, page: Page, hand: Hand
) -> None:
    await hand.start(2)
    card = await hand.see("Finished: 2 of 2 delivered")
    await asyncio.gather(*(hand.press(LIN, card, "job.results") for _ in range(2)))
    await page.see_whisper(LIN, "的文件已发到我们的私信")
    heading, *rows = await read_csv(local, page, LIN)
    assert heading[:3] == ["行", "号码", "状态"]
    assert [row[:3] for row in rows] == [
        ["1", "86 137****0001", "已送达"],
        ["2", "86 137****0002", "已送达"],
    ]


async def test_rows_that_cannot_be_used_come_as_a_file_with_the_reason_of_each(
    local: Local, page: Page, hand: Hand
) -> None:
    await page.type(
        MAYA, f"/sms send {number(1)},95588,=cmd,{LONG_NUMBER},{number(1)} 1111 A1 今天"
    )
    card = await page.see_card("Send to 1 recipient?")
    assert buttons_of(card) == ["job.confirm_good", "job.discard", "job.errors"]
    await hand.press(MAYA, card, "job.errors")
    await page.see_whisper(MAYA, "is in our conversation")
    heading, *rows = await read_csv(local, page, MAYA)
    assert heading == ["Row", "Column", "Reason", "What stands there"]
    assert [row[0] for row in rows] == ["2", "3", "4", "5"]
    assert all(row[2] for row in rows)
    assert rows[1][3].startswith("'=")
    assert [row[3] for row in rows[2:]] == ["137-****-**012", "86 137****0001"]
    refused = Fault(
        "files.getUploadURLExternal", FaultKind.REFUSED, times=None, error="missing_scope"
    )
    local.workspace.faults.add(refused)
    await hand.press(MAYA, card, "job.errors")
    await page.see_whisper(MAYA, "Slack did not take the file")


async def test_a_job_is_found_by_its_id_and_a_wrong_one_by_what_is_near(
    local: Local, page: Page
) -> None:
    nothing = words_of(await page.type(MAYA, "/sms job"))
    assert "No sends to many are under way" in nothing
    await page.type(MAYA, line(2))
    card = await page.see_card("Send to 2 recipients?")
    wanted = id_of(card)
    copy = await page.type(MAYA, f"/sms 任务 {wanted[2:].lower()}")
    assert buttons_of(copy) == ["job.confirm_here", "job.discard_here"]
    typo = await page.type(MAYA, f"/sms job pause {wanted[:-1]}")
    assert f"Did you mean `{wanted}`?" in words_of(typo)
    assert "Nothing is going out" in words_of(await page.type(MAYA, "/sms job pause"))
    refused = words_of(await page.type(MAYA, f"/sms job pause {wanted}"))
    assert "is not going out now" in refused
    assert "R-" in words_of(await page.type(MAYA, "/sms job list"))
    refused = words_of(await page.type(BO, f"/sms job cancel {wanted}"))
    assert f"只有 {wanted} 的申请人" in refused


async def test_the_panic_button_stops_every_job_of_an_app_and_two_let_it_again(
    local: Local, page: Page, hand: Hand
) -> None:
    await hand.start(LARGE)
    await page.see_card("Sending:")
    said = words_of(await page.type(LIN, "/sms 应用 停止 demo 文案有误"))
    assert "已停止" in said
    card = await hand.see("App demo is stopped")
    assert "文案有误" in words_of(card)
    sent = await hand.settled()
    await hand.wait(minutes=1)
    single = await page.type(MAYA, f"/sms send {number(9)} 1110 code=123456")
    assert "App demo is stopped" in words_of(single)
    await page.type(LIN, "/sms app resume demo 文案已修正")
    request = await hand.see("文案已修正")
    assert len(sends_of(local)) == sent
    await hand.press(BO, request, "approve.yes")
    await hand.see(f"Finished: {LARGE} of {LARGE} delivered")
    single = await page.type(MAYA, f"/sms send {number(9)} 1110 code=123456")
    assert buttons_of(single) == ["send.confirm", "send.discard"]


async def read_csv(local: Local, page: Page, user: str) -> list[list[str]]:
    """The file in somebody's conversation with the bot, row by row."""
    slack = local.bot.services.slack
    direct = await slack.open_conversation(user)
    message = await page.see(
        lambda: next((m for m in local.workspace.messages(direct) if m.get("files")), {})
    )
    [file] = message["files"]
    body = await slack.download(file["url_private"], 10**6, 5)
    assert isinstance(body, bytes), body
    assert body.startswith(b"\xef\xbb\xbf")
    assert b"13700000001" not in body
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
