"""A lane for each channel: who wants to say something there waits for their turn, first come first.

The outbox, what is told to one person alone, and files share the lanes; so a channel never has more
than one message a second of ours, whoever it comes from.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bot.errors import SlackError
from bot.rules.lanes import EDIT, FILES, POST, WHISPER, Holds, Pace, after, may_go_at, taken

#: Longer than this nobody stands and waits: they come again.
PATIENCE_S = 2.0
#: What stands in a channel as a message of its own.
MESSAGES = frozenset({POST, WHISPER, FILES})


class Lanes:
    """The turns of one workspace. Lives on one event loop.

    A message may have got out right before the last process ended, so the first one waits too.
    """

    def __init__(
        self, pace: Pace | None = None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock_s` gives seconds of a clock that only goes forward."""
        self._pace = pace or Pace()
        self._clock_s = clock_s
        self._began_s = clock_s()
        self._locks: dict[tuple[bool, str], asyncio.Lock] = {}
        self._last_s: dict[str, float] = {}
        self._full_at_s: dict[str, float] = {}
        self._closed: dict[str, tuple[str, float]] = {}
        self._holds = Holds()
        self._posted_s: float | None = None

    @asynccontextmanager
    async def turn(self, method: str, channel: str) -> AsyncIterator[None]:
        """`method` may be called for `channel`, an id (or the address an answer goes to), as long
        as the block lasts.

        Raises SlackError (``ratelimited``, with the seconds) where it would have to wait for long,
        and lets through what the block raises, obeying a `Retry-After` in it.
        """
        async with self._alone(method, channel):
            await self._wait(method, channel)
            self._take(method)
            try:
                yield
                if method == POST:
                    self._posted_s = self._clock_s()
            except SlackError as fault:
                self._obey(fault, method, channel)
                raise
            finally:
                if method in MESSAGES:
                    self._last_s[channel] = self._clock_s()

    def has_posted_within(self, seconds: float) -> bool:
        """Whether Slack took a message lately, in any channel."""
        return self._posted_s is not None and self._clock_s() - self._posted_s < seconds

    def close(self, channel: str, code: str) -> None:
        """Slack refused `channel` for good, with `code`: for a while it need not be asked again."""
        self._closed[channel] = (code, self._clock_s() + self._pace.closed_for_s)

    def closed(self, channel: str) -> str | None:
        """Why `channel`, by id or name, takes nothing; None where it may."""
        code, until_s = self._closed.get(channel, ("", 0.0))
        if code and self._clock_s() < until_s:
            return code
        self._closed.pop(channel, None)
        return None

    def _alone(self, method: str, channel: str) -> AbstractAsyncContextManager[object]:
        """One message of a channel after the other, and one edit after the other."""
        if method not in MESSAGES and method != EDIT:
            return nullcontext()
        return self._locks.setdefault((method == EDIT, channel), asyncio.Lock())

    async def _wait(self, method: str, channel: str) -> None:
        while (wait_s := self._ready_s(method, channel) - self._clock_s()) > 0:
            if wait_s > PATIENCE_S:
                raise SlackError(method, "ratelimited", permanent=False, retry_after_s=wait_s)
            await asyncio.sleep(wait_s)

    def _ready_s(self, method: str, channel: str) -> float:
        ready_s = self._holds.until_s(method, channel)
        rate = self._pace.rates.get(method)
        if rate is not None:
            ready_s = max(ready_s, may_go_at(self._full_at_s.get(method, 0.0), rate))
        if method in MESSAGES:
            ready_s = max(ready_s, after(self._last_s.get(channel, self._began_s), self._pace))
        return ready_s

    def _take(self, method: str) -> None:
        rate = self._pace.rates.get(method)
        if rate is not None:
            full_at_s = self._full_at_s.get(method, 0.0)
            self._full_at_s[method] = taken(full_at_s, rate, self._clock_s())

    def _obey(self, fault: SlackError, method: str, channel: str) -> None:
        if fault.retry_after_s is not None and fault.method == method:
            now_s = self._clock_s()
            self._holds.add(method, channel, now_s + fault.retry_after_s, now_s)
