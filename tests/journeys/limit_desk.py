"""People at a change of limits: asking, pressing, agreeing, and the time that passes meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from bot.cli.local import Local
from handlers.flows import limits
from storage import cards
from tests.journeys.clock import HandClock
from tests.journeys.people import MAYA, OMAR, Json, Page, sends_of, until_answered, words_of

T = TypeVar("T")
NUMBER = "+8613800000001"
YES = "white_check_mark"


class Desk:
    """People in front of the page, and the time that passes meanwhile."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self._local, self.page, self._clock = local, page, clock

    async def wait(self, **time: float) -> None:
        """Lets so much time pass at once, and the bot look at the clock."""
        self._clock.advance(timedelta(**time))
        await self._local.bot.clock.tick()

    async def see(self, look: Callable[[], T]) -> T:
        """Lets time pass until `look` finds something."""

        async def look_again() -> T:
            found = look()
            if not found:
                await self.wait(seconds=1)
            return found or look()

        return await self.page.eventually(look_again)

    async def card(self, request_id: str, words: str) -> Json:
        """The card of a request, once it says `words`."""

        def look() -> Json:
            own = (each for each in self.page.cards() if each["text"].endswith(request_id))
            return next((each for each in own if words in words_of(each)), {})

        try:
            return await self.see(look)
        except TimeoutError:
            shown = "\n---\n".join(words_of(each) for each in self.page.cards())
            raise AssertionError(f"{request_id} does not say {words!r}:\n{shown}") from None

    async def reply(self, card: Json, words: str) -> None:
        """A line under a card."""
        await self.see(lambda: [each for each in self.page.replies(card) if words in each])

    async def draft(self, user: str, line: str) -> Json:
        """A change as typed, and its card with the figures."""
        said = await self.page.type(user, line)
        assert "is drafted" in words_of(said), words_of(said)
        return await self.card(words_of(said).split()[0], "Ask for approval")

    async def press(self, user: str, card: Json, action: str) -> None:
        """One button, long enough after the last edit of the card that the next comes at once."""
        await self.page.eventually(self._is_at_rest)
        await self.wait(seconds=2)
        await self.page.press(user, card, action)

    async def agree(self, line: str) -> Json:
        """A change that one asks for and another agrees to, in effect or scheduled."""
        card = await self.draft(OMAR, line)
        await self.press(OMAR, card, "limit.ask")
        waiting = await self.card(id_of(card), "Waiting for approval")
        await self.page.react(MAYA, waiting, YES)
        await self.reply(waiting, "<@U0MAYA> approved.")
        return waiting

    async def policy(self) -> dict[str, int]:
        services = self._local.bot.services
        app = services.settings.apps[0]
        found = await services.db.read(limits.policy_of, app, services.clock())
        return dict(found.as_mapping())

    async def send(self, nth: int) -> Json:
        """A message to the number; what was answered."""
        return await self.page.type(MAYA, f"/sms send {NUMBER} 1111 A{nth} 今天")

    async def send_and_see(self, nth: int) -> None:
        preview = await self.send(nth)
        await self.page.press(MAYA, preview, "send.confirm")
        await until_answered(self._local, self.page, nth)
        assert len(sends_of(self._local)) == nth

    async def _is_at_rest(self) -> bool:
        return await self._local.bot.services.db.read(cards.count_waiting) == 0


def id_of(card: Json) -> str:
    whole: str = card["text"]
    return whole.rpartition(" · ")[2]
