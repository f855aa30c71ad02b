"""Traffic an app does not have: one alert, three buttons, an end of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli.local import Local
from bot.rules.alerts.traffic import UNUSUAL
from bot.settings import SlackMode
from bot.slack.messages import limit_forms
from tests.handlers.flows.traffic_hours import live
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import (
    ALERTS,
    BO,
    EVE,
    LIN,
    MAYA,
    OMAR,
    Json,
    Page,
    buttons_of,
    sends_of,
    until_answered,
    until_said,
    words_of,
)

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
MANY = "usually about 1 in this hour of the week"
#: Test numbers whose carrier says no.
NEVER_DELIVERED = ("13800000002", "13800000003", "13800000005", "13800000016")
KINDS = [f"alert={kind}" for kind in sorted(UNUSUAL)]
STOP, TIGHTEN, IGNORE = "brake.stop", "brake.tighten", "brake.ignore"


@pytest.fixture
def pause(request: pytest.FixtureRequest) -> Sequence[str]:
    """What stops the app by itself."""
    pause: Sequence[str] = getattr(request, "param", [])
    return pause


@pytest.fixture
def overrides(pause: Sequence[str]) -> Mapping[str, object]:
    """Floors that five messages reach."""
    floors = {"volume_from": 5, "new_from": 4, "success_from": 4}
    given = {f"apps.0.brake.{key}": value for key, value in floors.items()}
    return {**given, "apps.0.brake.pause": pause}


class Shift:
    """Somebody who looks at the alerts while time passes."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page, self._clock = local, page, clock

    async def remember(self) -> None:
        """Four weeks in which the app sent a message every hour."""
        await self.local.bot.services.db.write(live, 1, 4, self._clock())

    async def send(self, *numbers: str, what: str = "1110 123456") -> None:
        """A message to each, one by one."""
        before = len(sends_of(self.local))
        for number in numbers:
            await self.page.send(MAYA, f"/sms send {number} {what}")
        await until_answered(self.local, self.page, before + len(numbers))

    async def wait(self, **time: float) -> None:
        self._clock.advance(timedelta(**time))
        await self.local.bot.clock.tick()
        # On a slow machine no more of it passes than Slack keeps up with.
        await until_said(self.local, self.page)

    async def wait_until(self, at: datetime) -> None:
        """However long the way here took."""
        await self.wait(seconds=max(0.0, (at - self._clock()).total_seconds()))

    def now(self) -> datetime:
        return self._clock()

    def alerts(self) -> list[Json]:
        """The cards about unusual traffic."""
        told = self.page.cards(ALERTS)
        return [each for each in told if any(kind in words_of(each) for kind in KINDS)]

    async def see(self, words: str) -> Json:
        """Lets time pass until an alert says `words`."""

        async def look() -> Json:
            await self.wait(seconds=11)
            return next((each for each in self.alerts() if words in words_of(each)), {})

        return await self.page.eventually(look)

    async def see_button(self, action: str) -> None:
        """Lets time pass until the first alert offers it."""

        async def look() -> bool:
            await self.wait(seconds=11)
            return action in offered(self.alerts()[0])

        await self.page.eventually(look)

    def told(self, least: int, *people: str) -> list[str]:
        """What each of them was told alone, once there is so much of it."""
        every = [words_of(w) for user in people for w in self.page.whispers(user, ALERTS)]
        return every if len(every) >= least else []

    async def press(self, user: str, alert: Json, action: str) -> None:
        await self.page.press(user, alert, action, ALERTS)


def offered(alert: Json) -> list[str]:
    """What can be done about the traffic itself; any alert can be acknowledged, and so on."""
    return [each for each in buttons_of(alert) if each.startswith("brake.")]


@pytest.fixture
def shift(local: Local, page: Page, clock: HandClock) -> Shift:
    return Shift(local, page, clock)


def mainland(count: int = 5) -> list[str]:
    """Numbers of a kind it always writes to."""
    return [f"1380001{nth:04}" for nth in range(count)]


