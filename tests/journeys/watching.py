"""Somebody who waits for an alert while time passes."""

from datetime import timedelta

from bot.cli.local import Local
from tests.journeys.clock import HandClock
from tests.journeys.people import ALERTS, Json, Page, until_said, words_of

#: Less than any wait of an alert, so that none is left out.
STEP = timedelta(seconds=6)


async def see_alert(
    local: Local, page: Page, clock: HandClock, words: str, channel: str = ALERTS
) -> Json:
    """Lets time pass until a card in `channel` says `words`."""

    async def look() -> Json:
        clock.advance(STEP)
        await local.bot.clock.tick()
        # On a slow machine no more of it passes than Slack keeps up with.
        await until_said(local, page)
        return next((each for each in page.cards(channel) if words in words_of(each)), {})

    try:
        return await page.eventually(look)
    except TimeoutError:
        shown = "\n---\n".join(words_of(each) for each in page.cards(channel))
        raise AssertionError(f"no alert says {words!r}; there are:\n{shown}") from None
