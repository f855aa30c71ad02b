"""The dead man's switch: an address is asked for again and again, but only while all is well.

What watches the address calls somebody when that stops: of a bot that is dead, cut off, or cannot
tell people anything, no alert of its own would be heard of.
"""

import asyncio
import logging
from contextlib import suppress

import aiohttp

from bot.mounts.health import find_ailments
from handlers.services import Services

log = logging.getLogger("smsops.heartbeat")
WITHIN_S = 10.0


class Heartbeat:
    """Beats from `start` to `stop`."""

    def __init__(self, services: Services, session: aiohttp.ClientSession, url: str) -> None:
        self._services = services
        self._session = session
        self._url = url
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._beating = asyncio.create_task(self._beat_on())

    async def stop(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating

    @property
    def is_stopped(self) -> bool:
        return self._beating is None or self._beating.done()

    async def beat(self) -> bool:
        """Once, if all is well. Whether whoever watches has heard it."""
        found = await find_ailments(self._services)
        if found:
            reason = ", ".join(each.value for each in found)
            log.error("no heartbeat", extra={"event": "heartbeat_withheld", "reason": reason})
            return False
        try:
            # One deadline around all of it; what is answered is not read.
            async with (
                asyncio.timeout(WITHIN_S),
                self._session.get(self._url, allow_redirects=False) as answer,
            ):
                if 200 <= answer.status < 300:
                    return True
                reason = f"http_{answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = type(error).__name__
        log.warning("heartbeat not heard", extra={"event": "heartbeat_failed", "reason": reason})
        return False

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(self._services.settings.heartbeat.every_s)
            try:
                await self.beat()
            except Exception:
                log.exception("heartbeat broke", extra={"event": "heartbeat_broke"})
