"""Replies from handsets: unsubscribing, and the push of each to the account's reply URL."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp

from bot.sandbox.tencent.account import Reply, Unsubscribe
from bot.sandbox.tencent.callbacks import push as push_callback
from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.content import SmsType
from bot.sandbox.tencent.disturbance import Disturbance
from bot.sandbox.tencent.faults import REPLY_CALLBACK, Faults
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.state import State

#: A reply counts for a message of the last 72 hours (docs snapshot 2021-07-20, 常见问题).
WINDOW_MS = 72 * 3_600_000
CAPACITY = 10_000
#: Old and new (管理退订用户, 2021; announcement product/382/100568, 2023).
UNSUBSCRIBE_WORDS = frozenset({"T", "TD", "N", "R", "QX", "0000", "退订"})

log = logging.getLogger(__name__)


class Replies:
    """Takes replies and pushes them; what is left at a stop goes on after the next start."""

    def __init__(
        self,
        config: SandboxConfig,
        state: State,
        clock: Callable[[], datetime],
        save: Callable[[], None],
        faults: Faults,
    ) -> None:
        self._disturbance = Disturbance(faults, REPLY_CALLBACK)
        self._config = config
        self._state = state
        self._clock = clock
        self._save = save
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin with every reply not pushed yet."""
        timeout = aiohttp.ClientTimeout(total=self._config.callback_timeout_s)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        for reply in self._state.account.replies:
            self._begin(reply)

    async def stop(self) -> None:
        """Stop where it stands."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def receive(self, number: str, text: str, sign: str | None) -> Reply | None:
        """A text sent back from the E.164 `number` to the latest message with `sign` (None: to the
        latest of all). None if there is none within 72 hours: such a text reaches nobody."""
        now_ms = to_ms(self._clock())
        answered = self._answered(number, sign, now_ms)
        if answered is None:
            return None
        account = self._state.account
        reply = Reply(
            reply_id=account.new_id(),
            number=number,
            sign=answered.sign,
            app=answered.app,
            text=text,
            at_ms=now_ms,
            queued=account.settings.pulls_enabled,
        )
        account.replies = [*account.replies, reply][-CAPACITY:]
        self._unsubscribe(answered, text)
        self._save()
        self._begin(reply)
        return reply

    def _answered(self, number: str, sign: str | None, now_ms: int) -> Attempt | None:
        received = (
            each
            for each in self._state.ledger.of(number)
            if each.arrived_at_ms is not None
            and now_ms - each.arrived_at_ms <= WINDOW_MS
            and sign in (None, each.sign)
        )
        return max(received, key=lambda each: each.arrived_at_ms or 0, default=None)

    def _unsubscribe(self, answered: Attempt, text: str) -> None:
        if text.strip().upper() not in UNSUBSCRIBE_WORDS or answered.sms_type not in list(SmsType):
            return
        wish = Unsubscribe(answered.number, answered.sign, SmsType(answered.sms_type))
        if wish not in self._state.account.unsubscribes:
            self._state.account.unsubscribes.append(wish)

    def _begin(self, reply: Reply) -> None:
        if reply.pushed or self._session is None:
            return
        task = asyncio.create_task(self._work(reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, reply: Reply) -> None:
        async def push() -> None:
            nonlocal reply
            reply = await self._push(reply)

        await self._disturbance.send(push, reply.app)
        self._keep(reply, pushed=True)

    async def _push(self, reply: Reply) -> Reply:
        assert self._session is not None
        while reply.tries < self._config.callback_attempts:
            url = self._state.account.reply_url
            if url is None or await push_callback(self._session, url, reply_payload(reply)):
                return reply
            reply = self._keep(reply, tries=reply.tries + 1)
            await asyncio.sleep(self._config.callback_retry_s)
        log.info("gave up on a reply callback after %d attempts", reply.tries)
        return reply

    def _keep(self, reply: Reply, **changes: Any) -> Reply:
        """Change what became of the push, whatever a pull has done to the reply meanwhile."""
        account = self._state.account
        account.replies = [
            replace(each, **changes) if each.reply_id == reply.reply_id else each
            for each in account.replies
        ]
        self._save()
        return replace(reply, **changes)


def reply_payload(reply: Reply) -> dict[str, Any]:
    """The reply callback: one object (cloud.tencent.com/document/product/382/42907, 2025-01-03)."""
    number = read_number(reply.number)
    assert number is not None
    return {
        "extend": "",
        "mobile": number.subscriber,
        "nationcode": number.country_code,
        "sign": reply.sign,
        "text": reply.text,
        "time": reply.at_ms // 1000,
    }