async def test_too_many_messages_are_told_once_and_stopped_by_the_first_of_two_clicks(
    shift: Shift, page: Page
) -> None:
    await shift.remember()
    await shift.send(*mainland())
    alert = await shift.see(MANY)
    assert "demo: 5 messages" in words_of(alert)
    assert offered(alert) == [STOP, TIGHTEN, IGNORE]
    await asyncio.gather(*(shift.press(user, alert, STOP) for user in (MAYA, OMAR)))
    told = await page.see(lambda: shift.told(2, MAYA, OMAR))
    assert sum("is stopped." in each for each in told) == 1
    assert sum("already" in each for each in told) == 1
    alert = await shift.see("`/sms app resume demo` asks")
    assert offered(alert) == [TIGHTEN, IGNORE]
    await page.see_card("stopped the app", ALERTS)
    assert sum("stopped the app" in words_of(each) for each in page.cards(ALERTS)) == 1
    refused = await page.type(MAYA, "/sms send 13800010099 1110 123456")
    assert "stopped" in words_of(refused)
    # Letting it send again is asked for, as after any stop.
    await page.type(MAYA, "/sms app resume demo it was a test of ours")
    card = await page.see_card("it was a test of ours")
    await page.react(BO, card, "white_check_mark")
    await shift.see_button(STOP)
    await shift.send("13800010099")


async def test_it_ends_by_itself_and_says_so(shift: Shift) -> None:
    await shift.remember()
    await shift.send(*mainland())
    alert = await shift.see(MANY)
    # A guest may look at it, and no more.
    for action in (STOP, TIGHTEN, IGNORE):
        await shift.press(EVE, alert, action)
    said = await shift.page.see(lambda: shift.told(3, EVE))
    assert ["@sms-senders" in each for each in said] == [True] * 3
    # It began at 11, and 12 to 13 is to be a whole hour without any.
    await shift.wait_until(datetime(2026, 11, 23, 4, 1, tzinfo=UTC))
    await shift.wait_until(datetime(2026, 11, 23, 4, 58, tzinfo=UTC))
    assert "Over since" not in words_of(shift.alerts()[0])
    over = await shift.see("Over since")
    assert offered(over) == []
    assert len(shift.alerts()) == 1


async def test_tighten_opens_the_form_with_what_would_let_no_more_through(
    shift: Shift, page: Page
) -> None:
    await shift.remember()
    await shift.send(*mainland())
    alert = await shift.see(MANY)
    await shift.press(MAYA, alert, TIGHTEN)
    form = await OpenForm.opened(shift.local, page, MAYA, limit_forms.SET_FORM)
    assert form.holds(limit_forms.OTHERS) == "mainland.stop=36"
    assert form.holds(limit_forms.ENDS) == "24h"
    reason = form.holds(limit_forms.REASON)
    assert reason.startswith("Unusual traffic: 5 messages in an hour. The day's stop counts")
    assert await form.hand_in() == {}
    await page.see_card("Unusual traffic: 5 messages in an hour.", ALERTS)


async def test_what_was_expected_is_not_mentioned_for_an_hour(shift: Shift, page: Page) -> None:
    await shift.remember()
    await shift.wait(minutes=30)
    await shift.send(*mainland())
    alert = await shift.see(MANY)
    await shift.press(LIN, alert, IGNORE)
    pressed_at = shift.now()
    alert = await shift.see("expected this")
    assert "<@U0LIN> resolved it" in words_of(alert)
    assert offered(alert) == []
    await shift.wait_until(pressed_at + timedelta(minutes=40))
    await shift.send(*(f"1380002{nth:04}" for nth in range(5)))
    assert len(shift.alerts()) == 1
    await shift.wait_until(pressed_at + timedelta(minutes=65))
    await shift.see("Firing")
    assert len(shift.alerts()) == 2
    assert offered(shift.alerts()[-1]) == [STOP, TIGHTEN, IGNORE]


async def test_messages_to_places_it_never_wrote_to_look_like_pumping(shift: Shift) -> None:
    await shift.remember()
    await shift.send(*(f"+99890123456{nth}" for nth in range(4)), what="1113 123456 5")
    alert = await shift.see("go where it did not send before")
    assert "New countries (1): `UZ`" in words_of(alert)
    assert "SMS pumping looks like this" in words_of(alert)
    assert len(shift.alerts()) == 1


async def test_messages_that_do_not_come_through_are_told(shift: Shift) -> None:
    await shift.remember()
    await shift.send(*NEVER_DELIVERED)
    await shift.see("only 0 % of 4 reported messages")
    assert len(shift.alerts()) == 1


@pytest.mark.parametrize("pause", [["volume"]], indirect=True)
async def test_the_app_is_stopped_at_once_where_app_yaml_says_so(shift: Shift, page: Page) -> None:
    await shift.remember()
    await shift.send(*mainland())
    alert = await shift.see("smsops stopped demo")
    assert offered(alert) == [TIGHTEN, IGNORE]
    assert len(shift.alerts()) == 1
    listed = words_of(await page.type(MAYA, "/sms app"))
    assert "Stopped by smsops" in listed
    assert "app.yaml says that this stops the app" in listed
