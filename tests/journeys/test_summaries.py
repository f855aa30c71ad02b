"""What a channel hears of a day, a week and an hour with trouble, with a picture and a file."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.locales import Locale
from bot.rules.delivery import MessageState
from bot.rules.lanes import UNPACED
from bot.sandbox.workspace import Pace
from bot.settings import SlackMode
from handlers.flows import summaries
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.people import EVE, LIN, MAYA, Json, Page, buttons_of, sends_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
REPORTS, OF_MAYA = "C0REPORTS", "D0MAYA"
CSV = "figures.csv"
#: What draws it starts anew each time, and looks at every font of the machine.
DRAWN_WITHIN_S = 120.0
DELIVERED, UNDELIVERED = MessageState.DELIVERED.value, MessageState.UNDELIVERED.value
#: Test numbers: the carrier delivers to these, and says no to this.
FINE, ALSO_FINE, NEVER = "13800000001", "13800000009", "13800000002"
ENTRY = {"channel": "#sms-reports", "app": "demo", "daily": "09:00", "weekly": "mon 10:00"}
SUMMARIES = [{**ENTRY, "hourly": True, "trouble_from": 1, "trouble_share": 0.5}]


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """All there is to hear, of the one app; an hour in which half fails is trouble."""
    return {"summaries": SUMMARIES}


class Reader:
    """Somebody who reads the channel while time passes."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page, self._clock = local, page, clock

    async def send(self, *numbers: str) -> None:
        """A message to each, all of them reported on."""
        before = len(sends_of(self.local))
        for number in numbers:
            await self.page.send(MAYA, f"/sms send {number} 1110 123456")

        async def has_sent() -> bool:
            return len(sends_of(self.local)) >= before + len(numbers)

        await self.page.eventually(has_sent)
        await self.page.eventually(self._is_all_reported)

    async def _is_all_reported(self) -> bool:
        open_ = f"SELECT 1 FROM messages WHERE state NOT IN ({DELIVERED}, {UNDELIVERED})"
        return not await self.local.bot.services.db.read(lambda tx: tx.all(open_))

    async def _is_drawing(self) -> bool:
        return bool(await self.local.bot.services.db.read(summaries.find_open, self._clock()))

    async def wait(self, **time: float) -> None:
        self._clock.advance(timedelta(**time))
        await self.local.bot.clock.tick()

    async def see(self, words: str) -> Json:
        """Lets time pass until a card of the channel says `words`. While a picture is drawn it
        stands still: hours would go by, and with them what is due in them."""

        async def look() -> Json:
            if not await self._is_drawing():
                await self.wait(seconds=11)
            return next((each for each in self.cards() if words in words_of(each)), {})

        try:
            return await self.page.eventually(look, DRAWN_WITHIN_S)
        except TimeoutError:
            shown = "\n---\n".join(words_of(each) for each in self.cards())
            raise AssertionError(f"no card says {words!r}; there are:\n{shown}") from None

    def cards(self) -> list[Json]:
        return self.page.cards(REPORTS)

    def texts(self) -> list[str]:
        return [card["text"] for card in self.cards()]


@pytest.fixture
async def reader(local: Local, page: Page, clock: HandClock) -> Reader:
    """The first look at app.yaml is over: what comes next is told."""
    reader = Reader(local, page, clock)
    await reader.wait(seconds=11)
    return reader


async def fetch(local: Local, file: Json, user: str) -> bytes:
    """A file as somebody sees it on the page."""
    async with httpx.AsyncClient(trust_env=False) as http:
        address = f"{local.workspace.url}/ui/file/{file['id']}"
        return (await http.get(address, params={"user": user})).content


