"""Packages run out: one card, a forecast for whoever asks, and an end once somebody buys one."""

from datetime import timedelta

import httpx
import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from handlers.jobs import refresh_content
from storage import package_hours
from storage.db import Tx
from storage.traffic import hour_of
from tests.journeys.clock import HandClock
from tests.journeys.people import ALERTS, EVE, LIN, MAYA, Json, Page, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
HOUR_S = 3600


class Account:
    """The account in Tencent's console, and the bot beside it while time passes."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page, self.clock = local, page, clock

    async def live(self, a_day: int, days: int = 28) -> None:
        """Weeks of the same traffic."""
        hour = hour_of(self.clock())
        shares = {hour - nth * HOUR_S: (a_day // 24, HOUR_S) for nth in range(1, days * 24 + 1)}

        def fill(tx: Tx) -> None:
            package_hours.add(tx, shares)

        await self.local.bot.services.db.write(fill)

    async def put(self, package_id: int, amount: int, used: int, **days: float) -> None:
        """A package as the console shows it."""
        now_ms = int(self.clock().timestamp() * 1000)
        row: Json = {"package_id": package_id, "amount_segments": amount, "used_segments": used}
        for name, ahead in days.items():
            row[f"{name}_at_ms"] = now_ms + int(ahead * 86_400_000)
        async with httpx.AsyncClient(trust_env=False) as http:
            door = f"{self.local.sandbox.url}/_sandbox/package"
            assert (await http.post(door, json=row)).is_success
        await refresh_content.run(self.local.bot.services, self.clock())

    async def see(self, words: str) -> Json:
        """Lets time pass until an alert says `words`."""

        async def look() -> Json:
            self.clock.advance(timedelta(seconds=11))
            await self.local.bot.clock.tick()
            return next((each for each in self.page.cards(ALERTS) if words in words_of(each)), {})

        return await self.page.eventually(look)


@pytest.fixture
def account(local: Local, page: Page, clock: HandClock) -> Account:
    return Account(local, page, clock)


async def test_a_package_that_runs_out_is_told_shown_and_over_once_one_is_bought(
    account: Account, page: Page
) -> None:
    await account.live(240)
    await account.put(7001, 10_000, 9_000)
    card = await account.see("Packages are empty about")
    assert "± " in words_of(card)
    assert "/sms package" in words_of(card)
    told = [words_of(each) for each in page.cards(ALERTS)]
    assert len(told) == 1, "that little is left goes without saying"

    said = words_of(await page.type(MAYA, "/sms package"))
    assert "*1,000* segments left, 10 % of the packages in use; about 240 are used a day." in said
    assert "Empty about <!date^" in said
    assert "left, next 14 days" in said
    lins = words_of(await page.type(LIN, "/sms 套餐"))
    assert "剩余 *1,000* 条，占在用套餐的 10%；每天约用 240 条。" in lins
    assert "You need the role *viewer*" in words_of(await page.type(EVE, "/sms package"))

    await account.put(7002, 100_000, 0, expires=200)
    await account.see("Resolved")
    said = words_of(await page.type(MAYA, "/sms package"))
    assert "*101,000* segments left" in said
    assert "About 52," in said, "what is more than two hundred days use"


async def test_a_planned_send_is_told_with_what_it_does_to_them(
    account: Account, page: Page
) -> None:
    await account.live(24)
    await account.put(7001, 1_000, 0)
    numbers = ",".join(f"138000000{nth}" for nth in range(21, 81))
    await page.type(MAYA, f"/sms send {numbers} 1111 A1 9:00 at tomorrow 9am")
    card = await page.see_card("With this send: Empty about")
    assert "Without it: Empty about" in words_of(card)
    await page.press(MAYA, card, "job.confirm")
    said = words_of(await page.type(MAYA, "/sms package"))
    assert "*Planned sends*" in said
    assert "· 60 segments" in said
    assert "Without them: Empty about" in said
