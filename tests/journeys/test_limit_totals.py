"""What an app may send in a day: told near its end, held at its end, and going on the next day."""

from collections.abc import Mapping

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from storage import limits
from tests.journeys.clock import HandClock
from tests.journeys.limit_desk import Desk
from tests.journeys.people import MAYA, Json, Page, buttons_of, words_of
from tests.journeys.watching import see_alert

NUMBERS = [f"+86137{nth:08}" for nth in range(1, 6)]
LINE = f"/sms send {','.join(NUMBERS)} 1111 A1 今天 valid 2d"


@pytest.fixture
def mode() -> SlackMode:
    """One transport is enough here."""
    return SlackMode.HTTP


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """Three messages a day to the mainland, and somebody is told from the second on."""
    return {
        "apps.0.limits.totals": {"mainland": {"warn": 2, "stop": 3}, "SG": {"stop": 0}},
        "sending.undo_s": 0,
    }


@pytest.fixture
def desk(local: Local, page: Page, clock: HandClock) -> Desk:
    return Desk(local, page, clock)


def received(local: Local) -> int:
    return sum(len(local.sandbox.phones.messages(number)) for number in NUMBERS)


async def see(desk: Desk, page: Page, words: str, button: str = "") -> Json:
    """The card or message of the channel that says so, and has that button."""

    def look() -> Json:
        found = (each for each in page.cards() if words in words_of(each))
        return next((each for each in found if not button or button in buttons_of(each)), {})

    return await desk.see(look)


async def test_a_total_at_its_end_is_told_and_holds_a_job_until_somebody_lets_it_go_on(
    desk: Desk, page: Page, local: Local, clock: HandClock
) -> None:
    await page.type(MAYA, LINE)
    preview = await see(desk, page, "Send to 5 recipients?")
    assert "About 2 are more than the app may send on one day" in words_of(preview)
    await desk.press(MAYA, preview, "job.confirm")
    held = await see(desk, page, "as many messages today as its limits allow", "job.resume")
    await desk.see(lambda: received(local) == 3)
    told = await see_alert(local, page, clock, "3 messages to the mainland today")
    assert "jobs are held, single messages are refused" in words_of(told)

    # A single message has no room left either; to a country with none there never is any.
    said = words_of(await page.type(MAYA, f"/sms send {NUMBERS[4]} 1111 A1 今天"))
    assert "This app has sent 3 of 3 messages to the mainland today." in said
    assert "It may go again from <!date^" in said
    never = words_of(await page.type(MAYA, "/sms send +6591234567 1113 1234 5"))
    assert "allow no message like this one at all" in never

    # app.yaml's figures are the app's own from its first start on.
    known = await local.bot.services.db.read(limits.policy_row, "demo")
    assert known is not None
    assert known.seeded == local.bot.services.settings.apps[0].limits.policy

    await desk.wait(hours=24)
    await desk.press(MAYA, held, "job.resume")
    await desk.see(lambda: received(local) == 5)
    over = await see_alert(local, page, clock, "Resolved · critical · demo: 3 messages")
    assert over["ts"] == told["ts"]