@pytest.mark.parametrize("language", Locale, indirect=True)
async def test_a_day_is_told_with_figures_a_picture_causes_and_a_file(
    reader: Reader, page: Page, local: Local, language: Locale
) -> None:
    await reader.send(FINE, ALSO_FINE, NEVER)
    # From Monday at eleven to Tuesday at nine.
    await reader.wait(hours=22)
    is_chinese = language is Locale.ZH_CN
    card = await reader.see("2026年11月23日" if is_chinese else "demo · Mon 23 Nov 2026")
    said = words_of(card)
    assert (
        "送达率 66.7%，失败 1 条" if is_chinese else "66.7 % of them delivered, 1 failed"
    ) in said
    assert ("失败原因" if is_chinese else "Why messages failed") in said
    (picture,) = [block for block in card["blocks"] if block["type"] == "image"]
    assert ("11:00：3，未送达 1" if is_chinese else "11:00: 3, 1 not delivered") in picture[
        "alt_text"
    ]
    assert (await fetch(local, picture["slack_file"], LIN)).startswith(b"\x89PNG")
    assert buttons_of(card) == [CSV]
    if is_chinese:
        return
    await page.press(EVE, card, CSV, REPORTS)
    await page.press(MAYA, card, CSV, REPORTS)
    await page.see_whisper(MAYA, "The file is in your conversation", REPORTS)
    (file,) = [f for m in local.workspace.messages(OF_MAYA) for f in m.get("files", [])]
    assert file["name"] == "demo-2026-11-23-0000-2026-11-24-0000.csv"
    lines = (await fetch(local, file, MAYA)).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("counted by,value,sent,accepted,refused,in doubt,delivered")
    assert lines[1].startswith("all,,3,3,0,0,2,1,")
    assert any(line.startswith("hour,2026-11-23 11:00,3,3,0,0,2,1,") for line in lines)
    assert "The file" not in str([words_of(each) for each in page.whispers(EVE, REPORTS)])


async def test_a_quiet_day_is_one_line_and_a_week_is_told_beside_it(
    reader: Reader, local: Local
) -> None:
    await reader.send(FINE)
    await reader.wait(hours=22)
    await reader.see("Mon 23 Nov 2026")
    await reader.wait(days=1)
    await reader.see("demo · Tue 24 Nov 2026: ")
    (quiet,) = [card for card in reader.cards() if "Tue 24 Nov" in card["text"]]
    assert len(quiet["blocks"]) == 1
    await reader.wait(days=5, hours=2)
    card = await reader.see("demo · Mon 23 Nov 2026 to Sun 29 Nov 2026")
    assert "1 sent, 100 % of them delivered, 0 failed" in card["text"]
    # Late after days without the clock: of the days, only the newest.
    assert [text for text in reader.texts() if "Sun 29 Nov 2026: " in text]
    assert not [text for text in reader.texts() if "Wed 25 Nov" in text]


async def test_an_hour_with_trouble_is_told_and_one_without_is_not(reader: Reader) -> None:
    await reader.send(FINE, ALSO_FINE)
    await reader.wait(hours=1, minutes=10)
    await reader.send(NEVER)
    assert reader.cards() == []
    await reader.wait(hours=1)
    card = await reader.see("demo · trouble in the hour from 12:00 · Mon 23 Nov 2026")
    assert "1 of 1 messages with a receipt were not delivered (100 %)." in words_of(card)
    assert len(reader.cards()) == 1


async def test_a_summary_is_told_once_however_often_the_bot_starts_and_clocks_are_put_back(
    tmp_path: Path, clock: HandClock, mode: SlackMode
) -> None:
    overrides = {"summaries": [ENTRY]}
    plan = Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        sandbox=QUICK,
        mode=mode,
        pace=Pace(),
        clock=clock,
        overrides=overrides,
    )
    told: list[str] = []
    for move in (
        timedelta(),
        timedelta(hours=23),
        timedelta(),
        -timedelta(hours=22),
        timedelta(hours=22),
    ):
        clock.advance(move)
        async with running_locally(plan) as local, httpx.AsyncClient(trust_env=False) as http:
            reader = Reader(local, Page(local.workspace, http), clock)
            if not told and move:
                await reader.see("Mon 23 Nov 2026")
            for _ in range(2):
                await reader.wait(seconds=11)
            told = reader.texts()
    assert [text.partition(":")[0] for text in told] == ["demo · Mon 23 Nov 2026"]
